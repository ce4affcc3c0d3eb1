"""One trial of one cell, on a server that is already running: verify, warm up, measure, drain, record."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from djbench.cell import Cell
from djbench.errors import ServerFailed
from djbench.outcome import Outcome
from djbench.pattern import PatternSpec
from djbench.request import Workload
from results.records.schema import Measurement, Settings, Trial
from results.records.store import RunDirectory
from runners.conducting import validity
from runners.conducting.requests import background_request, held_request
from runners.conducting.verifying.right_answers import Examination, RightAnswers, RightWorkload
from runners.hosts.cpus import CpuSets
from runners.hosts.process import ProcessFailed
from runners.loading import samples
from runners.loading.load_generator import Generator
from runners.planning.demand import Demand
from runners.servers.instance import HOST, Instance
from runners.services.contents.filled_workload import filled_workload
from runners.services.place import Place
from runners.services.running import Services
from runners.watching.observer import ObserverMaker, Scene, Span
from runners.watching.observers import watch_of
from runners.watching.watch import Watch
from scenarios.job import Drained, Job


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredWindow:
    """A window or a slice that is over."""

    #: What the generator was asked for.
    job: Job
    #: When it was open.
    span: Span
    #: How long the warm-up or lead-in before it lasted.
    warmup_s: float
    #: What the generators counted.
    drained: Drained

    @property
    def files(self) -> list[Path]:
        """Its raw samples, a file from each generator."""
        return [Path(f"{self.job.samples}.{part.generator}") for part in self.drained.parts]

    @property
    def round_s(self) -> float:
        """From one request of a user to the next, on average, in seconds; 0 if nobody was answered."""
        return samples.mean_service_s(
            self.files, self.span.opened_ns, self.span.closed_ns, len(self.job.workload.requests)
        )

    def measured_names(self, trial: Trial) -> tuple[str, ...]:
        """What samples call the measured requests, by their numbers: as planned, or as users of a file named them."""
        of_file = tuple(f"{trial.request}: {name}" for name in self.drained.parts[0].names)
        return of_file or tuple(request.name for request in self.job.workload.requests)

    def names(self, trial: Trial) -> tuple[str, ...]:
        """What samples call all requests, by their numbers: the measured ones first."""
        return (*self.measured_names(trial), *(request.name for request in self.job.workload.beside))

    def tally(self, trial: Trial) -> samples.Tally:
        """What counts its rows, and those of other slices of the trial."""
        names = self.measured_names(trial)
        return samples.Tally(trial.cell.load, names or (trial.request,), apart=self.job.workload.several)

    def discard(self) -> None:
        """Remove its raw samples."""
        for file in self.files:
            file.unlink()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A trial whose answers are right, and whose load has not begun."""

    #: Its record so far.
    trial: Trial
    #: The load in one window.
    job: Job


def _nothing() -> None:
    """Nobody looks at this moment: the generator's clock tells the ends of a slice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """What the trials on one running server share."""

    #: The server's number among those that stand.
    number: int
    #: How trials are made.
    settings: Settings
    #: Its canonical spec.
    server: str
    #: The server that runs.
    instance: Instance
    #: What sends the load.
    generator: Generator
    #: What the target needs around it.
    services: Services
    #: What the server has to itself.
    place: Place
    #: Where the run is stored.
    directory: RunDirectory
    #: Where the generator leaves raw samples until they are stored.
    scratch: Path
    #: Where the server runs, and where what measures it does.
    cpus: CpuSets
    #: The right answer to each pattern.
    answers: RightAnswers
    #: Who looks on while a window is open.
    observers: Sequence[ObserverMaker]

    def measure(self, trial: Trial, demand: Demand, *, seed: int) -> Trial:
        """Make a trial in one window; its record with what was measured. ``demand``: what its cell asks for.

        Raises ServerFailed when the server fails on the way, GeneratorLost when the generator does, and StoreError.
        """
        prepared = self.prepare(trial, demand, seed=seed)
        watch = self.watch(demand, prepared.job.load.window_s(prepared.job.duration_s))
        window = self.window(prepared.job, opened=watch.opened, tick=watch.tick, closed=watch.closed)
        self.forget_writes(demand)
        event_gap_s = demand.pattern.event_gap_s if trial.cell.load.endless else 0.0
        tally = window.tally(trial)
        kept = self.stored(prepared.trial, [window], tally, watch, window.span)
        facts = watch.facts(window.span)
        return self.judged(kept, tally.measurement(window.warmup_s, [window.drained], facts, event_gap_s))

    def prepare(self, trial: Trial, demand: Demand, *, seed: int) -> Verified:
        """Ask for what will be asked for under load. Raises ServerFailed for a wrong answer."""
        cell = trial.cell
        # Of what has no end the shortest is asked for; who holds it checks each event's number.
        asked = demand.pattern.shortest if cell.load.endless else demand.pattern
        right = self._right(cell, asked, cell.style)
        job = self._job(trial, self._workload(cell, demand, right.workload), seed)
        self.forget_writes(demand)  # what was asked for wrote, too
        if not cell.load.endless:  # else they are those of another answer
            trial = replace(trial, body_sha256=right.sha256, compared=dict(right.compared))
        return Verified(trial=trial, job=job)

    def _right(self, cell: Cell, pattern: PatternSpec, style: str) -> RightWorkload:
        """What is sent for a pattern, and what is right for it."""
        examination = Examination(
            configuration=cell.configuration.key,
            pattern=pattern,
            style=style,
            workload=filled_workload(pattern.workload(style), self.place.fillings),
        )
        return self.answers.verify(self.instance, examination, self.settings.timeout_s)

    def _workload(self, cell: Cell, demand: Demand, right: Workload) -> Workload:
        """What is measured, and what background users send if there are any."""
        measured = replace(right, requests=(held_request(demand.pattern, cell.style),)) if cell.load.endless else right
        if demand.beside is None:
            return measured
        beside = self._right(cell, demand.beside, demand.beside_style).workload
        return replace(measured, beside=tuple(background_request(request) for request in beside.requests))

    def _job(self, trial: Trial, workload: Workload, seed: int) -> Job:
        settings, journey = self.settings, workload.journey
        warmup_s = journey.warmup_s(settings.warmup_s) if journey else settings.warmup_s
        steady_limit_s = max(settings.warmup_limit_s or 0.0, warmup_s)
        return Job(
            host=HOST,
            port=self.instance.port,
            workload=workload,
            load=trial.cell.load,
            warmup_s=warmup_s,
            # Each user gets its first answer within the time-out, or not at all.
            answered_limit_s=max(warmup_s + settings.timeout_s, steady_limit_s),
            steady_limit_s=steady_limit_s,
            duration_s=settings.duration_s,
            timeout_s=settings.timeout_s,
            seed=seed,
            samples=str(self.scratch / f"{trial.number:04d}.raw"),
        )

    def forget_writes(self, demand: Demand) -> None:
        """Bring what load has written back to where it was. Raises ServerFailed if the target does not.

        Of a target whose state is put back before each start there is nothing to do.
        """
        if demand.writes and not self.instance.target.fresh_state:
            self.instance.reset(self.settings.timeout_s)

    def watch(self, demand: Demand, length_s: float, rival_pids: Sequence[int] = ()) -> Watch:
        """Who looks on while a window of that length is open, or its slices are."""
        scene = Scene(
            server_pid=self.instance.process.pid,
            service_pids=self.services.pids,
            cpus=self.cpus,
            rival_pids=rival_pids,
            backends=self.place.database.backends if "database" in demand.uses else None,
        )
        return watch_of(scene, self.observers, length_s)

    def window(
        self,
        job: Job,
        *,
        opened: Callable[[], None] = _nothing,
        tick: Callable[[], None] = _nothing,
        closed: Callable[[], None] = _nothing,
    ) -> MeasuredWindow:
        """Have the load applied. Raises ServerFailed if the server has ended by then, and GeneratorLost."""
        first, last, drained = self.generator.measure(job, opened=opened, tick=tick, closed=closed)
        span = Span(opened_ns=first.at_ns, closed_ns=last.at_ns)
        window = MeasuredWindow(job=job, span=span, warmup_s=first.warmup_s, drained=drained)
        try:
            self.require_alive()
        except ServerFailed:
            window.discard()
            raise
        return window

    def require_alive(self) -> None:
        """Raises ServerFailed if the server has ended."""
        try:
            self.instance.process.require_alive()
        except ProcessFailed as error:
            raise ServerFailed(str(error)) from None

    def stored(
        self, trial: Trial, windows: Sequence[MeasuredWindow], tally: samples.Tally, watch: Watch, span: Span
    ) -> Trial:
        """The trial with its files in the run's directory. Its rows are counted by ``tally``. Raises StoreError."""
        names: dict[str, Sequence[str]] = {
            "outcome": [outcome.value for outcome in Outcome],
            "request": windows[0].names(trial),
        }
        rows = chain.from_iterable(_rows(window, number, tally) for number, window in enumerate(windows))
        stored = self.directory.write_samples(trial.number, rows, names)
        for window in windows:
            window.discard()
        return replace(trial, samples=stored, artefacts=watch.artefacts(span, self.directory, trial.number))

    def judged(self, trial: Trial, measurement: Measurement, drift: float = 1.0) -> Trial:
        """The trial with its measurement, and the reasons to doubt it.

        drift: the second half of its rivals' throughput over their first. The machine moved so, and not the server.
        """
        first_rps, second_rps = measurement.half_rps
        without_drift = replace(measurement, half_rps=(first_rps * drift, second_rps))
        flags = validity.flags(without_drift, trial.cell.load, len(self.cpus.support))
        invalidated_by = validity.invalidating(flags, self.settings.accept)
        return replace(trial, measurement=measurement, flags=flags, invalidated_by=invalidated_by)


def _rows(window: MeasuredWindow, number: int, tally: samples.Tally) -> Iterator["np.ndarray[Any, Any]"]:
    """The raw samples of a window or slice, counted, as they are stored."""
    span = window.span
    rows = samples.read_samples(window.files, span.opened_ns, span.closed_ns)
    return samples.numbered(tally.watch(rows, span.closed_ns - span.opened_ns), number)
