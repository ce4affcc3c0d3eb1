"""One cell over all its valid trials: its figures, and what is wrong with it if it has none."""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from djbench.cell import Cell
from results.analysis.figures.request_summary import RequestSummary, request_summaries, share_compared
from results.analysis.held_streams import worst_held
from results.analysis.stats import (
    Estimate,
    arithmetic_mean,
    enough,
    log_mean,
    percentiles_of_sorted,
    shown_percentiles,
    spectrum,
)
from results.analysis.times import TimelineStep, in_ms, pooled, right_times, timeline_of
from results.records.schema import MAX_ERROR_SHARE, Held, Measurement, Trial
from results.records.store import RunDirectory
from results.wording.doubts import doubt


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSummary:
    """One cell over all its valid trials: what statistics and figures are computed from."""

    #: Whose summary it is.
    cell: Cell
    #: How many trials count.
    trials: int
    #: How many trials do not count.
    invalid_trials: int
    #: ``measured``; ``failing`` if the server starved users in most trials, if over 0.1 % of the answers were wrong or
    #: missing, or if it failed in any trial;
    #: ``invalid`` if no trial counts; ``unmeasured`` if there is none. Only what is ``measured`` has a throughput, a
    #: latency or a cost.
    status: str
    #: Why there is no number; None if there is one.
    reason: str | None
    #: Requests that were answered or failed, in valid and invalid trials, also those answered after the window.
    requests: int
    #: Those of the requests that have a wrong answer or none, by kind.
    errors: dict[str, int]
    #: The valid trials' windows, each with the number of its block; none unless ``measured``.
    valid: tuple[tuple[int, Measurement], ...]
    #: Right answers per second; of held streams events per second.
    throughput_rps: Estimate | None
    #: The same of each valid trial by block number, for paired comparisons.
    by_block: dict[int, float]
    #: Percentiles over the right answers of all valid trials, pooled; None for held streams.
    latency_ms: dict[str, float] | None
    #: How many right answers those are.
    latency_samples: int
    #: Points of the latency spectrum over the same samples (``stats.spectrum``).
    latency_spectrum_ms: tuple[tuple[float, float], ...]
    #: The same percentiles of the service time, done - sent; under closed load it is the latency.
    service_ms: dict[str, float] | None
    #: Median latency of each valid trial by block number.
    median_ms_by_block: dict[int, float]
    #: The same of p90, of trials with samples enough for it.
    p90_ms_by_block: dict[int, float]
    #: The same of p95.
    p95_ms_by_block: dict[int, float]
    #: The same of p99.
    p99_ms_by_block: dict[int, float]
    #: Each request of a mix and each step of a journey; empty for a single request.
    by_request: tuple[RequestSummary, ...]
    #: The smallest share of a right answer's body that was compared; None if whole bodies were.
    compared: float | None
    #: The window in equal steps; None at a rate that does not vary.
    timeline: tuple[TimelineStep, ...] | None
    #: What became of streams that were held open, of several trials the worst; None under other loads.
    held: Held | None
    #: What made any trial invalid, and what more than half of the trials were flagged with.
    flags: tuple[str, ...]
    #: The same in words, with the figures of the worst trial.
    doubts: tuple[str, ...]

    @property
    def measurements(self) -> list[Measurement]:
        """The valid trials' windows."""
        return [measurement for _, measurement in self.valid]

    @property
    def shown_latency_ms(self) -> dict[str, float]:
        """The percentiles that there are samples enough for."""
        return enough(self.latency_ms, self.latency_samples)

    @property
    def shown_service_ms(self) -> dict[str, float]:
        """The service time's percentiles that there are samples enough for."""
        return enough(self.service_ms, self.latency_samples)

    def rank(self) -> float:
        """What to sort cells of one load by, the best first: throughput under closed load, median latency under open.

        Under open load throughput is what was asked for, and only says who failed.
        """
        if self.throughput_rps is None:
            return math.inf
        if self.cell.load.compares_latency:
            return self.latency_ms["p50"] if self.latency_ms else math.inf
        return -self.throughput_rps.mean


def summarise_cell(cell: Cell, trials: list[Trial], directory: RunDirectory) -> CellSummary:
    """Read a cell's trials' samples and summarise them. Raises StoreError."""
    measured = [trial.measurement for trial in trials if trial.measurement]
    valid = [(trial, trial.measurement) for trial in trials if trial.measurement and trial.valid]
    errors: Counter[str] = Counter()
    for measurement in measured:
        errors.update(measurement.errors)
    requests = sum(
        measurement.requests or measurement.answered + sum(measurement.errors.values()) for measurement in measured
    )
    by_block = {trial.block: measurement.throughput_rps for trial, measurement in valid}
    # Of held streams the lost ones are what was to be found out.
    flags = _flags(trials)
    doubts = tuple(doubt(flag, cell.load, measured) for flag in flags)
    status, reason = _status(cell, trials, requests, 0 if cell.load.endless else sum(errors.values()))
    if status != "measured":
        valid, by_block = [], {}
    # Of a held load the samples are the gaps between events, which are no latency.
    timed = [trial for trial, _ in valid if not cell.load.endless]
    times = [right_times(directory, trial) for trial in timed]
    shown_ms = {
        trial.block: in_ms(shown_percentiles(of_trial.latency_ns)) for trial, of_trial in zip(timed, times, strict=True)
    }
    timeline = timeline_of(times, valid[0][1].actual_s) if cell.load.varies and valid else None
    latency_ns = pooled([of_trial.latency_ns for of_trial in times])
    latency_ms = _percentiles_ms(latency_ns)
    service_ms = latency_ms
    if cell.load.scheduled:
        service_ms = _percentiles_ms(pooled([of_trial.service_ns for of_trial in times]))
    by_request = request_summaries(trials, [measurement for _, measurement in valid], times)
    counted = sum(trial.valid for trial in trials)
    return CellSummary(
        cell=cell,
        trials=counted,
        invalid_trials=len(trials) - counted,
        requests=requests,
        status=status,
        valid=tuple((trial.block, measurement) for trial, measurement in valid),
        held=worst_held([measurement.held for _, measurement in valid if measurement.held]),
        throughput_rps=_rate(cell, list(by_block.values())),
        by_block=by_block,
        latency_ms=latency_ms,
        latency_samples=len(latency_ns),
        latency_spectrum_ms=tuple((one_in, value / 1e6) for one_in, value in spectrum(latency_ns)),
        service_ms=service_ms,
        median_ms_by_block=_by_block(shown_ms, "p50"),
        p90_ms_by_block=_by_block(shown_ms, "p90"),
        p95_ms_by_block=_by_block(shown_ms, "p95"),
        p99_ms_by_block=_by_block(shown_ms, "p99"),
        by_request=by_request,
        compared=_compared(trials),
        timeline=timeline,
        errors=dict(errors),
        flags=flags,
        doubts=doubts,
        reason=reason,
    )


def _compared(trials: list[Trial]) -> float | None:
    """The smallest share that was compared of any of the cell's requests."""
    names = dict.fromkeys(name for trial in trials for name in trial.compared)
    shares = [share_compared(trials, name) for name in names]
    return min((share for share in shares if share is not None), default=None)


def _by_block(shown_ms: dict[int, dict[str, float]], name: str) -> dict[int, float]:
    """A percentile of each trial that has samples enough for it."""
    return {block: percentiles_ms[name] for block, percentiles_ms in shown_ms.items() if name in percentiles_ms}


def _rate(cell: Cell, rates: list[float]) -> Estimate | None:
    """Of events the arithmetic mean: no event may come in a window, and such a window counts as any other."""
    return arithmetic_mean(rates) if cell.load.endless else log_mean(rates)


def _percentiles_ms(ordered_ns: "np.ndarray[Any, Any]") -> dict[str, float] | None:
    percentiles_ns = percentiles_of_sorted(ordered_ns)
    return in_ms(percentiles_ns) if percentiles_ns else None


def _flags(trials: list[Trial]) -> tuple[str, ...]:
    """What made any trial invalid, and what most of the trials share: one doubtful window in ten is expected."""
    counts = Counter(flag for trial in trials for flag in trial.flags)
    grave = {flag for trial in trials for flag in trial.invalidated_by}
    return tuple(sorted(flag for flag, count in counts.items() if flag in grave or 2 * count > len(trials)))


def _status(cell: Cell, trials: list[Trial], requests: int, errors: int) -> tuple[str, str | None]:
    """The cell's status, and the reason if it is not ``measured``."""
    if not trials:
        return "unmeasured", "not measured: the run ended before its first trial"
    wrong = f"{100 * errors / requests:.3g} % of {requests} answers were wrong or missing" if errors else ""
    starving = [trial.measurement for trial in trials if trial.measurement and "starved" in trial.flags]
    if 2 * len(starving) > len(trials):
        return "failing", "; ".join(filter(None, (_starved(cell, starving), wrong)))
    if errors > MAX_ERROR_SHARE * requests:
        return "failing", wrong
    # Those of the windows that it survived are no figures of a server that ends in others.
    failures = [trial.failure or "" for trial in trials if trial.server_failed]
    if failures:
        some = "" if len(failures) == len(trials) else f"{len(failures)} of {len(trials)} trials failed: "
        return "failing", some + failures[0]
    if any(trial.valid for trial in trials):
        return "measured", None
    flags = sorted({flag for trial in trials for flag in trial.invalidated_by})
    return "invalid", f"no trial counts: {', '.join(flags)}"


def _starved(cell: Cell, starving: list[Measurement]) -> str:
    """What a server did that keeps some users waiting for good. Other servers have to answer all of them."""
    return f"the server {doubt('starved', cell.load, starving)}: they got no answer while the others got several each"
