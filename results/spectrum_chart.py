"""Latency spectra: the latency that one in so many requests exceeds, on a log axis as HdrHistogram's plots have it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from results.marks import (
    END_LETTERS,
    Hints,
    axis_names,
    end_labels,
    label_inches,
    legend,
    line_of,
    panel_title,
    plain_log,
    plain_panel,
    sheet,
)
from results.text import for_chart, number, times

_LOWEST_ONE_IN = 1.1
_MARKED = {2: "50", 10: "90", 20: "95", 100: "99", 1000: "99.9", 10_000: "99.99", 100_000: "99.999"}


def spectrum_chart(
    spectra: pd.DataFrame, colours: Mapping[str, str], hints: Hints, *, opened: bool
) -> tuple[str, Figure] | None:
    """A panel per pattern and load, a line per cell, as far as ten samples lie beyond. None without samples enough.

    spectra: as ``frames.spectra`` has it.
    """
    if spectra.empty:
        return None
    groups: list[tuple[Any, pd.DataFrame]] = list(spectra.groupby(["pattern", "load"], sort=False))
    most = max(group["cell"].nunique() for _, group in groups)
    panel_inches = max(2.4, 0.13 * most)
    figure, axes = sheet([panel_inches] * len(groups), left=0.5, right=_right(spectra))
    for panel, (key, group) in zip(axes, groups, strict=True):
        _panel(panel, group, colours, hints, panel_inches)
        panel_title(panel, _panel_finding(group), f"{key[0]}, {key[1]}")
    from_when = "from when a request was due" if opened else "from when a request was sent"
    below = "percentile p, on an axis of log 1/(1−p)"
    axis_names(figure, below, f"latency in ms, {from_when}, log scale")
    legend(figure, dict.fromkeys(spectra["style"]))
    return _finding(spectra), figure


def _panel(panel: Axes, group: pd.DataFrame, colours: Mapping[str, str], hints: Hints, panel_inches: float) -> None:
    ends = []
    for _, points in group.groupby("cell", sort=False):
        first, last = points.iloc[0], points.iloc[-1]
        colour, style = colours[first["server_name"]], str(first["style"])
        (line,) = panel.plot(
            points["one_in"], points["latency_ms"], linestyle=line_of(style), color=colour, linewidth=1.4
        )
        hints.on(line, _said(points, f"{style} on {first['server_label']}"))
        ends.append((last["one_in"], last["latency_ms"], f"{first['server_label']} {style}", colour))
    panel.set_xscale("log")
    panel.set_yscale("log")
    reached = group["one_in"].max()
    marked = [one_in for one_in in _MARKED if one_in <= reached]
    panel.xaxis.set_major_locator(FixedLocator([1, *marked]))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{_MARKED.get(round(value), '0')} %"))
    panel.xaxis.set_minor_locator(NullLocator())
    plain_log(panel.yaxis)
    panel.set_xlim(1, reached * 1.05)
    plain_panel(panel)
    # The few shortest answers would take half of the height.
    lowest = group.loc[group["one_in"] >= _LOWEST_ONE_IN, "latency_ms"].min()
    panel.set_ylim(lowest / 1.1, group["latency_ms"].max() * 1.1)
    end_labels(panel, ends, height_inches=panel_inches)


def _right(spectra: pd.DataFrame) -> float:
    """Room for the names at the lines' ends."""
    names = {f"{label} {style}" for label, style in zip(spectra["server_label"], spectra["style"], strict=True)}
    return 0.25 + label_inches((for_chart(name, END_LETTERS) for name in names), 7)


def _said(points: pd.DataFrame, name: str) -> str:
    known = [(label, at(points, one_in)) for one_in, label in _MARKED.items()]
    marked = [f"p{label} {number(latency_ms)} ms" for label, latency_ms in known if latency_ms is not None]
    return f"{name}: {', '.join(marked)}; {points['samples'].iloc[0]:,} samples"


def at(points: pd.DataFrame, one_in: int) -> float | None:
    """The latency that one in so many requests exceeds; None beyond the line's end."""
    place = int(np.searchsorted(points["one_in"].to_numpy(), one_in))
    return None if place == len(points) else float(points["latency_ms"].to_numpy()[place])


def _tails(group: pd.DataFrame) -> list[tuple[float, str]]:
    """p99 of each cell that has one, ascending, and whose it is."""
    found = []
    for _, points in group.groupby("cell", sort=False):
        if (p99_ms := at(points, 100)) is not None:
            found.append((p99_ms, f"{points['style'].iloc[0]} on {points['server_label'].iloc[0]}"))
    return sorted(found)


def _panel_finding(group: pd.DataFrame) -> str:
    tails = _tails(group)
    if not tails:
        return "too few samples for a p99"
    return f"shortest p99: {tails[0][1]}, {number(tails[0][0], 3)} ms"


def _finding(spectra: pd.DataFrame) -> str:
    """Where the tails differ the most."""
    widest = (1.0, "")
    for (pattern, load), group in spectra.groupby(["pattern", "load"], sort=False):
        tails = _tails(group)
        if len(tails) > 1 and tails[-1][0] / tails[0][0] > widest[0]:
            ratio = tails[-1][0] / tails[0][0]
            widest = (
                ratio,
                f"The p99 of {pattern} at {load} is {times(ratio)} × as long with {tails[-1][1]} as with {tails[0][1]}",
            )
    return widest[1] or "Latency by percentile"
