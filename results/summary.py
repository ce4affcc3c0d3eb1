"""From a run's trials to one summary per cell: the content of ``summary.json``, and what charts and report draw."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from results.records import MAX_ERROR_SHARE, Cell, Run, Trial
from results.stats import Estimate, can_show, log_mean, paired_ratio, percentiles
from results.store import RunDirectory, StoreError

BASE_STYLE = "sync"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSummary:
    """One cell over all its valid trials.

    status: ``measured``; ``failing`` when over 0.1 % of the answers were wrong or missing or the server failed;
    ``invalid`` when no trial counts; ``unmeasured`` when there is none. But for ``measured`` there is no throughput,
    latency or cost, and ``reason`` says why.
    requests: all that were answered or failed, in valid and invalid trials; ``errors`` are among them.
    by_block: throughput (requests/s) of each valid trial by block number, for paired comparisons.
    latency_ms: percentiles over the right answers of all valid trials, pooled; latency_samples: how many those are.
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
    errors: dict[str, int]
    server_cpu_ms_per_request: float | None
    server_rss_mib_peak: float | None
    server_threads_peak: int | None
    flags: tuple[str, ...]
    reason: str | None

    @property
    def shown_latency_ms(self) -> dict[str, float]:
        """The percentiles that there are samples enough for."""
        return {name: value for name, value in (self.latency_ms or {}).items() if can_show(name, self.latency_samples)}

    def to_json(self) -> dict[str, Any]:
        """The cell as it stands in summary.json."""
        return {
            "server": self.cell.server,
            "pattern": self.cell.pattern,
            "style": self.cell.style,
            "load": {"kind": self.cell.load.kind, "users": self.cell.load.users},
            "interface": self.cell.interface,
            "slots": self.cell.slots,
            "processes": self.cell.processes,
            "trials": self.trials,
            "invalid_trials": self.invalid_trials,
            "requests": self.requests,
            "throughput_rps": _interval(self.throughput_rps),
            "latency_ms": self.latency_ms,
            "latency_samples": self.latency_samples,
            "errors": {"count": sum(self.errors.values()), "by_kind": self.errors},
            "server_cpu_ms_per_request": self.server_cpu_ms_per_request,
            "server_rss_mib_peak": self.server_rss_mib_peak,
            "server_threads_peak": self.server_threads_peak,
            "flags": list(self.flags),
            "status": self.status,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """One style's throughput over the sync style's, same server, pattern and load, paired by block."""

    cell: Cell
    estimate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A whole run, summarised."""

    run: Run
    cells: tuple[CellSummary, ...]
    ratios: tuple[Ratio, ...]

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
                "isolation": run.settings.isolation,
                "warmup_s": run.settings.warmup_s,
                "duration_s": run.settings.duration_s,
                "database": run.settings.database,
                "left_out": run.left_out,
            },
            "machine": run.machine,
            "cells": [cell.to_json() for cell in self.cells],
            "ratios_to_sync": [
                {
                    "server": ratio.cell.server,
                    "pattern": ratio.cell.pattern,
                    "style": ratio.cell.style,
                    "load": {"kind": ratio.cell.load.kind, "users": ratio.cell.load.users},
                    "blocks": ratio.estimate.n,
                    "ratio": _interval(ratio.estimate),
                }
                for ratio in self.ratios
            ],
        }


def _interval(estimate: Estimate | None) -> dict[str, float | None] | None:
    if estimate is None:
        return None
    return {"mean": estimate.mean, "low": estimate.low, "high": estimate.high}


def summarise(directory: RunDirectory) -> Summary:
    """Read a run's directory and summarise every cell of its plan. Raises StoreError."""
    run = directory.read_run()
    by_cell: dict[Cell, list[Trial]] = {cell: [] for cell in run.cells}
    for trial in directory.read_trials():
        if trial.cell not in by_cell:
            raise StoreError(f"{directory.path}: trial {trial.number} is of a cell that the run's plan does not have")
        by_cell[trial.cell].append(trial)
    cells = tuple(_summarise_cell(cell, trials, directory) for cell, trials in by_cell.items())
    return Summary(run=run, cells=cells, ratios=tuple(_ratios(cells)))


def _summarise_cell(cell: Cell, trials: list[Trial], directory: RunDirectory) -> CellSummary:
    measured = [trial.measurement for trial in trials if trial.measurement]
    valid = [(trial, trial.measurement) for trial in trials if trial.measurement and trial.valid]
    errors: Counter[str] = Counter()
    for measurement in measured:
        errors.update(measurement.errors)
    requests = sum(measurement.answered for measurement in measured) + sum(errors.values())
    by_block = {trial.block: measurement.throughput_rps for trial, measurement in valid}
    status, reason = _status(trials, requests, sum(errors.values()))
    if status != "measured":
        valid, by_block = [], {}
    answered = sum(measurement.answered for _, measurement in valid)
    latencies = [right_latencies_ms(directory, trial) for trial, _ in valid]
    pooled = np.concatenate(latencies) if latencies else np.empty(0)
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
        latency_ms=percentiles(pooled),
        latency_samples=len(pooled),
        errors=dict(errors),
        server_cpu_ms_per_request=1000 * sum(u.cpu_s for u in usage) / answered if answered else None,
        server_rss_mib_peak=max((u.rss_mib_peak for u in usage), default=None),
        server_threads_peak=max((u.threads_peak for u in usage), default=None),
        flags=_flags(trials),
        reason=reason,
    )


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
    failures = [trial.failure for trial in trials if trial.failure]
    if failures:
        return "failing", failures[0]
    flags = sorted({flag for trial in trials for flag in trial.invalidated_by})
    return "invalid", f"no trial counts: {', '.join(flags)}"


def right_latencies_ms(directory: RunDirectory, trial: Trial) -> "np.ndarray[Any, Any]":
    """The latencies, done - intended in ms, of a trial's right answers to requests sent inside its window."""
    table = directory.read_samples(trial)
    intended = table["intended_ns"].to_numpy()
    done = table["done_ns"].to_numpy()
    right = table["outcome"].to_numpy() == "ok"
    latencies_ms: np.ndarray[Any, Any] = (done - intended)[right & (table["sent_ns"].to_numpy() >= 0)] / 1e6
    return latencies_ms


def _ratios(cells: tuple[CellSummary, ...]) -> list[Ratio]:
    base = {(c.cell.server, c.cell.pattern, c.cell.load): c for c in cells if c.cell.style == BASE_STYLE}
    found = []
    for cell in cells:
        other = base.get((cell.cell.server, cell.cell.pattern, cell.cell.load))
        if cell.cell.style == BASE_STYLE or other is None:
            continue
        estimate = paired_ratio(cell.by_block, other.by_block)
        if estimate is not None:
            found.append(Ratio(cell=cell.cell, estimate=estimate))
    return found
