"""Latency spectra: the latency that one in so many requests exceeds, on a log axis as HdrHistogram's plots have it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from results.analysis.stats import SAME_BAND
from results.reporting.charts.marks import (
    END_LABEL_INCHES,
    END_LETTERS,
    Hints,
    axis_names,
    end_labels,
    fitting,
    label_inches,
    legend,
    line_of,
    panel_title,
    plain_log,
    plain_panel,
    sheet,
)
from results.wording.names import curve_name, in_sentence, style_on
from results.wording.text import for_chart, number, times

_LOWEST_ONE_IN, _LEAST_INCHES = 1.1, 2.4
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
    heights = [max(_LEAST_INCHES, END_LABEL_INCHES * group["cell"].nunique()) for _, group in groups]
    fit = fitting(heights)
    figure, axes = sheet(heights[:fit], left=0.5, right=_right(spectra))
    for panel, panel_inches, (key, group) in zip(axes, heights[:fit], groups[:fit], strict=True):
        _panel(panel, group, colours, hints, panel_inches)
        panel_title(panel, _panel_finding(group), f"{key[0]}, {key[1]}")
    from_when = "from when a request was due" if opened else "from when a request was sent"
    below = "percentile p, on an axis of log 1/(1−p)"
    axis_names(figure, below, f"latency in ms, {from_when}, log scale", left_out=len(groups) - fit)
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
        hints.on(line, _hint(points, style_on(style, first["server_label"])))
        ends.append((last["one_in"], last["latency_ms"], curve_name(first["server_label"], style), colour))
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
    names = set(map(curve_name, spectra["server_label"], spectra["style"]))
    return 0.25 + label_inches((for_chart(name, END_LETTERS) for name in names), 7)


def _hint(points: pd.DataFrame, name: str) -> str:
    percentiles = [(label, at(points, one_in)) for one_in, label in _MARKED.items()]
    marked = [f"p{label} {number(latency_ms)} ms" for label, latency_ms in percentiles if latency_ms is not None]
    return f"{name}: {', '.join(marked)}; {points['samples'].iloc[0]:,} samples"


def at(points: pd.DataFrame, one_in: int) -> float | None:
    """The latency that one in so many requests exceeds; None beyond the line's end."""
    place = int(np.searchsorted(points["one_in"].to_numpy(), one_in))
    return None if place == len(points) else float(points["latency_ms"].to_numpy()[place])


def _tails(group: pd.DataFrame) -> list[float]:
    """p99 in ms of each cell that has one, ascending."""
    p99s_ms = [at(points, 100) for _, points in group.groupby("cell", sort=False)]
    return sorted(p99_ms for p99_ms in p99s_ms if p99_ms is not None)


def _panel_finding(group: pd.DataFrame) -> str:
    """The span, and not whose: no test tells the tails from each other."""
    tails = _tails(group)
    if not tails:
        return "too few samples for a p99"
    return f"p99 {_span(tails)}"


def _span(tails: Sequence[float]) -> str:
    if tails[-1] <= (1 + SAME_BAND) * tails[0]:
        return f"{number(tails[0], 3)} ms{', of all within 3 %' if len(tails) > 1 else ''}"
    return f"{number(tails[0], 3)} to {number(tails[-1], 3)} ms"


def _finding(spectra: pd.DataFrame) -> str:
    """Where the tails differ the most."""
    of_panels = {
        key: tails for key, group in spectra.groupby(["pattern", "load"], sort=False) if len(tails := _tails(group)) > 1
    }
    if not of_panels:
        return "Latency by percentile"
    (pattern, load), tails = max(of_panels.items(), key=lambda item: item[1][-1] / item[1][0])
    where = f"{in_sentence(pattern)} at {in_sentence(load)}"
    if tails[-1] <= (1 + SAME_BAND) * tails[0]:
        return f"The p99 of all cells is the same within 3 %, in every panel; of {where} {number(tails[0], 3)} ms"
    return f"The p99 differs the most in {where}: {_span(tails)}, {times(tails[-1] / tails[0])} ×"
