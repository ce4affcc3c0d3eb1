"""Noise and validity: every trial in the order it was made, beside its cell's mean; and the time the machine lost."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from results.analysis.stats import MIN_TRIALS_FOR_INTERVAL, SAME_BAND
from results.reporting.charts.marks import GRID, QUIET, Hints, axis_names, legend, marker_of, plain_panel, sheet
from results.wording.names import in_sentence, style_on
from results.wording.text import count, number

_FAR = 0.3  # a deviation from which on the axis is bent, so that the others can be told apart
_FAR_TICKS = (-50, -20, -10, -5, 0, 5, 10, 20, 50, 100, 200, 500, 1000)
_STEAL_LIMIT = 0.02
# Of more trials only those that are far or do not count can be pointed at; the others are a picture, for a page can
# have some hundred kilobytes for them, and not megabytes.
_MOST_HINTS, _UNDER = 2000, -2


def noise_chart(trials: pd.DataFrame, colours: Mapping[str, str], hints: Hints) -> tuple[str, Figure] | None:
    """Above, each trial's throughput over its cell's mean; below, the share of the CPUs' time that others got.

    trials: as ``frames.trials`` has it. None if no trial has a cell's mean beside it.
    """
    shown = trials.dropna(subset="deviation")
    if shown.empty:
        return None
    figure, (above, below) = sheet([2.6, 0.9], left=0.75, width=12.1, columns=1, over=0.12)
    for panel in (above, below):
        panel.set_xlim(0, trials["order"].max() + 1)
    above.axhspan(-100 * SAME_BAND, 100 * SAME_BAND, color=QUIET, alpha=0.15, linewidth=0)
    above.axhline(0, color=QUIET, linewidth=0.8)
    many = len(shown) > _MOST_HINTS
    if many:
        above.set_rasterization_zorder(_UNDER + 1)
        above.patch.set_visible(False)  # it would be part of the picture, and white on dark
    telling = ~shown["valid"] | (shown["deviation"].abs() > _FAR)
    if many:  # the furthest of those that tell something
        furthest = shown[telling]["deviation"].abs().nlargest(_MOST_HINTS).index
        telling = pd.Series(shown.index.isin(furthest), index=shown.index)
    kinds: list[tuple[Any, pd.DataFrame]] = list(
        shown.groupby(["server_name", "style", "valid", telling | (not many)], sort=False)
    )
    for (server, style, valid, hinted), made in kinds:
        (marks,) = above.plot(made["order"], 100 * made["deviation"], color=colours[server], linestyle="none")
        if valid:
            marks.set(marker=marker_of(style), markersize=4)
        else:
            marks.set(marker="x", markersize=7, markeredgewidth=2)
        if hinted:
            hints.on_each(marks, [_hint(trial) for _, trial in made.iterrows()])
        else:
            marks.set_zorder(_UNDER)
    if shown["deviation"].abs().max() > _FAR:
        above.set_yscale("symlog", linthresh=10)
        low, high = above.get_ylim()
        above.yaxis.set_major_locator(FixedLocator([tick for tick in _FAR_TICKS if low <= tick <= high]))
    above.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+g} %" if value else "0 %"))
    above.set_ylabel("throughput beside\nits cell's mean (grey: ±3 %)", fontsize=8)
    stolen = trials[trials["steal_share"] > 0]
    below.vlines(stolen["order"], 0, 100 * stolen["steal_share"], color=QUIET, linewidth=1.5, rasterized=many)
    below.axhline(100 * _STEAL_LIMIT, color=GRID, linewidth=1, linestyle=(0, (4, 3)))
    below.set_ylim(0, max(2.4, 110 * float(trials["steal_share"].max())))
    below.set_ylabel("steal, % of CPU\n(dashes: the limit)", fontsize=8)
    axis_names(figure, "trials in the order they were made (crosses do not count)")
    for panel in (above, below):
        plain_panel(panel, grid="y")
    present = {name: colour for name, colour in colours.items() if name in set(shown["server_name"])}
    legend(figure, dict.fromkeys(shown["style"]), present)
    return _finding(trials, shown), figure


def _hint(trial: pd.Series) -> str:
    counted = "" if trial["valid"] else f"; does not count: {in_sentence(trial['why'])}"
    return (
        f"trial {trial['number']}, block {trial['block']}: {in_sentence(trial['pattern'])}, "
        f"{style_on(trial['style'], trial['server_label'])}, {number(trial['throughput_rps'])} {trial['unit']}/s, "
        f"{100 * trial['deviation']:+.2f} % of its cell's mean{counted}"
    )


def _finding(trials: pd.DataFrame, shown: pd.DataFrame) -> str:
    valid = shown[shown["valid"] & (shown["mean_of"] >= MIN_TRIALS_FOR_INTERVAL)]
    steady = "Too few valid trials of a cell to say how steady they are"
    if len(valid):
        half = 100 * float(valid["deviation"].abs().median())
        steady = f"Half of the valid trials lie within {half:.2g} % of their cell's mean"
    invalid = int((~trials["valid"]).sum())
    if not invalid:
        return f"{steady}; all count"
    return f"{steady}; {invalid} of {count(len(trials), 'trial')} {'does' if invalid == 1 else 'do'} not count"
