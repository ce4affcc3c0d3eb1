"""What an answer costs the server: CPU time per request against memory, a point per cell."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from results.marks import Hints, axis_names, legend, log_x, marker_of, panel_title, plain_panel, sheet
from results.text import for_chart, number, times

_PANEL_INCHES = 2.0
_MOST_NAMED = 10  # in a panel; of more the names would hide each other
_CPU, _MEMORY = "server_cpu_ms_per_request", "server_rss_mib_peak"


def cost_chart(
    cells: pd.DataFrame, colours: Mapping[str, str], hints: Hints, *, shared_processes: bool
) -> tuple[str, Figure] | None:
    """A panel per pattern and load; further down and left is cheaper.

    shared_processes: cells of one server shared a process, whose memory adds up.
    """
    known = cells[(cells["status"] == "measured") & (cells[_CPU] > 0)]
    if known.empty:
        return None
    groups: list[tuple[Any, pd.DataFrame]] = list(known.groupby(["pattern", "load"], sort=False))
    figure, axes = sheet([_PANEL_INCHES] * len(groups), left=0.55)
    for panel, (key, group) in zip(axes, groups, strict=True):
        _panel(panel, group, colours, hints)
        cheapest = group.sort_values(_CPU).iloc[0]
        finding = f"least CPU: {cheapest['style']} on {cheapest['server_label']}, {number(cheapest[_CPU], 3)} ms"
        panel_title(panel, finding, f"{key[0]}, {key[1]}")
    shared = "; each process served several cells" if shared_processes else ""
    below = "server CPU ms per request, log scale, without database and third-party API"
    axis_names(figure, below, f"peak resident memory in MiB{shared}")
    legend(figure, dict.fromkeys(known["style"]), {name: colours[name] for name in dict.fromkeys(known["server_name"])})
    return _finding(known), figure


def _panel(panel: Axes, group: pd.DataFrame, colours: Mapping[str, str], hints: Hints) -> None:
    shared = group["server_name"].nunique() < group["server"].nunique() and len(group) <= _MOST_NAMED
    for _, row in group.iterrows():
        colour, name = colours[row["server_name"]], f"{row['style']} on {row['server_label']}"
        (mark,) = panel.plot(row[_CPU], row[_MEMORY], marker_of(row["style"]), color=colour, markersize=6)
        hints.on(
            mark, f"{name}: {number(row[_CPU])} ms of CPU time per request, {number(row[_MEMORY])} MiB at the peak"
        )
        if shared:  # several configurations have its colour
            parameters = for_chart(row["server_label"].partition(":")[2], 30)
            beside = panel.annotate(
                parameters, (row[_CPU], row[_MEMORY]), (5, 0), textcoords="offset points", fontsize=6, color=colour
            )
            beside.set(va="center", parse_math=False, clip_on=True)
    log_x(panel)
    panel.margins(x=0.08)
    panel.set_ylim(0, 1.12 * group[_MEMORY].max())
    plain_panel(panel)


def _finding(known: pd.DataFrame) -> str:
    """Where CPU time differs the most, and by how much memory does."""
    memory = known[_MEMORY].max() / known[_MEMORY].min()
    widest = (1.0, f"A request of {known['pattern'].iloc[0]} costs {number(known[_CPU].iloc[0], 3)} ms of CPU time")
    for (pattern, load), group in known.groupby(["pattern", "load"], sort=False):
        span = group[_CPU].max() / group[_CPU].min()
        if span > widest[0]:
            dearest = f"The dearest request of {pattern} at {load} costs {times(span)} × the CPU time of the cheapest"
            widest = (span, f"{dearest}; memory differs {times(memory)} ×")
    return widest[1]
