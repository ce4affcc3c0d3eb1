"""The chart of a comparison of runs: every cell's ratios with their intervals, new over base."""

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from results.analysis.figures.cell_figures import QUANTITIES
from results.analysis.figures.quantity import Quantity
from results.analysis.stats import SAME_BAND
from results.analysis.verdicts import Verdict
from results.comparing.comparison import CellChange, Change
from results.reporting.charts.marks import legend, marker_of, plain_panel
from results.wording.names import cell_name, question_name
from results.wording.text import for_chart, server_name

_ROW_INCHES = 0.27
_CALLED = (Verdict.FASTER, Verdict.SLOWER)
# Ratios that a scale may be labelled with, and how many labels are not too many.
_ROUND = (
    *(0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95),
    1,
    *(1.05, 1.1, 1.2, 1.3, 1.5, 2, 3, 5, 10, 20, 50, 100),
)
_LEAST_SPAN = math.log(1.12)
# The median follows from the throughput under closed load, and p95 lies between the two others.
_DRAWN = ("throughput", "p50", "p99", "cpu", "memory")


def ratio_chart(cells: Sequence[CellChange], short: Mapping[str, str], of_server: Mapping[str, str]) -> Figure | None:
    """A row per cell, a panel per quantity. Filled: a difference is called; hollow: none is. None without a ratio.

    cells: of one kind of load (Schroeder et al., NSDI 2006). short: a name for each server of all runs. of_server: the
    colour of each, by its name without parameters.
    """
    rows = _rows([cell for cell in cells if cell.changes])
    shown = [row for row in rows if isinstance(row, CellChange)]
    main = {cell.main.quantity.name for cell in shown if cell.main}
    drawn = [
        quantity
        for quantity in QUANTITIES
        if quantity.name in _DRAWN
        and any(quantity.name in cell.changes for cell in shown)
        and (quantity.name != "p50" or quantity.name in main)
    ]
    if not drawn:
        return None
    figure = Figure(figsize=(3.2 + 2.4 * len(drawn), 1.5 + _ROW_INCHES * len(rows)), layout="constrained")
    panels = figure.subplots(1, len(drawn), sharey=True, squeeze=False)[0]
    for panel, quantity in zip(panels, drawn, strict=True):
        _panel(panel, quantity, rows, of_server)
    names = [row if isinstance(row, str) else cell_name(row.cell, short, written=str) for row in rows]
    panels[0].set_yticks(range(len(rows)), [for_chart(name) for name in names], fontsize=8)
    panels[0].set_ylim(len(rows) - 0.5, -0.5)
    for label, row in zip(panels[0].get_yticklabels(), rows, strict=True):
        label.set_parse_math(False)
        if isinstance(row, str):
            label.set_fontweight("bold")
    figure.supxlabel(
        "ratio to the base with 95 % interval, log scale (grey: ±3 %; filled: a difference is called)", fontsize=9
    )
    legend(figure, dict.fromkeys(cell.cell.style for cell in shown))
    return figure


def _rows(cells: Sequence[CellChange]) -> list[CellChange | str]:
    """The cells of one pattern and load together, in the order of the plan, under a heading."""
    groups: dict[tuple[object, ...], list[CellChange | str]] = {}
    for cell in cells:
        group = groups.setdefault(
            (cell.cell.pattern, cell.cell.load), [question_name(cell.cell.pattern, cell.cell.load, written=str)]
        )
        group.append(cell)
    return [row for group in groups.values() for row in group]


def _panel(panel: Axes, quantity: Quantity, rows: Sequence[CellChange | str], colour_of: Mapping[str, str]) -> None:
    panel.axvspan(1 - SAME_BAND, 1 + SAME_BAND, color="#999999", alpha=0.25, linewidth=0)
    panel.axvline(1, color="#555555", linewidth=1)
    span = _LEAST_SPAN
    for y, row in enumerate(rows):
        if isinstance(row, str):
            if y:
                panel.axhline(y - 0.5, color="#cccccc", linewidth=0.8)
        elif change := row.changes.get(quantity.name):
            colour = colour_of[server_name(row.cell.server)]
            span = max(span, _draw(panel, y, change, colour, marker_of(row.cell.style)))
    panel.set_xscale("log")
    panel.set_xlim(math.exp(-1.08 * span), math.exp(1.08 * span))
    panel.xaxis.set_major_locator(FixedLocator(ratio_ticks(span)))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panel.xaxis.set_minor_locator(NullLocator())
    plain_panel(panel, grid="x")
    right = quantity.better if quantity.more_is_better else quantity.worse
    panel.set_title(f"{quantity.title}\n(right of 1: {right})", fontsize=9, loc="left")


def _draw(panel: Axes, y: int, change: Change, colour: str, marker: str) -> float:
    """One ratio; how far from 1 it goes, as a logarithm."""
    estimate, verdict = change.comparison.estimate, change.comparison.verdict
    ends = [estimate.mean]
    if estimate.low is not None and estimate.high is not None:
        ends = [estimate.low, estimate.high]
        panel.plot(ends, [y, y], color=colour, linewidth=2, alpha=0.6)
    fill = colour if verdict in _CALLED else "white"
    panel.plot(estimate.mean, y, marker, color=colour, markersize=5, markerfacecolor=fill)
    return max(abs(math.log(end)) for end in ends)


def ratio_ticks(span: float) -> list[float]:
    """At most seven round ratios between exp(-span) and exp(span), 1 among them, thinned out from the middle."""
    inside = [ratio for ratio in _ROUND if abs(math.log(ratio)) <= span]
    while len(inside) > 7:
        middle = inside.index(1)
        inside = [ratio for place, ratio in enumerate(inside) if (place - middle) % 2 == 0]
    return inside
