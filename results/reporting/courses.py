"""The course of every cell's trials, second by second, as compact data for a page to draw. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from djbench.cell import Cell
from results.analysis.seconds import Second
from results.records.schema import Trial

# What is drawn: the name that the page's script knows, and the column of seconds.csv.
_DRAWN = {"rps": "answered", "p99": "p99_ms", "cpu": "server_cpu_cores", "rss": "rss_mib"}
_DIGITS = 4
_MOST_POINTS = 300  # of a figure of a trial; a screen has not room for more, and a window can be hours long


def courses(
    cells: Sequence[Cell], trials: Sequence[Trial], seconds: Mapping[int, Sequence[Second]]
) -> list[list[dict[str, Any]]]:
    """For each cell its trials that lasted a second or more, in their order.

    Of each: ``trial`` and ``block``, ``why`` it does not count (empty when it does), and a list per figure: right
    answers, p99 in ms, server CPU in cores and memory in MiB, with four significant digits; null if there is none,
    and in a long window where none is drawn (``thinned``).
    """
    by_cell: dict[Cell, list[dict[str, Any]]] = {cell: [] for cell in cells}
    for trial in trials:
        course = seconds.get(trial.number)
        if course and trial.cell in by_cell:
            figures = {
                name: [_rounded(value) for value in thinned([getattr(second, column) for second in course])]
                for name, column in _DRAWN.items()
            }
            by_cell[trial.cell].append(
                {"trial": trial.number, "block": trial.block, "why": ", ".join(trial.invalidated_by), **figures}
            )
    return list(by_cell.values())


def thinned(values: Sequence[float | None]) -> Sequence[float | None]:
    """The same values, each in its place, but at most 300 of them: of every stretch only the least and the largest."""
    if len(values) <= _MOST_POINTS:
        return values
    stretches = _MOST_POINTS // 2
    kept: set[int] = set()
    for number in range(stretches):
        first, end = (len(values) * edge // stretches for edge in (number, number + 1))
        recorded = [(value, place) for place, value in enumerate(values[first:end], start=first) if value is not None]
        if recorded:
            kept.update((min(recorded)[1], max(recorded)[1]))
    return [value if place in kept else None for place, value in enumerate(values)]


def _rounded(value: float | None) -> float | None:
    if value is None:
        return None
    return value if isinstance(value, int) else float(f"{value:.{_DIGITS}g}")
