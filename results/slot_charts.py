"""Throughput against slots, and the most that so many can do: N at once are N / wait a second (Little's law)."""

from collections.abc import Hashable

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from results.marks import legend, mark_of, plain_log


def slot_chart(slots: pd.DataFrame) -> Figure | None:
    """A panel per pattern and load; a line per server and style over its slots. None when no server has two numbers.

    slots: as ``frames.slots`` has it. Dashed: the ceiling of each style, slots (but no more than users) over the time
    that an answer waits. Dotted: cells without a bound, at their throughput.
    """
    groups = [
        (key, group)
        for key, group in slots.groupby(["pattern", "load"], sort=False)
        if group.dropna(subset="slots").groupby(["server", "style"])["slots"].nunique().max() > 1
    ]
    if not groups:
        return None
    columns = 2 if len(groups) > 1 else 1
    lines = -(-len(groups) // columns)
    figure = Figure(figsize=(6.2 * columns, 0.9 + 3.4 * lines), layout="constrained")
    axes = figure.subplots(lines, columns, squeeze=False)
    for panel, (key, group) in zip(axes.flat, groups, strict=False):
        _panel(panel, key, group)
    for panel in axes.flat[len(groups) :]:
        panel.set_visible(False)
    figure.supxlabel("slots: requests worked on at once (dashed: slots, or users if fewer, over the wait)", fontsize=9)
    figure.supylabel("requests per second, 95 % interval", fontsize=9)
    legend(figure, list(dict.fromkeys(pd.concat([group for _, group in groups])["style"])))
    return figure


def _panel(panel: Axes, key: Hashable, group: pd.DataFrame) -> None:
    pattern, load = key if isinstance(key, tuple) else (key, "")
    bound = group.dropna(subset="slots").sort_values("slots")
    for (server, style), line in bound.groupby(["server", "style"], sort=False):
        colour, marker = mark_of(str(style))
        panel.plot(line["slots"], line["throughput_rps_mean"], marker, linestyle="-", color=colour, markersize=5)
        panel.vlines(line["slots"], line["throughput_rps_low"], line["throughput_rps_high"], color=colour, alpha=0.5)
        last = line.iloc[-1]
        place = (last["slots"], last["throughput_rps_mean"])
        text = panel.annotate(f" {server}", place, fontsize=7, color=colour, va="center")
        text.set_parse_math(False)
    for style, line in bound.dropna(subset="ceiling_rps").groupby("style", sort=False):
        ceiling = line.drop_duplicates("slots")
        panel.plot(ceiling["slots"], ceiling["ceiling_rps"], "--", color=mark_of(str(style))[0], linewidth=1, alpha=0.6)
    for _, row in group[group["slots"].isna()].iterrows():
        panel.axhline(row["throughput_rps_mean"], linestyle=":", color=mark_of(row["style"])[0], linewidth=1)
        text = panel.annotate(
            f"{row['server']} (∞)", (0.01, row["throughput_rps_mean"]), xycoords=("axes fraction", "data"), fontsize=7
        )
        text.set(color=mark_of(row["style"])[0], parse_math=False)
    panel.set_xscale("log", base=2)
    panel.set_yscale("log")
    plain_log(panel.yaxis)
    panel.xaxis.set_major_locator(FixedLocator(sorted(bound["slots"].unique())))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.margins(x=0.25, y=0.15)
    panel.grid(alpha=0.3)
    panel.tick_params(labelsize=8)
    panel.set_title(f"{pattern}, {load}", fontsize=9, loc="left", parse_math=False)
