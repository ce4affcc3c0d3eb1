"""One trial of one cell, on a server that is already running: verify, warm up, measure, drain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from djbench.cell import Cell
from djbench.errors import ServerFailed
from djbench.outcome import Outcome
from djbench.request import Request, Workload
from results.records.schema import Settings, Trial
from results.records.store import RunDirectory
from runners.conducting import validity
from runners.conducting.requests import background_request, held_request
from runners.conducting.right_answers import RightAnswers, digest
from runners.hosts.cpus import CpuSets
from runners.hosts.process import ProcessFailed
from runners.loading import samples
from runners.loading.load_generator import Generator
from runners.planning.demand import Demand
from runners.servers.instance import HOST, Instance
from runners.services.place import Place
from runners.services.running import Services
from runners.watching.observer import ObserverMaker, Scene, Span
from runners.watching.observers import watch_of
from runners.watching.watch import Watch
from scenarios.job import Drained, Job


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """A window that is over, and what was seen of it."""

    #: What the generator was asked for.
    job: Job
    #: When it was open.
    span: Span
    #: How long the warm-up before it lasted.
    warmup_s: float
    #: What the generators counted.
    drained: Drained
    #: What observers saw, by field of the measurement.
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """What the trials on one running server share."""

    #: How trials are made.
    settings: Settings
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
        """Make a trial; its record with what was measured. ``demand``: what its cell asks the server for.

        Raises ServerFailed when the server fails on the way, GeneratorLost when the generator does, and StoreError.
        """
        cell = trial.cell
        body = self._verified(cell, demand)
        job = self._job(trial, self._requests(cell, demand, body), seed)
        self._forget_writes(demand)  # what was verified wrote, too
        watch = watch_of(self._scene(demand), self.observers, job.load.window_s(job.duration_s))
        window = self._window(job, watch)
        self._forget_writes(demand)
        kept = replace(
            trial,
            artefacts=watch.artefacts(window.span, self.directory, trial.number),
            body_sha256=None if cell.load.endless else digest(body),  # that of another answer
        )
        return self._recorded(kept, window, demand.pattern.event_gap_s if cell.load.endless else 0.0)

    def _verified(self, cell: Cell, demand: Demand) -> bytes:
        """The right answer. Of what has no end the shortest is verified; who holds it checks each event's number."""
        verified = demand.pattern.shortest if cell.load.endless else demand.pattern
        return self.answers.verify(self.instance, verified, cell.style, self.settings.timeout_s)

    def _requests(self, cell: Cell, demand: Demand, body: bytes) -> tuple[Request, ...]:
        """The measured request, and that of the background users if there are any."""
        pattern = demand.pattern
        measured = held_request(pattern, cell.style) if cell.load.endless else pattern.request(cell.style, body)
        if demand.beside is None:
            return (measured,)
        right = self.answers.verify(self.instance, demand.beside, demand.beside_style, self.settings.timeout_s)
        return measured, background_request(demand.beside, demand.beside_style, right)

    def _job(self, trial: Trial, requests: tuple[Request, ...], seed: int) -> Job:
        settings = self.settings
        steady_limit_s = settings.warmup_limit_s or settings.warmup_s
        return Job(
            host=HOST,
            port=self.instance.port,
            workload=Workload(requests=requests),
            load=trial.cell.load,
            warmup_s=settings.warmup_s,
            # Each user gets its first answer within the time-out, or not at all.
            answered_limit_s=max(settings.warmup_s + settings.timeout_s, steady_limit_s),
            steady_limit_s=steady_limit_s,
            duration_s=settings.duration_s,
            timeout_s=settings.timeout_s,
            seed=seed,
            samples=str(self.scratch / f"{trial.number:04d}.raw"),
        )

    def _forget_writes(self, demand: Demand) -> None:
        if demand.writes:
            self.instance.reset(self.settings.timeout_s)

    def _scene(self, demand: Demand) -> Scene:
        return Scene(
            server_pid=self.instance.process.pid,
            service_pids=self.services.pids,
            cpus=self.cpus,
            backends=self.place.database.backends if "database" in demand.uses else None,
        )

    def _window(self, job: Job, watch: Watch) -> _Window:
        opened, closed, drained = self.generator.measure(job, opened=watch.opened, tick=watch.tick, closed=watch.closed)
        try:
            self.instance.process.require_alive()
        except ProcessFailed as error:
            raise ServerFailed(str(error)) from None
        span = Span(opened_ns=opened.at_ns, closed_ns=closed.at_ns)
        return _Window(job=job, span=span, warmup_s=opened.warmup_s, drained=drained, facts=watch.facts(span))

    def _recorded(self, trial: Trial, window: _Window, event_gap_s: float) -> Trial:
        """The trial with its samples and its measurement, and the reasons to doubt it."""
        span, load = window.span, trial.cell.load
        tally = samples.Tally(span.closed_ns - span.opened_ns, load)
        stored = self._store_samples(trial, window, tally)
        measurement = tally.measurement(window.warmup_s, window.drained, window.facts, event_gap_s)
        flags = validity.flags(measurement, load, len(self.cpus.support))
        invalidated_by = validity.invalidating(flags, self.settings.accept)
        return replace(trial, samples=stored, measurement=measurement, flags=flags, invalidated_by=invalidated_by)

    def _store_samples(self, trial: Trial, window: _Window, tally: samples.Tally) -> str:
        """Move the raw samples of the window into the run's directory, counted by ``tally``; their file there."""
        files = [Path(f"{window.job.samples}.{part.generator}") for part in window.drained.parts]
        names: dict[str, Sequence[str]] = {
            "outcome": [outcome.value for outcome in Outcome],
            "request": [request.name for request in window.job.workload.requests],
        }
        rows = tally.watch(samples.read_samples(files, window.span.opened_ns, window.span.closed_ns))
        stored = self.directory.write_samples(trial.number, rows, names)
        for file in files:
            file.unlink()
        return stored
