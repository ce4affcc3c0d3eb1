"""Throughput against slots and against users, and the most that so many can do.

N at once, each of which waits so long, are N / wait a second (Little's law, N = X R).
"""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from results.reporting.charts.marks import (
    END_LETTERS,
    QUIET,
    Hints,
    axis_names,
    end_labels,
    fitting,
    label_inches,
    legend,
    line_of,
    marker_of,
    panel_title,
    plain_log,
    plain_panel,
    sheet,
)
from results.wording.names import curve_name, style_on
from results.wording.text import count, for_chart, number, times

_PANEL_INCHES = 2.6


def slot_chart(sweeps: pd.DataFrame, colours: Mapping[str, str], hints: Hints) -> tuple[str, Figure] | None:
    """A panel per pattern and load; a line per server and style over its slots. None when no server has two numbers.

    sweeps: as ``frames.sweeps`` has it. Dashed: the ceiling, slots (but no more than users) over the time that an
    answer waits. Dotted: cells without a bound, at their throughput.
    """
    return _chart(sweeps, colours, hints, over="slots", panels=["pattern", "load"], line="server_name")


def user_chart(sweeps: pd.DataFrame, colours: Mapping[str, str], hints: Hints) -> tuple[str, Figure] | None:
    """A panel per pattern; a line per server configuration and style over the users. None if there is one number.

    Dashed: the ceiling, users (but no more than slots) over the wait.
    """
    return _chart(sweeps, colours, hints, over="users", panels=["pattern"], line="server_label")


def _chart(
    sweeps: pd.DataFrame, colours: Mapping[str, str], hints: Hints, *, over: str, panels: list[str], line: str
) -> tuple[str, Figure] | None:
    groups: list[tuple[Any, pd.DataFrame]] = [
        (key, group)
        for key, group in sweeps.groupby(panels, sort=False)
        if group.dropna(subset=over).groupby([line, "style"])[over].nunique().max() > 1
    ]
    if not groups:
        return None
    names = sweeps[line] + " " + sweeps["style"] + (", no bound" if over == "slots" else "")
    right = 0.25 + label_inches((for_chart(name, END_LETTERS) for name in names), 7)
    heights = [_PANEL_INCHES] * len(groups)
    fit = fitting(heights)
    figure, axes = sheet(heights[:fit], left=0.6, right=right)
    for panel, (key, group) in zip(axes, groups[:fit], strict=True):
        _panel(panel, group, colours, hints, over=over, line=line)
        panel_title(panel, _panel_finding(group, over, line), _subject(key))
    at_most = "slots, or users" if over == "slots" else "users, or slots"
    below = f"{over}, log scale (grey dashes: {at_most} if fewer, over the wait)"
    axis_names(figure, below, "requests per second, 95 % interval, log scale", left_out=len(groups) - fit)
    every = pd.concat([group for _, group in groups])
    legend(figure, dict.fromkeys(every["style"]))
    return _finding(every, over), figure


def _subject(key: Hashable) -> str:
    return ", ".join(map(str, key)) if isinstance(key, tuple) else str(key)


def _panel(panel: Axes, group: pd.DataFrame, colours: Mapping[str, str], hints: Hints, *, over: str, line: str) -> None:
    bound = group.dropna(subset=over).sort_values(over)
    panel.set_xscale("log", base=2)
    panel.set_yscale("log")
    marks_rps = group[["throughput_rps_mean", "throughput_rps_low", "throughput_rps_high"]]
    low_rps, high_rps = marks_rps.min().min(), max(marks_rps.max().max(), bound["ceiling_rps"].fillna(0).max())
    room = max(1.03, (high_rps / low_rps) ** 0.1)  # some, where all are the same too
    panel.set_ylim(low_rps / room, high_rps * room)
    ends = []
    for (server, style), points in bound.groupby([line, "style"], sort=False):
        colour = colours[points["server_name"].iloc[0]]
        panel.vlines(points[over], points["throughput_rps_low"], points["throughput_rps_high"], color=colour, alpha=0.5)
        (marks,) = panel.plot(points[over], points["throughput_rps_mean"], color=colour, linewidth=1.3)
        marks.set(linestyle=line_of(str(style)), marker=marker_of(str(style)), markersize=4.5)
        name = style_on(style, server)
        hints.on_each(marks, [_hint(point, name, over) for _, point in points.iterrows()])
        last = points.iloc[-1]
        ends.append((last[over], last["throughput_rps_mean"], curve_name(server, style), colour))
    # Over users, each number of slots has its own: what few slots allow is no matter of how many others have.
    own = ["wait_s"] if over == "slots" else ["wait_s", "slots"]
    ceilings = list(bound.dropna(subset="ceiling_rps").groupby(own, sort=False, dropna=False))
    for _, ceiling in ceilings:
        drawn = ceiling.drop_duplicates(over)
        (dashes,) = panel.plot(drawn[over], drawn["ceiling_rps"], color=QUIET, linestyle=(0, (4, 3)), linewidth=1)
        dashes.set_zorder(1)
        if over == "users" and len(ceilings) > 1:
            last = drawn.iloc[-1]
            slots = "no bound" if pd.isna(last["slots"]) else count(int(last["slots"]), "slot")
            ends.append((last[over], last["ceiling_rps"], f"at most, {slots}", QUIET))
    for _, row in group[group[over].isna()].iterrows():
        colour = colours[row["server_name"]]
        right = bound[over].max()
        mark = panel.axhline(row["throughput_rps_mean"], linestyle=(0, (1, 2)), color=colour, linewidth=1)
        hints.on(mark, _hint(row, style_on(row["style"], row["server_label"]), over))
        ends.append(
            (right, row["throughput_rps_mean"], f"{curve_name(row['server_name'], row['style'])}, no bound", colour)
        )
    plain_log(panel.yaxis)
    panel.xaxis.set_major_locator(FixedLocator(sorted(bound[over].unique())))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.margins(x=0.06)
    plain_panel(panel)
    end_labels(panel, ends, height_inches=_PANEL_INCHES)


def _hint(point: pd.Series, name: str, over: str) -> str:
    interval = ""
    if pd.notna(point["throughput_rps_low"]):
        interval = f", 95 % interval {number(point['throughput_rps_low'])} to {number(point['throughput_rps_high'])}"
    ceiling = f"; at most {number(point['ceiling_rps'])} by Little's law" if pd.notna(point["ceiling_rps"]) else ""
    place = "no bound of slots" if pd.isna(point[over]) else f"{over} {point[over]:g}"
    return f"{name}, {place}: {number(point['throughput_rps_mean'], 6)} requests/s{interval}{ceiling}"


def _panel_finding(group: pd.DataFrame, over: str, line: str) -> str:
    """Who gains the most from the fewest to the most."""
    gains = []
    for (server, style), points in group.dropna(subset=over).groupby([line, "style"], sort=False):
        ordered = points.sort_values(over)
        if len(ordered) > 1:
            first, last = ordered.iloc[0], ordered.iloc[-1]
            gain = last["throughput_rps_mean"] / first["throughput_rps_mean"]
            gains.append((gain, style_on(style, server, written=str), last[over] / first[over]))
    gain, name, more = max(gains)
    return f"{times(gain)} × the throughput at {number(more, 3)} × the {over}: {name}"


def _finding(sweeps: pd.DataFrame, over: str) -> str:
    """How many of the cells with a place and a ceiling reach it."""
    bound = sweeps.dropna(subset=[over, "ceiling_rps"])
    if bound.empty:
        return f"Throughput by {over}"
    reached = int((bound["throughput_rps_mean"] >= 0.9 * bound["ceiling_rps"]).sum())
    verb = "reaches" if reached == 1 else "reach"
    return f"{reached} of {count(len(bound), 'cell')} {verb} 90 % of what Little's law allows so many {over}"
