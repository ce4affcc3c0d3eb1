"""One cell over all its valid trials: its figures, and what is wrong with it where it has none."""

import math
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from djbench.cell import Cell
from results.analysis.held_streams import worst_held
from results.analysis.stats import Estimate, can_show, log_mean, percentiles_of_sorted, shown_percentiles, spectrum
from results.analysis.times import Step, in_ms, pooled, right_times, timeline_of
from results.records.schema import MAX_ERROR_SHARE, Held, Trial, Usage
from results.records.store import RunDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSummary:
    """One cell over all its valid trials.

    status: ``measured``; ``failing`` when over 0.1 % of the answers were wrong or missing, or the server failed in any
    trial; ``invalid`` when no trial counts; ``unmeasured`` when there is none. But for ``measured`` there is no
    throughput, latency or cost, and ``reason`` says why.
    requests: all that were answered or failed, in valid and invalid trials, also those answered after their window had
    closed; ``errors`` are among them.
    by_block: throughput (requests/s) of each valid trial by block number, for paired comparisons.
    latency_ms: percentiles over the right answers of all valid trials, pooled; latency_samples: how many those are.
    latency_spectrum_ms: points of the latency spectrum over the same samples (``stats.spectrum``).
    service_ms: the same of the service time, done - sent; under closed load it is the latency.
    median_ms_by_block, p90_ms_by_block, p95_ms_by_block, p99_ms_by_block: of the latency of each valid trial by block
    number; all but the median only of trials with samples enough for them.
    cpu_ms_by_block, rss_mib_by_block: server CPU per request and peak resident memory of each valid trial.
    timeline: at a rate that varies, the window in equal steps; None at a steady one.
    sent_share: requests sent over requests due, in the valid trials. arrival_lag_ms: of each of p50, p99 and max the
    worst of the valid trials; None under closed load.
    generator_cpu_us_per_request: over the valid trials.
    server_pss_mib: the largest of the valid trials; context_switches_per_request: voluntary and involuntary ones of all
    the server's threads, over the valid trials; None where they were not recorded.
    database_backends: connections to PostgreSQL by the client's name, ``peak`` in the window and ``left`` after it, the
    most of the valid trials; None where nobody counted.
    held: under a held load, what became of its streams; of several trials the worst. Its ``throughput_rps`` are events
    per second, and it has no latency.
    flags: what made any trial invalid, and what more than half of the trials were flagged with.
    """

    cell: Cell
    trials: int
    invalid_trials: int
    requests: int
    status: str
    throughput_rps: Estimate | None
    by_block: dict[int, float]
    latency_ms: dict[str, float] | None
    latency_samples: int
    latency_spectrum_ms: tuple[tuple[float, float], ...]
    service_ms: dict[str, float] | None
    median_ms_by_block: dict[int, float]
    p90_ms_by_block: dict[int, float]
    p95_ms_by_block: dict[int, float]
    p99_ms_by_block: dict[int, float]
    cpu_ms_by_block: dict[int, float]
    rss_mib_by_block: dict[int, float]
    timeline: tuple[Step, ...] | None
    sent_share: float | None
    arrival_lag_ms: dict[str, float] | None
    generator_cpu_us_per_request: float | None
    errors: dict[str, int]
    server_cpu_ms_per_request: float | None
    server_rss_mib_peak: float | None
    server_threads_peak: int | None
    server_pss_mib: float | None
    context_switches_per_request: dict[str, float] | None
    open_files_peak: int | None
    database_backends: dict[str, dict[str, int]] | None
    held: Held | None
    flags: tuple[str, ...]
    reason: str | None

    @property
    def shown_latency_ms(self) -> dict[str, float]:
        """The percentiles that there are samples enough for."""
        return self._enough(self.latency_ms)

    @property
    def shown_service_ms(self) -> dict[str, float]:
        """The service time's percentiles that there are samples enough for."""
        return self._enough(self.service_ms)

    def _enough(self, percentiles_ms: dict[str, float] | None) -> dict[str, float]:
        return {name: value for name, value in (percentiles_ms or {}).items() if can_show(name, self.latency_samples)}

    def rank(self) -> float:
        """What to sort cells of one load by, the best first: throughput under closed load, median latency under open.

        Under open load throughput is what was asked for, and only says who failed.
        """
        if self.throughput_rps is None:
            return math.inf
        if self.cell.load.compares_latency:
            return self.latency_ms["p50"] if self.latency_ms else math.inf
        return -self.throughput_rps.mean

    def to_json(self) -> dict[str, Any]:
        """The cell as it stands in summary.json."""
        return {
            **self.cell.identity(),
            "interface": self.cell.interface,
            "slots": self.cell.slots,
            "slots_by": self.cell.slots_by,
            "processes": self.cell.processes,
            "trials": self.trials,
            "invalid_trials": self.invalid_trials,
            "requests": self.requests,
            "throughput_rps": interval_of(self.throughput_rps),
            "latency_ms": self.latency_ms,
            "latency_samples": self.latency_samples,
            "service_ms": self.service_ms,
            "timeline": None if self.timeline is None else [asdict(step) for step in self.timeline],
            "sent_share": self.sent_share,
            "arrival_lag_ms": self.arrival_lag_ms,
            "generator_cpu_us_per_request": self.generator_cpu_us_per_request,
            "errors": {"count": sum(self.errors.values()), "by_kind": self.errors},
            "server_cpu_ms_per_request": self.server_cpu_ms_per_request,
            "server_rss_mib_peak": self.server_rss_mib_peak,
            "server_threads_peak": self.server_threads_peak,
            "server_pss_mib": self.server_pss_mib,
            "context_switches_per_request": self.context_switches_per_request,
            "open_files_peak": self.open_files_peak,
            "database_backends": self.database_backends,
            "held": None if self.held is None else asdict(self.held),
            "flags": list(self.flags),
            "status": self.status,
            "reason": self.reason,
        }


def interval_of(estimate: Estimate | None) -> dict[str, float | None] | None:
    """An estimate as it stands in summary.json."""
    if estimate is None:
        return None
    return {"mean": estimate.mean, "low": estimate.low, "high": estimate.high}


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
    status, reason = _status(trials, requests, 0 if cell.load.endless else sum(errors.values()))
    if status != "measured":
        valid, by_block = [], {}
    answered = sum(measurement.answered for _, measurement in valid)
    # Of a held load the samples are the gaps between events, which are no latency.
    timed = [trial for trial, _ in valid if not cell.load.endless]
    times = [right_times(directory, trial) for trial in timed]
    shown_ms = {
        trial.block: in_ms(shown_percentiles(each.latency_ns)) for trial, each in zip(timed, times, strict=True)
    }
    timeline = timeline_of(times, valid[0][1].actual_s) if cell.load.varies and valid else None
    latency_ns = pooled([each.latency_ns for each in times])
    latency_ms = _percentiles_ms(latency_ns)
    service_ms = latency_ms
    if cell.load.scheduled:
        service_ms = _percentiles_ms(pooled([each.service_ns for each in times]))
    planned, sent = (sum(getattr(measurement, name) for _, measurement in valid) for name in ("planned", "sent"))
    usage = [measurement.server for _, measurement in valid]
    counted = sum(trial.valid for trial in trials)
    return CellSummary(
        cell=cell,
        trials=counted,
        invalid_trials=len(trials) - counted,
        requests=requests,
        status=status,
        held=worst_held([measurement.held for _, measurement in valid if measurement.held]),
        throughput_rps=log_mean([rate for rate in by_block.values() if rate > 0]),  # no event may come in a window
        by_block=by_block,
        latency_ms=latency_ms,
        latency_samples=len(latency_ns),
        latency_spectrum_ms=tuple((one_in, value / 1e6) for one_in, value in spectrum(latency_ns)),
        service_ms=service_ms,
        median_ms_by_block={block: found["p50"] for block, found in shown_ms.items() if found},
        p90_ms_by_block={block: found["p90"] for block, found in shown_ms.items() if "p90" in found},
        p95_ms_by_block={block: found["p95"] for block, found in shown_ms.items() if "p95" in found},
        p99_ms_by_block={block: found["p99"] for block, found in shown_ms.items() if "p99" in found},
        cpu_ms_by_block={trial.block: 1000 * m.server.cpu_s / m.answered for trial, m in valid if m.answered},
        rss_mib_by_block={trial.block: m.server.rss_mib_peak for trial, m in valid},
        timeline=timeline,
        sent_share=sent / planned if planned else None,
        arrival_lag_ms=_worst([measurement.arrival_lag_ms for _, measurement in valid if measurement.arrival_lag_ms]),
        generator_cpu_us_per_request=(
            1e6 * sum(measurement.generator_cpu_s for _, measurement in valid) / answered if answered else None
        ),
        errors=dict(errors),
        server_cpu_ms_per_request=1000 * sum(u.cpu_s for u in usage) / answered if answered else None,
        server_rss_mib_peak=max((u.rss_mib_peak for u in usage), default=None),
        server_threads_peak=max((u.threads_peak for u in usage), default=None),
        server_pss_mib=max((u.pss_mib for u in usage if u.pss_mib is not None), default=None),
        context_switches_per_request=_switches_per_request(usage, answered),
        open_files_peak=max((u.open_files_peak for u in usage if u.open_files_peak is not None), default=None),
        database_backends=_most_backends([measurement.database_backends for _, measurement in valid]),
        flags=_flags(trials),
        reason=reason,
    )


def _percentiles_ms(ordered_ns: "np.ndarray[Any, Any]") -> dict[str, float] | None:
    found = percentiles_of_sorted(ordered_ns)
    return in_ms(found) if found else None


def _worst(lags_ms: list[dict[str, float]]) -> dict[str, float] | None:
    return {name: max(lag_ms[name] for lag_ms in lags_ms) for name in lags_ms[0]} if lags_ms else None


def _switches_per_request(usage: list[Usage], answered: int) -> dict[str, float] | None:
    """Voluntary and involuntary ones; None when a trial has none recorded, for the sum would be of the others alone."""
    voluntary = [u.voluntary_switches for u in usage if u.voluntary_switches is not None]
    involuntary = [u.involuntary_switches for u in usage if u.involuntary_switches is not None]
    if not answered or min(len(voluntary), len(involuntary)) < len(usage):
        return None
    return {"voluntary": sum(voluntary) / answered, "involuntary": sum(involuntary) / answered}


def _most_backends(counted: list[dict[str, dict[str, int]] | None]) -> dict[str, dict[str, int]] | None:
    """At each moment and of each name the most connections that any of these trials had."""
    found: dict[str, dict[str, int]] = {}
    for of_trial in counted:
        for moment, counts in (of_trial or {}).items():
            most = found.setdefault(moment, {})
            most.update({name: max(count, most.get(name, 0)) for name, count in counts.items()})
    return found or None


def _flags(trials: list[Trial]) -> tuple[str, ...]:
    """What made any trial invalid, and what most of the trials share: one doubtful window in ten is expected."""
    counts = Counter(flag for trial in trials for flag in trial.flags)
    grave = {flag for trial in trials for flag in trial.invalidated_by}
    return tuple(sorted(flag for flag, count in counts.items() if flag in grave or 2 * count > len(trials)))


def _status(trials: list[Trial], requests: int, errors: int) -> tuple[str, str | None]:
    """The cell's status, and the reason when it is not ``measured``."""
    if not trials:
        return "unmeasured", "not measured: the run ended before its first trial"
    if requests and errors > MAX_ERROR_SHARE * requests:
        return "failing", f"{100 * errors / requests:.3g} % of {requests} answers were wrong or missing"
    # Those of the windows that it survived are no figures of a server that ends in others.
    failures = [trial.failure or "" for trial in trials if trial.server_failed]
    if failures:
        some = "" if len(failures) == len(trials) else f"{len(failures)} of {len(trials)} trials failed: "
        return "failing", some + failures[0]
    if any(trial.valid for trial in trials):
        return "measured", None
    flags = sorted({flag for trial in trials for flag in trial.invalidated_by})
    return "invalid", f"no trial counts: {', '.join(flags)}"
