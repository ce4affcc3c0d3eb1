"""A chart of single requests: a panel per mix or journey, a row per request, how long each server takes for it."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from results.reporting.charts.marks import (
    GRID,
    Hints,
    axis_names,
    fitting,
    label_inches,
    legend,
    log_x,
    marker_of,
    panel_title,
    plain_panel,
    sheet,
)
from results.wording.names import in_sentence, style_on
from results.wording.text import for_chart, number

_ROW_INCHES = 0.42
_ROW_SHARE = 0.66  # of a row, how much its servers take
_MEDIAN, _HIGH = "latency_ms_p50", "latency_ms_p95"


def request_chart(requests: pd.DataFrame, colours: Mapping[str, str], hints: Hints) -> tuple[str, Figure] | None:
    """The median of each request under each server, with a line to its p95 if there are samples enough for that."""
    if requests.empty or requests[_MEDIAN].isna().all():
        return None
    shown = requests[requests[_MEDIAN].notna()]
    groups = list(shown.groupby(["pattern", "load"], sort=False))
    heights = [_ROW_INCHES * group["request"].nunique() + 0.1 for _, group in groups]
    fit = fitting(heights)
    figure, axes = sheet(heights[:fit], left=label_inches(map(for_chart, shown["request"]), 8))
    for panel, ((pattern, load), group) in zip(axes, groups[:fit], strict=True):
        _panel(panel, group, colours, hints)
        panel_title(panel, _slowest(group), f"{pattern}, {load}")
    axis_names(figure, "latency in ms, log scale: median, and line to p95", left_out=len(groups) - fit)
    servers = {row["server_label"]: colours[row["server_name"]] for _, row in shown.iterrows()}
    legend(figure, dict.fromkeys(shown["style"]), servers)
    (pattern, load), first = groups[0]
    return f"Of {in_sentence(pattern)} at {in_sentence(load)}, {_slowest(first)}", figure


def _panel(panel: Axes, group: pd.DataFrame, colours: Mapping[str, str], hints: Hints) -> None:
    names = list(dict.fromkeys(group["request"]))
    cells = list(dict.fromkeys(zip(group["server"], group["style"], strict=True)))
    for _, row in group.iterrows():
        place = cells.index((row["server"], row["style"])) - (len(cells) - 1) / 2
        y = names.index(row["request"]) + place * _ROW_SHARE / len(cells)
        colour, high = colours[row["server_name"]], row[_HIGH]
        if pd.notna(high):
            panel.plot([row[_MEDIAN], high], [y, y], color=colour, linewidth=2, alpha=0.5, solid_capstyle="butt")
        (mark,) = panel.plot(row[_MEDIAN], y, marker_of(row["style"]), color=colour, markersize=5)
        tail = f", p95 {number(high)} ms" if pd.notna(high) else ", too few requests for p95"
        hints.on(
            mark,
            f"{in_sentence(row['request'])} under {style_on(row['style'], row['server_label'])}: "
            f"p50 {number(row[_MEDIAN])} ms{tail}, over {row['latency_samples']} requests",
        )
    log_x(panel)
    panel.margins(x=0.08)
    plain_panel(panel, grid="x")
    panel.set_yticks(range(len(names)), [for_chart(name) for name in names], fontsize=8)
    panel.set_ylim(len(names) - 0.5, -0.5)
    for y in range(1, len(names)):
        panel.axhline(y - 0.5, color=GRID, linewidth=0.5, alpha=0.6)
    for label in panel.get_yticklabels():
        label.set_parse_math(False)


def _slowest(group: pd.DataFrame) -> str:
    """The request with the highest median, and the server under which it is lowest."""
    medians = group.groupby("request", sort=False)[_MEDIAN].min()
    slowest = medians.idxmax()
    best = group[group["request"] == slowest].sort_values(_MEDIAN).iloc[0]
    where = style_on(best["style"], best["server_label"])
    return f"{in_sentence(slowest)} takes longest: p50 {number(best[_MEDIAN], 3)} ms at best, on {where}"
