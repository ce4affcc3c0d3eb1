"""From a run's trials to one summary per cell: the content of ``summary.json``, and what charts and report draw."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from results.records import MAX_ERROR_SHARE, Cell, Run, Trial
from results.stats import Estimate, log_mean, paired_ratio, percentiles
from results.store import RunDirectory

BASE_STYLE = "sync"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSummary:
    """One cell over all its valid trials.

    by_block: throughput (requests/s) of each valid trial by block number, for paired comparisons.
    latency_ms: percentiles over the right answers of all valid trials, pooled.
    flags: what made any trial invalid, and what more than half of the trials were flagged with.
    failing: there is no throughput to show; ``reason`` says why.
    """

    cell: Cell
    trials: int
    invalid_trials: int
    requests: int
    throughput_rps: Estimate | None
    by_block: dict[int, float]
    latency_ms: dict[str, float] | None
    errors: dict[str, int]
    server_cpu_ms_per_request: float | None
    server_rss_mib_peak: float | None
    server_threads_peak: int | None
    flags: tuple[str, ...]
    failing: bool
    reason: str | None

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
            "errors": {"count": sum(self.errors.values()), "by_kind": self.errors},
            "server_cpu_ms_per_request": self.server_cpu_ms_per_request,
            "server_rss_mib_peak": self.server_rss_mib_peak,
            "server_threads_peak": self.server_threads_peak,
            "flags": list(self.flags),
            "failing": self.failing,
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
        by_cell[trial.cell].append(trial)
    cells = tuple(_summarise_cell(cell, trials, directory) for cell, trials in by_cell.items())
    return Summary(run=run, cells=cells, ratios=tuple(_ratios(cells)))


def _summarise_cell(cell: Cell, trials: list[Trial], directory: RunDirectory) -> CellSummary:
    valid = [(t, t.measurement) for t in trials if t.valid and t.measurement]
    errors: Counter[str] = Counter()
    for trial in trials:
        if trial.measurement:
            errors.update(trial.measurement.errors)
    answered = sum(measurement.answered for _, measurement in valid)
    by_block = {trial.block: m.throughput_rps for trial, m in valid if m.throughput_rps > 0}
    reason = _why_failing(trials, sum(errors.values()), bool(by_block))
    failing = reason is not None
    latencies = [right_latencies_ms(directory, trial) for trial, _ in valid]
    pooled = np.concatenate(latencies) if latencies else np.empty(0)
    usage = [measurement.server for _, measurement in valid]
    return CellSummary(
        cell=cell,
        trials=len(valid),
        invalid_trials=len(trials) - len(valid),
        requests=answered,
        throughput_rps=None if failing else log_mean(list(by_block.values())),
        by_block={} if failing else by_block,
        latency_ms=percentiles(pooled),
        errors=dict(errors),
        server_cpu_ms_per_request=1000 * sum(u.cpu_s for u in usage) / answered if answered else None,
        server_rss_mib_peak=max((u.rss_mib_peak for u in usage), default=None),
        server_threads_peak=max((u.threads_peak for u in usage), default=None),
        flags=_flags(trials),
        failing=failing,
        reason=reason,
    )


def _flags(trials: list[Trial]) -> tuple[str, ...]:
    """What made any trial invalid, and what most of the trials share: one doubtful window in ten is expected."""
    counts = Counter(flag for trial in trials for flag in trial.flags)
    grave = {flag for trial in trials if not trial.valid for flag in trial.flags}
    return tuple(sorted(flag for flag, count in counts.items() if flag in grave or 2 * count > len(trials)))


def _why_failing(trials: list[Trial], errors: int, has_rate: bool) -> str | None:
    if not trials:
        return "not measured: the run ended before its first trial"
    failures = [trial.failure for trial in trials if trial.failure]
    asked = errors + sum(t.measurement.answered for t in trials if t.measurement)
    if asked and errors > MAX_ERROR_SHARE * asked:
        return f"{100 * errors / asked:.3g} % of {asked} answers were wrong or missing"
    if has_rate:
        return None
    if failures:
        return failures[0]
    flags = sorted({flag for trial in trials for flag in trial.flags})
    return f"no valid trial: {', '.join(flags) or 'nothing was answered'}"


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
