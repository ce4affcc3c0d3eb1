"""What an answer costs the server: CPU time per request against memory, a point per cell."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from results.analysis.stats import SAME_BAND
from results.reporting.charts.marks import (
    INK,
    Hints,
    axis_names,
    fitting,
    legend,
    log_x,
    marker_of,
    panel_title,
    plain_panel,
    sheet,
)
from results.wording.names import in_sentence, style_on
from results.wording.text import for_chart, number, times

_PANEL_INCHES = 2.0
_MOST_NAMED = 10  # in a panel; of more the names would hide each other
_CPU, _MEMORY = "server_cpu_ms_per_request", "server_rss_mib_peak"


def cost_chart(
    cells: pd.DataFrame, colours: Mapping[str, str], hints: Hints, *, unit: str, shared_processes: bool
) -> tuple[str, Figure] | None:
    """A panel per pattern and load; further down and left is cheaper.

    unit: what CPU time is per, ``request`` or ``event``. shared_processes: cells of one server shared a process,
    whose memory adds up.
    """
    measured = cells[(cells["status"] == "measured") & (cells[_CPU] > 0)]
    if measured.empty:
        return None
    groups: list[tuple[Any, pd.DataFrame]] = list(measured.groupby(["pattern", "load"], sort=False))
    heights = [_PANEL_INCHES] * len(groups)
    fit = fitting(heights)
    figure, axes = sheet(heights[:fit], left=0.55)
    for panel, (key, group) in zip(axes, groups[:fit], strict=True):
        _panel(panel, group, colours, hints, unit)
        least, most = (number(figure_ms, 3) for figure_ms in (group[_CPU].min(), group[_CPU].max()))
        span = least if least == most else f"{least} to {most}"
        panel_title(panel, f"{span} ms of CPU time per {unit}", f"{key[0]}, {key[1]}")
    shared = "; each process served several cells" if shared_processes else ""
    below = f"server CPU ms per {unit}, log scale, without the database and other services"
    axis_names(figure, below, f"peak resident memory in MiB{shared}", left_out=len(groups) - fit)
    legend(
        figure,
        dict.fromkeys(measured["style"]),
        {name: colours[name] for name in dict.fromkeys(measured["server_name"])},
    )
    return _finding(measured, unit), figure


def _panel(panel: Axes, group: pd.DataFrame, colours: Mapping[str, str], hints: Hints, unit: str) -> None:
    shared = group["server_name"].nunique() < group["server"].nunique() and len(group) <= _MOST_NAMED
    for _, row in group.iterrows():
        colour, name = colours[row["server_name"]], style_on(row["style"], row["server_label"])
        (mark,) = panel.plot(row[_CPU], row[_MEMORY], marker_of(row["style"]), color=colour, markersize=6)
        hints.on(mark, f"{name}: {number(row[_CPU])} ms of CPU time per {unit}, {number(row[_MEMORY])} MiB at the peak")
        if shared:  # several configurations have its colour
            parameters = for_chart(row["server_label"].partition(":")[2], 30)
            beside = panel.annotate(
                parameters, (row[_CPU], row[_MEMORY]), (5, 0), textcoords="offset points", fontsize=6, color=INK
            )
            beside.set(va="center", parse_math=False, clip_on=True)
    log_x(panel)
    panel.margins(x=0.08)
    panel.set_ylim(0, 1.12 * group[_MEMORY].max())
    plain_panel(panel)


def _span(group: pd.DataFrame, column: str) -> float:
    return float(group[column].max() / group[column].min())


def _finding(measured: pd.DataFrame, unit: str) -> str:
    """Where CPU time differs the most, and by how much memory does there."""
    groups = list(measured.groupby(["pattern", "load"], sort=False))
    (pattern, load), group = max(groups, key=lambda item: _span(item[1], _CPU))
    span, where = _span(group, _CPU), f"{in_sentence(pattern)} at {in_sentence(load)}"
    if span == 1:  # of one cell alone, as a rule
        return f"CPU time per {unit} of {where}: {number(group[_CPU].iloc[0], 3)} ms"
    dearest = f"The dearest {unit} of {where} costs {times(span)} × the CPU time of the cheapest"
    memory = _span(group, _MEMORY)
    same = memory <= 1 + SAME_BAND
    return f"{dearest}; memory {'is the same within 3 %' if same else f'differs {times(memory)} ×'}"
