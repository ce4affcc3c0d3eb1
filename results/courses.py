"""The course of every cell's trials, second by second, as compact data for a page to draw. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from results.records import Cell, Trial
from results.seconds import Second

# What is drawn: the name that the page's script knows, and the column of seconds.csv.
_DRAWN = {"rps": "answered", "p99": "p99_ms", "cpu": "server_cpu_cores", "rss": "rss_mib"}
_DIGITS = 4


def courses(
    cells: Sequence[Cell], trials: Sequence[Trial], seconds: Mapping[int, Sequence[Second]]
) -> list[list[dict[str, Any]]]:
    """For each cell its trials that lasted a second or more, in their order.

    Of each: ``trial`` and ``block``, ``why`` it does not count (empty when it does), and a list per figure: right
    answers, p99 in ms, server CPU in cores and memory in MiB, with four significant digits; null where there is none.
    """
    by_cell: dict[Cell, list[dict[str, Any]]] = {cell: [] for cell in cells}
    for trial in trials:
        course = seconds.get(trial.number)
        if course and trial.cell in by_cell:
            figures = {
                name: [_rounded(getattr(second, column)) for second in course] for name, column in _DRAWN.items()
            }
            by_cell[trial.cell].append(
                {"trial": trial.number, "block": trial.block, "why": ", ".join(trial.invalidated_by), **figures}
            )
    return list(by_cell.values())


def _rounded(value: float | None) -> float | None:
    if value is None:
        return None
    return value if isinstance(value, int) else float(f"{value:.{_DIGITS}g}")
