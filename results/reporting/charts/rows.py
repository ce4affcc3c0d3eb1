"""Charts with a row per server or comparison: throughput, and each style against its rival, such as sync."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from djbench.pattern import VIEW
from results.analysis.stats import SAME_BAND
from results.reporting.charts.contests import Contest, throughput_title
from results.reporting.charts.marks import (
    GRID,
    QUIET,
    Hints,
    axis_names,
    fitting,
    label_inches,
    legend,
    marker_of,
    panel_title,
    plain_panel,
    ratio_x,
    sheet,
)
from results.wording.names import contest_name, in_sentence, question_name, style_on
from results.wording.text import count, for_chart, number, times

_ROW_INCHES = 0.2
_MOST_NAMED = 5  # styles in a title

Briefs = Mapping[tuple[str, str], str]
"""What each pattern and load shows, in a few words."""


def throughput_chart(
    cells: pd.DataFrame, colours: Mapping[str, str], briefs: Briefs, contested: Sequence[Contest], hints: Hints
) -> tuple[str, Figure] | None:
    """A panel per pattern and load, a row per server, a mark per style, offset so that none hides another."""
    if not (cells["status"] == "measured").any():
        return None
    groups: list[tuple[Any, pd.DataFrame]] = list(cells.groupby(["pattern", "load"], sort=False))
    heights = [_row_inches(group) * group["server"].nunique() for _, group in groups]
    fit = fitting(heights)
    figure, axes = sheet(heights[:fit], left=label_inches(map(for_chart, cells["server_label"]), 7.5))
    for panel, (key, group) in zip(axes, groups[:fit], strict=True):
        _rows(panel, group, colours, hints)
        panel_title(panel, briefs[key], f"{key[0]}, {key[1]}")
    below = "requests per second: mean and 95 % interval (further right is better)"
    axis_names(figure, below, left_out=len(groups) - fit)
    legend(figure, dict.fromkeys(cells["style"]))
    return throughput_title(contested), figure


def _row_inches(group: pd.DataFrame) -> float:
    return _ROW_INCHES * max(1.8, group["style"].nunique())


def _rows(panel: Axes, group: pd.DataFrame, colours: Mapping[str, str], hints: Hints) -> None:
    servers, styles = list(dict.fromkeys(group["server"])), list(dict.fromkeys(group["style"]))
    for _, row in group.iterrows():
        y = servers.index(row["server"]) + (styles.index(row["style"]) - (len(styles) - 1) / 2) * 0.7 / len(styles)
        colour, name = colours[row["server_name"]], style_on(row["style"], row["server_label"])
        if row["status"] != "measured":
            place = panel.get_yaxis_transform()
            style = "" if row["style"] == VIEW else f"{for_chart(row['style'], 16)}: "
            note = panel.text(0.02, y, f"{style}{row['status']}", transform=place, fontsize=7)
            note.set(color=QUIET, va="center", parse_math=False)
            continue
        interval = "too few trials for an interval"
        if pd.notna(row["throughput_rps_low"]):
            low, high = row["throughput_rps_low"], row["throughput_rps_high"]
            panel.plot([low, high], [y, y], color=colour, linewidth=2.5, alpha=0.5, solid_capstyle="butt")
            interval = f"95 % interval {number(low)} to {number(high)}"
        (mark,) = panel.plot(row["throughput_rps_mean"], y, marker_of(row["style"]), color=colour, markersize=5)
        hints.on(
            mark,
            f"{name}: {number(row['throughput_rps_mean'], 6)} requests/s, {interval}, {count(row['trials'], 'trial')}",
        )
    named = group.drop_duplicates("server")
    ticks = [
        f"{for_chart(label)}\n{'no bound' if slots == 'unbounded' else count(int(slots), 'slot')}"
        for label, slots in zip(named["server_label"], named["slots"], strict=True)
    ]
    plain_panel(panel, grid="x")
    panel.set_yticks(range(len(servers)), ticks, fontsize=7.5)
    panel.set_ylim(len(servers) - 0.5, -0.5)
    for y in range(1, len(servers)):
        panel.axhline(y - 0.5, color=GRID, linewidth=0.5, alpha=0.6)
    panel.margins(x=0.06)
    panel.set_xlim(0, max(panel.get_xlim()[1], 1e-9))
    for label in panel.get_yticklabels():
        label.set_parse_math(False)


def forest_chart(
    ratios: pd.DataFrame, colours: Mapping[str, str], hints: Hints, *, opened: bool
) -> tuple[str, Figure] | None:
    """A row per comparison: the ratio with its interval, on a log axis, with the band of no practical interest.

    opened: the ratios are of median latencies, and less is better.
    """
    if ratios.empty:
        return None
    every = [group.sort_values("ratio") for _, group in ratios.groupby(["pattern", "load"], sort=False)]
    groups = every[: fitting([_ROW_INCHES * len(group) + 0.28 for group in every], columns=1, over=0)]
    labels = [for_chart(contest_name(row.style, row.base, row.server_label), 60) for row in ratios.itertuples()]
    height = _ROW_INCHES * sum(map(len, groups)) + 0.28 * len(groups) + 0.1
    figure, (panel,) = sheet(
        [height], left=label_inches(labels, 8), width=max(9.0, 6 + label_inches(labels, 8)), over=0.05
    )
    panel.axvspan(1 - SAME_BAND, 1 + SAME_BAND, color=QUIET, alpha=0.2, linewidth=0)
    panel.axvline(1, color=QUIET, linewidth=1)
    ticks: list[tuple[float, str]] = []
    y = 0.0
    for group in groups:
        first = group.iloc[0]
        text = panel.text(
            0.005, y + 0.1, for_chart(f"{first['pattern']}, {first['load']}", 90), fontsize=8, va="center"
        )
        text.set(transform=panel.get_yaxis_transform(), fontweight="bold", parse_math=False)
        y += 1
        for _, row in group.iterrows():
            _comparison(panel, row, y, colours[row["server_name"]], hints)
            ticks.append((y, contest_name(row["style"], row["base"], row["server_label"])))
            y += 1
        y += 0.4
    plain_panel(panel, grid="x")
    panel.set_yticks([place for place, _ in ticks], [for_chart(name, 60) for _, name in ticks], fontsize=8)
    panel.set_ylim(y - 0.4, -0.6)
    ratio_x(panel)
    quantity = "median latency, left of 1: faster" if opened else "throughput, right of 1: faster"
    bases = " and ".join(in_sentence(base, 24) for base in dict.fromkeys(ratios["base"]))
    below = f"ratio to {bases}, log scale ({quantity}; grey: ±3 %; lines: 95 % intervals)"
    axis_names(figure, below, left_out=len(every) - len(groups))
    for label in panel.get_yticklabels():
        label.set_parse_math(False)
    legend(figure, dict.fromkeys(ratios["style"]))
    return _forest_finding(ratios), figure


def _comparison(panel: Axes, row: pd.Series, y: float, colour: str, hints: Hints) -> None:
    interval = "too few blocks for an interval"
    if pd.notna(row["low"]):
        panel.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=2.5, alpha=0.5, solid_capstyle="butt")
        interval = f"95 % interval {times(row['low'])} to {times(row['high'])}"
    (mark,) = panel.plot(row["ratio"], y, marker_of(row["style"]), color=colour, markersize=5)
    hints.on(
        mark,
        f"{question_name(row['pattern'], row['load'])}: {in_sentence(row['style'])} against "
        f"{style_on(row['base'], row['server_label'])}: "
        f"{times(row['ratio'])}, {interval}, {count(row['blocks'], 'block')}: {row['verdict']}",
    )


def _forest_finding(ratios: pd.DataFrame) -> str:
    verdicts = ratios["verdict"].value_counts()
    styles = list(dict.fromkeys(ratios["style"]))
    named = [in_sentence(style) for style in styles[:_MOST_NAMED]]
    if len(styles) > _MOST_NAMED:
        named.append(count(len(styles) - _MOST_NAMED, "other"))
    bases = " and ".join(in_sentence(base) for base in dict.fromkeys(ratios["base"]))
    what = f"{' and '.join(named)} against {bases}"
    parts = [f"{verdict} in {verdicts[verdict]}" for verdict in verdicts.index]
    return f"{what}: {', '.join(parts)} of {count(len(ratios), 'comparison')}"
