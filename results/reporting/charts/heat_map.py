"""The overview: every cell relative to the best of its pattern and load, server and style × pattern."""

from collections.abc import Sequence

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from results.reporting.charts.contests import Contest, overview_title
from results.reporting.charts.marks import GRID, INK, QUIET, Hints, axis_names, fitting, label_inches, sheet
from results.wording.names import in_sentence, question_name, style_on
from results.wording.text import for_chart

_DARK_INK, _LIGHT_INK = "#101418", "#ffffff"
_LETTERS, _REASON_LETTERS = 30, 240  # of a pattern's name, and of why there is no number, at most
_COLUMN_INCHES, _ROW_INCHES, _WIDEST_INCHES = 0.8, 0.27, 9.5
_OVER_INCHES = 0.3
_PALEST = 0.8  # of a share of 1: the palest box at most, so that small differences do not look large


def heat_map(cells: pd.DataFrame, contested: Sequence[Contest], hints: Hints) -> tuple[str, Figure] | None:
    """Title and figure, a panel per load; None if no pattern has two numbers to compare.

    cells: of one kind of load and at steady rates, with ``relative``: throughput over that of the best of the pattern
    and load, or the best's median latency over its own; NaN without a number.
    """
    if cells.empty or cells.groupby(["pattern", "load"])["relative"].count().max() < 2:
        return None
    loads = list(cells.groupby("load", sort=False))
    sizes = [(group.groupby(["server_label", "style"]).ngroups, group["pattern"].nunique()) for _, group in loads]
    most = max(columns for _, columns in sizes)
    names = [for_chart(pattern, _LETTERS) for pattern in dict.fromkeys(cells["pattern"])]
    column = max(_COLUMN_INCHES, min(label_inches(names, 8), _WIDEST_INCHES / most))
    turned = label_inches(names, 8) > column
    width = column * most
    left = label_inches(
        (for_chart(style_on(row.style, row.server_label, written=str)) for row in cells.itertuples()), 8
    )
    below = 0.5 * label_inches(names, 8) if turned else 0.0  # at 30 degrees
    heights = [_ROW_INCHES * rows + below for rows, _ in sizes]
    fit = fitting(heights, columns=1, over=_OVER_INCHES)
    figure, panels = sheet(heights[:fit], left=left, width=max(left + width, 6.5), columns=1, over=_OVER_INCHES)
    palest = min(_PALEST, float(cells["relative"].min()))
    for panel, height, (load, group) in zip(panels, heights[:fit], loads[:fit], strict=True):
        rows = group.groupby(["server_label", "style"]).ngroups
        box = panel.get_position()
        share = _ROW_INCHES * rows / height
        panel.set_position((box.x0, box.y0 + box.height * (1 - share), box.width, box.height * share))
        _panel(panel, group, hints, palest, turned=turned)
        panel.set_title(for_chart(str(load), 60), fontsize=9, loc="left", color=QUIET, parse_math=False)
    by_latency = bool(cells["by_latency"].iloc[0])
    measure = "the best's median latency over its" if by_latency else "throughput over the best's"
    below_panels = f"in % of the best of the pattern: {measure}; hatched: no number; blank: not planned"
    axis_names(figure, below_panels, left_out=len(loads) - fit)
    return overview_title(contested, "the shortest median latency" if by_latency else "the highest throughput"), figure


def _panel(panel: Axes, group: pd.DataFrame, hints: Hints, palest: float, *, turned: bool) -> None:
    patterns = list(dict.fromkeys(group["pattern"]))
    rows = list(dict.fromkeys(zip(group["server_label"], group["style"], strict=True)))
    servers = [server for server, _ in rows]
    rows.sort(key=lambda row: servers.index(row[0]))
    shades = mpl.colormaps["YlGnBu"]
    for _, cell in group.iterrows():
        x, y = patterns.index(cell["pattern"]), rows.index((cell["server_label"], cell["style"]))
        where = f"{question_name(cell['pattern'], cell['load'])}: {style_on(cell['style'], cell['server_label'])}"
        if pd.isna(cell["relative"]):
            box = Rectangle((x, y), 1, 1, facecolor="none", edgecolor=GRID, hatch="///", linewidth=0.5, alpha=0.5)
            hints.on(box, f"{where}: {cell['status']}. {in_sentence(cell['reason'], _REASON_LETTERS)}")
            label, ink = str(cell["status"]), INK
        else:
            share = (cell["relative"] - palest) / (1 - palest) if palest < 1 else 1.0
            colour = shades(0.05 + 0.75 * share)
            box = Rectangle((x, y), 1, 1, facecolor=colour, edgecolor="#ffffff", linewidth=1)
            hints.on(box, f"{where}: {100 * cell['relative']:.1f} % of the best, {cell['figure']}")
            label = f"{100 * cell['relative']:.0f}"
            ink = _LIGHT_INK if 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2] < 0.55 else _DARK_INK
        panel.add_patch(box)
        weight = "bold" if cell["relative"] == 1 else "normal"
        panel.text(x + 0.5, y + 0.5, label, ha="center", va="center", fontsize=8, color=ink, fontweight=weight)
    panel.set_xlim(0, len(patterns))
    panel.set_ylim(len(rows), 0)
    panel.set_xticks(
        [place + 0.5 for place in range(len(patterns))],
        [for_chart(pattern, _LETTERS) for pattern in patterns],
        fontsize=8,
        rotation=30 if turned else 0,
        ha="right" if turned else "center",
    )
    panel.set_yticks(
        [place + 0.5 for place in range(len(rows))],
        [for_chart(style_on(style, server, written=str)) for server, style in rows],
        fontsize=8,
    )
    for label_of in (*panel.get_xticklabels(), *panel.get_yticklabels()):
        label_of.set_parse_math(False)
    panel.tick_params(length=0)
    panel.spines[:].set_visible(False)
