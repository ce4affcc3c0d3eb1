"""From a run's trials to one summary per cell: the content of ``summary.json``, and what charts and report draw."""

import math
from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from results.records import MAX_ERROR_SHARE, Cell, Load, Run, Trial, Usage
from results.stats import Estimate, can_show, log_mean, percentiles
from results.store import RunDirectory
from results.times import Step, right_times, timeline_of
from results.verdicts import Comparison, Pair, compare

BASE_STYLE = "sync"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSummary:
    """One cell over all its valid trials.

    status: ``measured``; ``failing`` when over 0.1 % of the answers were wrong or missing or the server failed;
    ``invalid`` when no trial counts; ``unmeasured`` when there is none. But for ``measured`` there is no throughput,
    latency or cost, and ``reason`` says why.
    requests: all that were answered or failed, in valid and invalid trials, also those answered after their window had
    closed; ``errors`` are among them.
    by_block: throughput (requests/s) of each valid trial by block number, for paired comparisons.
    latency_ms: percentiles over the right answers of all valid trials, pooled; latency_samples: how many those are.
    service_ms: the same of the service time, done - sent; under closed load it is the latency.
    median_ms_by_block, p99_ms_by_block: of the latency of each valid trial by block number; the latter only of trials
    with samples enough for it.
    timeline: at a rate that varies, the window in equal steps; None at a steady one.
    sent_share: requests sent over requests due, in the valid trials. arrival_lag_ms: of each of p50, p99 and max the
    worst of the valid trials; None under closed load.
    generator_cpu_us_per_request: over the valid trials.
    server_pss_mib: the largest of the valid trials; context_switches_per_request: voluntary and involuntary ones of all
    the server's threads, over the valid trials; None where they were not recorded.
    database_backends: connections to PostgreSQL by the client's name, ``peak`` in the window and ``left`` after it, the
    most of the valid trials; None where nobody counted.
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
    service_ms: dict[str, float] | None
    median_ms_by_block: dict[int, float]
    p99_ms_by_block: dict[int, float]
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
        if self.cell.load.kind == "open":
            return self.latency_ms["p50"] if self.latency_ms else math.inf
        return -self.throughput_rps.mean

    def to_json(self) -> dict[str, Any]:
        """The cell as it stands in summary.json."""
        return {
            **_identity(self.cell),
            "interface": self.cell.interface,
            "slots": self.cell.slots,
            "processes": self.cell.processes,
            "trials": self.trials,
            "invalid_trials": self.invalid_trials,
            "requests": self.requests,
            "throughput_rps": _interval(self.throughput_rps),
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
            "flags": list(self.flags),
            "status": self.status,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """One cell over another of the same pattern and load, paired by block.

    quantity: ``throughput`` under closed load, ``median latency`` under open load; ``p99`` of interference.
    """

    cell: Cell
    other: Cell
    quantity: str
    comparison: Comparison

    @property
    def estimate(self) -> Estimate:
        """The ratio, with its interval."""
        return self.comparison.estimate

    def to_json(self) -> dict[str, Any]:
        """As it stands in summary.json."""
        return {
            **_identity(self.cell),
            "other": {"server": self.other.server, "style": self.other.style},
            "quantity": self.quantity,
            "blocks": self.estimate.n,
            "ratio": _interval(self.estimate),
            "p": self.comparison.p,
            "adjusted_p": self.comparison.adjusted_p,
            "verdict": str(self.comparison.verdict),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A whole run, summarised.

    load_share: of the time the run lasted, how much was warm-up and measured windows; None before its end.
    ratios: each style over the sync style of the same server. leads: the best cell of each pattern and load over each
    of the others. interference: what a cell meets beside others over what it meets alone. Each of the three is one
    family of comparisons, whose p values are adjusted together.
    telemetry_share_max: the largest share of a core that telemetry took in any trial, None without any.
    """

    run: Run
    load_share: float | None
    cells: tuple[CellSummary, ...]
    ratios: tuple[Ratio, ...]
    leads: tuple[Ratio, ...]
    interference: tuple[Ratio, ...]
    telemetry_share_max: float | None

    def to_json(self) -> dict[str, Any]:
        """The content of summary.json, schema 1."""
        run = self.run
        return {
            "schema": run.schema,
            "run": {
                "id": run.id,
                "profile": run.profile,
                "seed": run.seed,
                "started": run.started,
                "finished": run.finished,
                "status": run.status,
                "failure": run.failure,
                "command": run.command,
                "blocks": len(run.blocks),
                "min_blocks": run.settings.min_blocks,
                "max_blocks": run.settings.max_blocks,
                "budget_s": run.settings.budget_s,
                "ended_by": run.ended_by,
                "resumed": list(run.resumed),
                "spent_s": run.spent_s,
                "load_share": self.load_share,
                "isolation": run.settings.isolation,
                "warmup_s": run.settings.warmup_s,
                "warmup_limit_s": run.settings.warmup_limit_s,
                "duration_s": run.settings.duration_s,
                "generators": run.settings.generators,
                "database": run.settings.database,
                "left_out": run.left_out,
                "telemetry_share_max": self.telemetry_share_max,
            },
            "machine": run.machine,
            "cells": [cell.to_json() for cell in self.cells],
            "ratios_to_sync": [ratio.to_json() for ratio in self.ratios],
            "leads_of_the_best": [ratio.to_json() for ratio in self.leads],
            "interference": [ratio.to_json() for ratio in self.interference],
        }


def _identity(cell: Cell) -> dict[str, Any]:
    """What tells a cell from the others."""
    return {"server": cell.server, "pattern": cell.pattern, "style": cell.style, "load": cell.load.to_json()}


def _interval(estimate: Estimate | None) -> dict[str, float | None] | None:
    if estimate is None:
        return None
    return {"mean": estimate.mean, "low": estimate.low, "high": estimate.high}


def summarise(directory: RunDirectory) -> Summary:
    """Read a run's directory and summarise every cell of its plan. Raises StoreError."""
    run = directory.read_run()
    by_cell: dict[Cell, list[Trial]] = {cell: [] for cell in run.cells}
    trials = directory.read_trials_of(run)
    for trial in trials:
        by_cell[trial.cell].append(trial)
    cells = tuple(_summarise_cell(cell, of_cell, directory) for cell, of_cell in by_cell.items())
    shares = (trial.measurement.telemetry_share for trial in trials if trial.measurement and trial.telemetry)
    return Summary(
        run=run,
        load_share=_load_share(run, trials),
        telemetry_share_max=max(shares, default=None),
        cells=cells,
        ratios=_compared(_to_sync(cells)),
        leads=_compared(_of_the_best(cells)),
        interference=_compared(_beside(cells), "p99"),
    )


def _load_share(run: Run, trials: list[Trial]) -> float | None:
    load_s = sum(trial.measurement.warmup_s + trial.measurement.actual_s for trial in trials if trial.measurement)
    return load_s / run.spent_s if run.finished and run.spent_s else None


def _summarise_cell(cell: Cell, trials: list[Trial], directory: RunDirectory) -> CellSummary:
    measured = [trial.measurement for trial in trials if trial.measurement]
    valid = [(trial, trial.measurement) for trial in trials if trial.measurement and trial.valid]
    errors: Counter[str] = Counter()
    for measurement in measured:
        errors.update(measurement.errors)
    requests = sum(
        measurement.requests or measurement.answered + sum(measurement.errors.values()) for measurement in measured
    )
    by_block = {trial.block: measurement.throughput_rps for trial, measurement in valid}
    status, reason = _status(trials, requests, sum(errors.values()))
    if status != "measured":
        valid, by_block = [], {}
    answered = sum(measurement.answered for _, measurement in valid)
    times = [right_times(directory, trial) for trial, _ in valid]
    latency_ms = percentiles(np.concatenate([each.latency_ms for each in times])) if times else None
    service_ms = percentiles(np.concatenate([each.service_ms for each in times])) if times else None
    if cell.load.kind == "closed":
        service_ms = latency_ms
    planned, sent = (sum(getattr(measurement, name) for _, measurement in valid) for name in ("planned", "sent"))
    usage = [measurement.server for _, measurement in valid]
    counted = sum(trial.valid for trial in trials)
    return CellSummary(
        cell=cell,
        trials=counted,
        invalid_trials=len(trials) - counted,
        requests=requests,
        status=status,
        throughput_rps=log_mean(list(by_block.values())),
        by_block=by_block,
        latency_ms=latency_ms,
        latency_samples=sum(len(each.latency_ms) for each in times),
        service_ms=service_ms,
        median_ms_by_block={
            trial.block: found["p50"]
            for (trial, _), each in zip(valid, times, strict=True)
            if (found := percentiles(each.latency_ms))
        },
        p99_ms_by_block={
            trial.block: found["p99"]
            for (trial, _), each in zip(valid, times, strict=True)
            if (found := percentiles(each.latency_ms)) and can_show("p99", len(each.latency_ms))
        },
        timeline=timeline_of(times, valid[0][1].actual_s) if cell.load.varies and valid else None,
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
    if any(trial.valid for trial in trials):
        return "measured", None
    failures = [trial.failure for trial in trials if trial.failure and not trial.invalidated_by]
    if failures:
        return "failing", failures[0]
    flags = sorted({flag for trial in trials for flag in trial.invalidated_by})
    return "invalid", f"no trial counts: {', '.join(flags)}"


def _compared(pairs: list[tuple[CellSummary, CellSummary]], quantity: str | None = None) -> tuple[Ratio, ...]:
    """The comparisons of these cells with those, as one family: throughput under closed load, else median latency."""
    found = compare([_pair(cell, other, quantity) for cell, other in pairs])
    return tuple(
        Ratio(
            cell=cell.cell,
            other=other.cell,
            quantity=quantity or ("median latency" if cell.cell.load.kind == "open" else "throughput"),
            comparison=comparison,
        )
        for (cell, other), comparison in zip(pairs, found, strict=True)
        if comparison is not None
    )


def _pair(cell: CellSummary, other: CellSummary, quantity: str | None) -> Pair:
    if quantity == "p99":
        return Pair(cell.p99_ms_by_block, other.p99_ms_by_block, more_is_better=False)
    if cell.cell.load.kind == "open":
        return Pair(cell.median_ms_by_block, other.median_ms_by_block, more_is_better=False)
    return Pair(cell.by_block, other.by_block)


def _comparable(cells: tuple[CellSummary, ...]) -> list[CellSummary]:
    """Those with numbers to compare; of a rate that varies the median mixes easy and hard moments."""
    return [cell for cell in cells if cell.throughput_rps and not cell.cell.load.varies]


def _to_sync(cells: tuple[CellSummary, ...]) -> list[tuple[CellSummary, CellSummary]]:
    measured = _comparable(cells)
    base = {(c.cell.server, c.cell.pattern, c.cell.load): c for c in measured if c.cell.style == BASE_STYLE}
    return [
        (cell, base[place])
        for cell in measured
        if (place := (cell.cell.server, cell.cell.pattern, cell.cell.load)) in base and cell.cell.style != BASE_STYLE
    ]


def _beside(cells: tuple[CellSummary, ...]) -> list[tuple[CellSummary, CellSummary]]:
    """Cells beside others, each with the same cell alone."""
    alone = {cell.cell: cell for cell in cells}
    pairs = []
    for cell in cells:
        if cell.cell.load.beside:
            load = replace(cell.cell.load, beside=None, beside_users=None)
            pairs.append((cell, alone[replace(cell.cell, load=load)]))
    return pairs


def _of_the_best(cells: tuple[CellSummary, ...]) -> list[tuple[CellSummary, CellSummary]]:
    groups: dict[tuple[str, Load], list[CellSummary]] = {}
    for cell in _comparable(cells):
        groups.setdefault((cell.cell.pattern, cell.cell.load), []).append(cell)
    return [
        (best, other)
        for group in groups.values()
        for best in [min(group, key=CellSummary.rank)]
        for other in group
        if other is not best
    ]
