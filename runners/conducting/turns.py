"""Rivals by turns: trials whose servers stand side by side, and are measured slice by slice in random order.

The speed of a machine that is shared moves within seconds. Slices of a tenth of a second, with those of all rivals
between them, meet the same machine. What is left of its noise in a ratio is a fraction of that between windows of
seconds (docs/methodology.md, "Rivals by turns").
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from djbench.errors import ServerFailed, reason_without_log
from djbench.load import Slicing
from results.records.schema import Measurement, Trial
from runners.conducting.trial import MeasuredWindow, Rig, Verified
from runners.loading.slices import drift_of, in_slices
from runners.planning.demand import Demand
from runners.procedures.turn_order import order_of_turns
from runners.watching.observer import Span
from runners.watching.rest import RestMeter
from runners.watching.watch import Watch
from scenarios.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrant:
    """A trial that is to take turns with others."""

    #: Its server.
    rig: Rig
    #: Its record so far.
    trial: Trial
    #: What its cell asks the server for.
    demand: Demand
    #: How its load is applied.
    slicing: Slicing


@dataclass(kw_only=True)
class _Rival:
    """An entrant, and what it has come to."""

    #: The trial.
    entrant: Entrant
    #: How its load is applied, as far as it is known.
    slicing: Slicing
    #: What was verified; None before that.
    prepared: Verified | None = None
    #: Who looks on; None before the first slice.
    watch: Watch | None = None
    #: How long its warm-up lasted, in seconds.
    warmup_s: float = 0.0
    #: Its slices so far.
    slices: list[MeasuredWindow] = field(default_factory=list)
    #: How long its turns lasted, lead-ins and the wait for last answers among them.
    turns_ns: int = 0
    #: Why it is out; None while it is not.
    failure: str | None = None
    #: Did a turn take so long that others like it would only wait?
    slow: bool = False

    @property
    def count(self) -> int:
        """How many slices it is to have."""
        return self._fitted()[0]

    @property
    def slice_s(self) -> float:
        """Their length."""
        return self._fitted()[1]

    def _fitted(self) -> tuple[int, float]:
        settings = self.entrant.rig.settings
        return self.slicing.fitted(settings.duration_s, settings.slice_s)


class Turns:
    """Measures the entrants by turns.

    standing: every server that is up, also one that none of the entrants needs. says: is told of a server that fails.
    That ends its own trial, and no other.
    """

    def __init__(
        self, entrants: Sequence[Entrant], standing: Sequence[Rig], *, seed: int, says: Callable[[str], None]
    ) -> None:
        self._rivals = [_Rival(entrant=entrant, slicing=entrant.slicing) for entrant in entrants]
        self._standing = standing
        self._rests = {rig.number: RestMeter(rig.instance.process.pid) for rig in standing}
        self._seed = seed
        self._says = says
        self._current = self._rivals[0]

    @property
    def current(self) -> Trial:
        """The trial whose turn it is."""
        return self._current.entrant.trial

    def measure(self) -> list[Trial]:
        """Every entrant's trial, measured or failed. Raises GeneratorLost, and StoreError."""
        for step in (self._prepare, self._warm_up, self._look_on):
            for rival in self._rivals:
                self._attempt(rival, step)
        for number in self._order():
            self._attempt(self._rivals[number], self._turn)
        for rival in self._rivals:
            self._attempt(rival, self._close)
        measured = [self._measured(rival) for rival in self._rivals]
        drift = drift_of([measurement for _, measurement in measured if measurement])
        return [
            rival.entrant.rig.judged(trial, measurement, drift) if measurement else trial
            for rival, (trial, measurement) in zip(self._rivals, measured, strict=True)
        ]

    def _order(self) -> tuple[int, ...]:
        first = self._rivals[0].entrant.trial
        counts = {number: rival.count for number, rival in enumerate(self._rivals)}
        return order_of_turns(counts, f"{self._seed} {first.block} {first.number}")

    def _attempt(self, rival: _Rival, step: Callable[[_Rival], None]) -> None:
        """Go on with a rival, unless its server has failed."""
        if rival.failure is not None:
            return
        self._current = rival
        try:
            step(rival)
        except ServerFailed as error:
            self._says(f"{rival.entrant.trial.cell.server}: {error}")
            rival.failure = reason_without_log(error)
            for window in rival.slices:
                window.discard()

    def _prepare(self, rival: _Rival) -> None:
        entrant = rival.entrant
        rival.prepared = entrant.rig.prepare(entrant.trial, entrant.demand, seed=self._seed)

    def _warm_up(self, rival: _Rival) -> None:
        """As before a window; its answers are discarded, and what they wrote is forgotten.

        Before a single slice there is none: that has the warm-up of a window.
        """
        rig = rival.entrant.rig
        if rival.count == 1:
            return
        job = self._job(rival)
        window = rig.window(replace(job, standing=rig.number, duration_s=rival.slicing.lead_in_s))
        rival.slicing = rival.slicing.after_warm_up(window.round_s)
        window.discard()
        rival.warmup_s = window.warmup_s
        rig.forget_writes(rival.entrant.demand)

    def _look_on(self, rival: _Rival) -> None:
        """From here on the server is at rest but for its turns."""
        rig = rival.entrant.rig
        others = [other.instance.process.pid for other in self._standing if other is not rig]
        rival.watch = rig.watch(rival.entrant.demand, rig.settings.duration_s, others)
        rival.watch.opened()
        rival.watch.paused()
        self._rests[rig.number].rests()

    def _turn(self, rival: _Rival) -> None:
        """One slice."""
        if rival.slow:
            return
        rig, watch, rest = rival.entrant.rig, rival.watch, self._rests[rival.entrant.rig.number]
        assert watch is not None, "a rival without a look on has failed"
        rig.require_alive()  # it may have ended while it was at rest
        rest.works()
        watch.resumed()
        begun_ns = time.monotonic_ns()
        rival.slices.append(rig.window(self._slice(rival), tick=watch.tick))
        turn_ns = time.monotonic_ns() - begun_ns
        watch.paused()
        rest.rests()
        rival.warmup_s = rival.warmup_s or rival.slices[0].warmup_s
        rival.turns_ns += turn_ns
        rival.slow = turn_ns > 1e9 * rig.settings.timeout_s

    def _slice(self, rival: _Rival) -> Job:
        """The load of its next slice."""
        rig, number, lead_in_s = rival.entrant.rig, len(rival.slices), rival.slicing.lead_in_s
        job = replace(self._job(rival), standing=rig.number, clocked=self._rests[rig.number].pids)
        if rival.count == 1:
            return job
        return replace(
            job,
            warmup_s=lead_in_s,
            answered_limit_s=lead_in_s,
            steady_limit_s=0.0,
            duration_s=rival.slice_s,
            offset_s=number * rival.slice_s,
            samples=f"{job.samples}.{number}",
        )

    @staticmethod
    def _job(rival: _Rival) -> Job:
        assert rival.prepared is not None, "a rival that was not prepared has failed"
        return rival.prepared.job

    def _close(self, rival: _Rival) -> None:
        assert rival.watch is not None, "a rival without a look on has failed"
        rival.watch.closed()
        rival.entrant.rig.forget_writes(rival.entrant.demand)

    def _span(self) -> Span:
        """From the first slice's opening to the last one's close, whoever's they were."""
        spans = [window.span for rival in self._rivals for window in rival.slices]
        return Span(opened_ns=min(span.opened_ns for span in spans), closed_ns=max(span.closed_ns for span in spans))

    def _measured(self, rival: _Rival) -> tuple[Trial, Measurement | None]:
        """Its trial with the samples stored, and its measurement; None if its server failed."""
        entrant, prepared, watch = rival.entrant, rival.prepared, rival.watch
        trial = replace(entrant.trial, turns=self._rivals[0].entrant.trial.number)
        if rival.failure is not None or prepared is None or watch is None:
            return replace(trial, failure=rival.failure), None
        span = self._span()
        tally = rival.slices[0].tally(trial)
        trial = entrant.rig.stored(replace(prepared.trial, turns=trial.turns), rival.slices, tally, watch, span)
        whole = tally.measurement(rival.warmup_s, [window.drained for window in rival.slices], watch.facts(span))
        return trial, in_slices(
            whole,
            [(window.span, window.drained) for window in rival.slices],
            answered=tally.by_window,
            begun_ns=span.opened_ns,
            turns_ns=rival.turns_ns,
            rivals_at_rest=self._shares_at_rest(entrant.rig),
        )

    def _shares_at_rest(self, rig: Rig) -> dict[str, float]:
        """What each other server used of a core at rest; of two starts of one server the larger."""
        shares: dict[str, float] = {}
        for other in self._standing:
            if other is not rig:
                spec, share = other.server, self._rests[other.number].share
                shares[spec] = max(share, shares.get(spec, 0.0))
        return shares
