"""Latency in the course of a rate that varies."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from results.reporting.charts.marks import (
    QUIET,
    Hints,
    axis_names,
    fitting,
    legend,
    marker_of,
    panel_title,
    plain_log,
    plain_panel,
    sheet,
)
from results.wording.names import question_name, style_on
from results.wording.text import number

_PANEL_INCHES = 2.0


def timeline_chart(timelines: pd.DataFrame, colours: Mapping[str, str], hints: Hints) -> tuple[str, Figure] | None:
    """A panel per cell: p50 and p95 over the window's time; the rates behind them. None without a varying rate."""
    if timelines.empty:
        return None
    groups: list[tuple[Any, pd.DataFrame]] = list(
        timelines.groupby(["pattern", "load", "server_label", "style"], sort=False)
    )
    heights = [_PANEL_INCHES] * len(groups)
    fit = fitting(heights)
    figure, axes = sheet(heights[:fit], left=0.55, right=0.6)
    for panel, (key, steps) in zip(axes, groups[:fit], strict=True):
        pattern, load, server, style = key
        _panel(panel, steps, colours[steps["server_name"].iloc[0]], marker_of(style), hints)
        name = style_on(style, server, written=str)
        panel_title(panel, f"{name}: {_finding(steps)}", question_name(pattern, load, written=str))
    below = "seconds into the window; p50 (line) and p95 (dashed) of the requests due then; "
    below += "right answers per second (broad), requests due (dotted)"
    axis_names(figure, below, "latency in ms, log scale", left_out=len(groups) - fit)
    legend(figure, dict.fromkeys(timelines["style"]))
    worst = (
        timelines.astype({"p50_ms": float}).sort_values("p50_ms", na_position="first").iloc[-1]
        if timelines["p50_ms"].notna().any()
        else None
    )
    if worst is None:
        return "Latency in the course of a varying rate", figure
    where = f"{style_on(worst['style'], worst['server_label'])} at {number(worst['due_rps'], 3)} requests/s"
    return f"In the course of the rate p50 rises to {number(worst['p50_ms'], 3)} ms, of {where}", figure


def _panel(panel: Axes, steps: pd.DataFrame, colour: str, marker: str, hints: Hints) -> None:
    rates = panel.twinx()
    rates.set_ylabel("per second", fontsize=8, color=QUIET)
    rates.plot(steps["at_s"], steps["due_rps"], color=QUIET, linewidth=1, linestyle=":")
    rates.plot(steps["at_s"], steps["right_rps"], color=colour, linewidth=4, alpha=0.2)
    rates.set_ylim(bottom=0)
    panel.plot(steps["at_s"], steps["p50_ms"], linestyle="-", color=colour, linewidth=1.3)
    panel.plot(steps["at_s"], steps["p95_ms"], linestyle="--", color=colour, linewidth=1)
    timed = steps.dropna(subset="p50_ms")
    (marks,) = panel.plot(timed["at_s"], timed["p50_ms"], marker, linestyle="none", color=colour, markersize=3.5)
    hints.on_each(marks, (_hint(step) for _, step in timed.iterrows()))
    panel.set_yscale("log")
    plain_log(panel.yaxis)
    plain_panel(panel)
    rates.tick_params(labelsize=8, colors=QUIET)
    rates.spines["top"].set_visible(False)


def _hint(step: pd.Series) -> str:
    p95 = f", p95 {number(step['p95_ms'])} ms" if pd.notna(step["p95_ms"]) else ""
    return (
        f"{style_on(step['style'], step['server_label'])}, {number(step['at_s'], 3)} s: p50 {number(step['p50_ms'])} ms"
        f"{p95}; {number(step['due_rps'])} due, {number(step['right_rps'])} answered per second"
    )


def _finding(steps: pd.DataFrame) -> str:
    p50_ms = steps["p50_ms"].dropna()
    if p50_ms.empty:
        return "too few requests for a course"
    return f"p50 {number(p50_ms.iloc[0], 3)} to {number(p50_ms.max(), 3)} ms"
