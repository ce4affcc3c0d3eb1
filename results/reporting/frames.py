"""The summary as pandas tables: what ``summary.csv`` and ``requests.csv`` hold, and what charts draw."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from results.analysis.cell_summary import CellSummary
from results.analysis.figures.cell_figures import FIGURES
from results.analysis.figures.request_summary import RequestSummary
from results.analysis.machine_course import STRETCH_S, movement, readings, smoothed
from results.analysis.summary import Summary
from results.records.schema import Trial
from results.reporting.questions import figure_of
from results.wording.names import short_names, with_processes
from results.wording.text import server_name


def labels(summary: Summary) -> dict[str, str]:
    """A short name for each server: see ``names.short_names``."""
    return short_names(cell.cell for cell in summary.cells)


def cells(summary: Summary) -> pd.DataFrame:
    """One row per cell, in the order of the plan; columns as in summary.json, flattened.

    Missing values, and percentiles that there are too few samples for, are NaN.
    """
    short = labels(summary)
    return pd.DataFrame([_row(cell, short[cell.cell.server]) for cell in summary.cells])


def _row(summary: CellSummary, label: str) -> dict[str, Any]:
    cell, load = summary.cell, summary.cell.load.to_json()
    return {
        "pattern": cell.pattern,
        "load_kind": cell.load.kind,
        "load": str(cell.load),
        "users": load.get("users"),
        "rate_rps": load.get("rate"),
        "arrivals": load.get("arrivals"),
        "connections": load.get("connections"),
        "streams": load.get("streams"),
        "server": cell.server,
        "server_label": label,
        "style": cell.style,
        **{column.csv: column.read(summary) for figure in FIGURES for column in figure.columns if column.csv},
    }


def requests(summary: Summary) -> pd.DataFrame:
    """One row per cell and request of a mix or a journey: what ``requests.csv`` holds. Empty without any."""
    rows = [_request_row(cell, request) for cell in summary.cells for request in cell.by_request]
    return pd.DataFrame(rows)


def requests_for_charts(summary: Summary) -> pd.DataFrame:
    """``requests`` with what charts need besides: the server's name and its label."""
    frame, short = requests(summary), chart_labels(summary)
    if frame.empty:
        return frame
    frame["server_label"] = [short[server] for server in frame["server"]]
    frame["server_name"] = [server_name(server) for server in frame["server"]]
    percentiles = [column for column in frame.columns if column.startswith("latency_ms_")]
    return frame.astype(dict.fromkeys(percentiles, float))


def _request_row(summary: CellSummary, request: RequestSummary) -> dict[str, Any]:
    cell, shown_ms = summary.cell, request.shown_latency_ms
    return {
        "pattern": cell.pattern,
        "load_kind": cell.load.kind,
        "load": str(cell.load),
        "server": cell.server,
        "style": cell.style,
        "request": request.name,
        "answered": request.answered,
        "rate_rps": request.rate_rps,
        "errors": sum(request.errors.values()),
        **{f"latency_ms_{name}": shown_ms.get(name) for name in ("p50", "p90", "p95", "p99", "p999", "max")},
        "latency_samples": request.latency_samples,
        "compared": request.compared,
    }


def chart_labels(summary: Summary) -> dict[str, str]:
    """``labels`` for where there is little room: of several configurations of a server only what tells them apart.

    And more than one process, as there.
    """
    short = labels(summary)
    processes = {cell.cell.server: cell.cell.processes for cell in summary.cells}
    groups: dict[str, list[str]] = {}
    for server in short:
        groups.setdefault(server_name(server), []).append(server)
    for name, servers in groups.items():
        if len(servers) < 2:
            continue
        parameters = {server: server.partition(":")[2].split(",") for server in servers}
        common = set.intersection(*(set(parts) for parts in parameters.values()))
        for server, parts in parameters.items():
            telling = ",".join(part for part in parts if part not in common)
            short[server] = with_processes(f"{name}:{telling}" if telling else name, processes[server])
    return short


def ratios(summary: Summary) -> pd.DataFrame:
    """One row per style that has a rival such as sync on its server, with its ratio to that (see ``summary.Ratio``)."""
    short = chart_labels(summary)
    columns = ["pattern", "load_kind", "load", "server", "server_name", "server_label", "style", "base", "blocks"]
    columns += ["ratio", "low", "high", "verdict"]
    rows = [
        (
            ratio.cell.pattern,
            ratio.cell.load.kind,
            str(ratio.cell.load),
            ratio.cell.server,
            server_name(ratio.cell.server),
            short[ratio.cell.server],
            ratio.cell.style,
            ratio.other.style,
            ratio.estimate.n,
            ratio.estimate.mean,
            ratio.estimate.low,
            ratio.estimate.high,
            str(ratio.comparison.verdict),
        )
        for ratio in summary.ratios
    ]
    return pd.DataFrame(rows, columns=columns)


def for_charts(summary: Summary) -> pd.DataFrame:
    """``cells`` with what charts need besides: the server's name, and how it stands beside the best of its rivals.

    by_latency: is it compared by its median latency? relative: throughput over the highest, or the shortest median
    latency over its own; NaN without a number, and at rates that vary. figure: what that was computed from, with its
    unit.
    """
    frame = cells(summary)
    short = chart_labels(summary)
    frame["server_label"] = [short[cell.cell.server] for cell in summary.cells]
    frame["server_name"] = [server_name(cell.cell.server) for cell in summary.cells]
    frame["by_latency"] = [cell.cell.load.compares_latency for cell in summary.cells]
    frame["steady"] = [cell.cell.load.one_figure for cell in summary.cells]
    frame["figure"] = [figure_of(cell) if cell.throughput_rps else "" for cell in summary.cells]
    rates = frame["throughput_rps_mean"].astype(float)
    goodness = rates.where(~frame["by_latency"], 1 / frame["latency_ms_p50"].astype(float))
    goodness = goodness.where(frame["steady"] & rates.notna())
    frame["relative"] = goodness / goodness.groupby([frame["pattern"], frame["load"]]).transform("max")
    return frame


def spectra(summary: Summary) -> pd.DataFrame:
    """One row per point of each cell's latency spectrum: one in ``one_in`` requests took longer than ``latency_ms``."""
    short = chart_labels(summary)
    columns = ["cell", "pattern", "load_kind", "load", "server_name", "server_label", "style", "samples"]
    rows = [
        (
            place,
            cell.cell.pattern,
            cell.cell.load.kind,
            str(cell.cell.load),
            server_name(cell.cell.server),
            short[cell.cell.server],
            cell.cell.style,
            cell.latency_samples,
            one_in,
            latency_ms,
        )
        for place, cell in enumerate(summary.cells)
        for one_in, latency_ms in cell.latency_spectrum_ms
        if not cell.cell.load.varies
    ]
    return pd.DataFrame(rows, columns=[*columns, "one_in", "latency_ms"])


def sweeps(summary: Summary) -> pd.DataFrame:
    """One row per measured cell under closed load and beside nobody, to be drawn over its slots or its users.

    slots: NaN if they are unbounded. wait_s: how long an answer waits; ceiling_rps: slots, or users if those are
    fewer, over that (Little's law); both NaN if that is not known.
    """
    short = chart_labels(summary)
    columns = ["pattern", "load", "server_name", "server_label", "style", "users", "slots", "wait_s", "ceiling_rps"]
    intervals = ["throughput_rps_mean", "throughput_rps_low", "throughput_rps_high"]
    rows = []
    for cell in summary.cells:
        rate, users, key = cell.throughput_rps, cell.cell.load.at_once, cell.cell
        if rate is None or not key.load.throughput_tells or key.load.beside:
            continue
        at_once = users if key.slots is None else min(key.slots, users)
        name = server_name(key.server)
        row = (key.pattern, str(key.load), name, short[key.server], key.style, users, key.slots)
        wait_s = key.wait_s or None
        rows.append((*row, wait_s, at_once / wait_s if wait_s else None, rate.mean, rate.low, rate.high))
    numbers = dict.fromkeys(("users", "slots", "wait_s", "ceiling_rps", *intervals), float)
    return pd.DataFrame(rows, columns=columns + intervals).astype(numbers)


def trials(summary: Summary, made: Sequence[Trial]) -> pd.DataFrame:
    """One row per trial that was measured, in the order they were made.

    deviation: its throughput over its cell's mean, less 1; NaN if the cell has none. mean_of: how many valid trials
    that is the mean of. unit: of what throughput is, ``requests`` or ``events``.
    """
    short = chart_labels(summary)
    means = {cell.cell: cell.throughput_rps for cell in summary.cells if cell.throughput_rps}
    columns = ["order", "number", "block", "pattern", "server_name", "server_label", "style", "valid", "why"]
    rows = []
    for order, trial in enumerate(sorted(made, key=lambda trial: (trial.started, trial.number)), start=1):
        cell, measurement = trial.cell, trial.measurement
        if measurement is None:
            continue
        mean = means.get(cell)
        identity = (order, trial.number, trial.block, cell.pattern, server_name(cell.server), short[cell.server])
        deviation = measurement.throughput_rps / mean.mean - 1 if mean and mean.mean else None
        why = ", ".join(trial.invalidated_by)
        unit = cell.load.unit
        figures = (measurement.throughput_rps, unit, deviation, measurement.steal_share, mean.n if mean else 0)
        rows.append((*identity, cell.style, trial.valid, why, *figures))
    columns += ["throughput_rps", "unit", "deviation", "steal_share", "mean_of"]
    return pd.DataFrame(rows, columns=columns).astype({"valid": bool, "deviation": float, "steal_share": float})


# So many points a line can show; in a run of hours each of them is of more than a second.
_MOST_STRETCHES = 600
# A longer pause, as of a run that was interrupted, is drawn as so much of one.
_LONGEST_PAUSE_S = 60.0


def machine_course(made: Sequence[Trial]) -> pd.DataFrame:
    """One row per stretch of the run: its minute, and the machine's speed over its mean, less 1.

    No rows if the run is too short to tell.
    """
    course = readings(made)
    if movement(course) is None:
        return pd.DataFrame({"minute": [], "deviation": []})
    course[:, 0] = np.cumsum(np.minimum(np.diff(course[:, 0], prepend=0), _LONGEST_PAUSE_S))
    stretches = smoothed(course, max(STRETCH_S, course[-1, 0] / _MOST_STRETCHES))
    return pd.DataFrame({"minute": stretches[:, 0] / 60, "deviation": np.expm1(stretches[:, 1])})


def timelines(summary: Summary) -> pd.DataFrame:
    """One row per step of each cell under a varying rate."""
    short = chart_labels(summary)
    columns = [
        "pattern",
        "load",
        "server_name",
        "server_label",
        "style",
        "at_s",
        "due_rps",
        "right_rps",
        "p50_ms",
        "p95_ms",
    ]
    rows = [
        (
            cell.cell.pattern,
            str(cell.cell.load),
            server_name(cell.cell.server),
            short[cell.cell.server],
            cell.cell.style,
            step.at_s,
            step.due_rps,
            step.right_rps,
            step.p50_ms,
            step.p95_ms,
        )
        for cell in summary.cells
        for step in cell.timeline or ()
    ]
    return pd.DataFrame(rows, columns=columns)
