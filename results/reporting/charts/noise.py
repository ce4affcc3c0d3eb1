"""Noise and validity: the machine's speed, every trial beside its cell's mean, and the time that the machine lost."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from results.analysis.stats import MIN_TRIALS_FOR_INTERVAL, SAME_BAND
from results.reporting.charts.marks import GRID, INK, QUIET, Hints, axis_names, legend, marker_of, plain_panel, sheet
from results.wording.names import in_sentence, style_on
from results.wording.text import count, number

_COURSE_INCHES, _TRIAL_INCHES, _STEAL_INCHES = 1.6, 2.6, 0.9
# A longer step than so many of the shortest breaks the line of the course: other servers were started meanwhile.
_BREAK_STEPS = 5
_FAR = 0.3  # a deviation from which on the axis is bent, so that the others can be told apart
_FAR_TICKS = (-50, -20, -10, -5, 0, 5, 10, 20, 50, 100, 200, 500, 1000)
_STEAL_LIMIT = 0.02
# Of more trials only those that are far or do not count can be pointed at; the others are a picture, for a page can
# have some hundred kilobytes for them, and not megabytes.
_MOST_HINTS, _UNDER = 2000, -2


def noise_chart(
    trials: pd.DataFrame, course: pd.DataFrame, colours: Mapping[str, str], hints: Hints, *, allowed: str
) -> tuple[str, Figure] | None:
    """How fast the machine was; each trial's throughput over its cell's mean; the share of the CPUs' time others got.

    trials, course: as ``frames.trials`` and ``frames.machine_course`` have them; allowed: the sentence on what the
    machine allowed, empty for none. None if no trial has a cell's mean beside it.
    """
    shown = trials.dropna(subset="deviation")
    if shown.empty:
        return None
    heights = [_TRIAL_INCHES, _STEAL_INCHES]
    if len(course):
        heights.insert(0, _COURSE_INCHES)
    figure, panels = sheet(heights, left=0.75, width=12.1, columns=1, over=0.3)
    *courses, above, below = panels
    for panel in courses:
        _course_panel(panel, course, hints)
    many = len(shown) > _MOST_HINTS
    _trial_panel(above, shown, colours, hints, many=many)
    _steal_panel(below, trials, many=many)
    for panel in (above, below):
        panel.set_xlim(0, trials["order"].max() + 1)
    axis_names(figure, "trials in the order they were made (crosses do not count)")
    present = {name: colour for name, colour in colours.items() if name in set(shown["server_name"])}
    legend(figure, dict.fromkeys(shown["style"]), present)
    return f"{allowed} {_finding(trials, shown)}".lstrip(), figure


def _course_panel(panel: Axes, course: pd.DataFrame, hints: Hints) -> None:
    panel.axhline(0, color=QUIET, linewidth=0.8)
    steps = course["minute"].diff()
    for _, piece in course.groupby((steps > _BREAK_STEPS * steps.min()).cumsum()):
        panel.plot(piece["minute"], 100 * piece["deviation"], color=INK, linewidth=0.8)
    (marks,) = panel.plot(course["minute"], 100 * course["deviation"], "o", color=INK, markersize=2)
    hints.on_each(marks, [_course_hint(stretch) for _, stretch in course.iterrows()])
    panel.yaxis.set_major_formatter(FuncFormatter(_signed))
    panel.set_ylabel("speed of the machine\nbeside its mean", fontsize=8)
    panel.set_xlabel("minutes since the first window (pauses are cut short)", fontsize=8)
    plain_panel(panel)


def _course_hint(stretch: pd.Series) -> str:
    return f"minute {stretch['minute']:.2f}: {100 * stretch['deviation']:+.1f} % of the machine's mean speed"


def _signed(percent: float, _: float) -> str:
    return f"{percent:+g} %" if percent else "0 %"


def _trial_panel(panel: Axes, shown: pd.DataFrame, colours: Mapping[str, str], hints: Hints, *, many: bool) -> None:
    panel.axhspan(-100 * SAME_BAND, 100 * SAME_BAND, color=QUIET, alpha=0.15, linewidth=0)
    panel.axhline(0, color=QUIET, linewidth=0.8)
    if many:
        panel.set_rasterization_zorder(_UNDER + 1)
        panel.patch.set_visible(False)  # it would be part of the picture, and white on dark
    kinds: list[tuple[Any, pd.DataFrame]] = list(
        shown.groupby(["server_name", "style", "valid", _hinted(shown, many=many)], sort=False)
    )
    for (server, style, valid, hinted), made in kinds:
        (marks,) = panel.plot(made["order"], 100 * made["deviation"], color=colours[server], linestyle="none")
        if valid:
            marks.set(marker=marker_of(style), markersize=4)
        else:
            marks.set(marker="x", markersize=7, markeredgewidth=2)
        if hinted:
            hints.on_each(marks, [_hint(trial) for _, trial in made.iterrows()])
        else:
            marks.set_zorder(_UNDER)
    if shown["deviation"].abs().max() > _FAR:
        panel.set_yscale("symlog", linthresh=10)
        low, high = panel.get_ylim()
        panel.yaxis.set_major_locator(FixedLocator([tick for tick in _FAR_TICKS if low <= tick <= high]))
    panel.yaxis.set_major_formatter(FuncFormatter(_signed))
    panel.set_ylabel("throughput beside\nits cell's mean (grey: ±3 %)", fontsize=8)
    plain_panel(panel, grid="y")


def _hinted(shown: pd.DataFrame, *, many: bool) -> pd.Series:
    """Which trials have a hint: all, or of many the furthest of those that tell something."""
    if not many:
        return pd.Series(data=True, index=shown.index)
    telling = shown[~shown["valid"] | (shown["deviation"].abs() > _FAR)]
    furthest = telling["deviation"].abs().nlargest(_MOST_HINTS).index
    return pd.Series(shown.index.isin(furthest), index=shown.index)


def _steal_panel(panel: Axes, trials: pd.DataFrame, *, many: bool) -> None:
    stolen = trials[trials["steal_share"] > 0]
    panel.vlines(stolen["order"], 0, 100 * stolen["steal_share"], color=QUIET, linewidth=1.5, rasterized=many)
    panel.axhline(100 * _STEAL_LIMIT, color=GRID, linewidth=1, linestyle=(0, (4, 3)))
    panel.set_ylim(0, max(2.4, 110 * float(trials["steal_share"].max())))
    panel.set_ylabel("steal, % of CPU\n(dashes: the limit)", fontsize=8)
    plain_panel(panel, grid="y")


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
