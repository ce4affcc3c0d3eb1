"""How fast the machine was in the course of a run, as its own cells tell. Pure.

A cell that is measured again and again does the same work each time. When a request takes less CPU time than on its
average, the machine is faster. The readings of all cells in the order of time are the machine's course.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from djbench.cell import Cell
from results.records.schema import Trial

# A stretch of the course; within it the middle reading counts, so that a single odd slice does not.
STRETCH_S = 1.0
# A cell with fewer readings says nothing of the machine, and neither does a course of fewer stretches.
_LEAST_READINGS, _LEAST_STRETCHES = 3, 10
# How much of the course lies within its movement.
_WITHIN_PERCENT = (5, 95)

# Rows of a moment in seconds since the first one, and the log of the machine's speed over its mean, in order of time.
Course = np.ndarray[Any, Any]


def readings(trials: Sequence[Trial]) -> Course:
    """One row for each slice, or window, of the valid trials. No rows if none of the cells has enough of them."""
    opened_s = {trial.number: trial.began.timestamp() for trial in trials if trial.began}
    by_cell: dict[Cell, list[Trial]] = {}
    for trial in trials:
        if trial.valid and trial.number in opened_s and trial.cell.load.one_figure:
            by_cell.setdefault(trial.cell, []).append(trial)
    rows = [row for of_cell in by_cell.values() for row in _of_cell(of_cell, opened_s)]
    course = np.array(sorted(rows)).reshape(-1, 2)
    return course - [course[0, 0], 0] if len(course) else course


def smoothed(course: Course, stretch_s: float = STRETCH_S) -> Course:
    """The middle reading of each stretch that has any, at the stretch's middle."""
    stretches, starts = np.unique(course[:, 0] // stretch_s, return_index=True)
    middles = [np.median(of_stretch) for of_stretch in np.split(course[:, 1], starts[1:])] if len(course) else []
    return np.column_stack([(stretches + 0.5) * stretch_s, middles])


def movement(course: Course) -> float | None:
    """By how much the machine's speed moved, such as 0.12 for ±12 %: nine tenths of the stretches lie within.

    None if there are too few stretches.
    """
    stretches = smoothed(course)
    if len(stretches) < _LEAST_STRETCHES:
        return None
    low, high = np.percentile(stretches[:, 1], _WITHIN_PERCENT)
    return float(np.expm1((high - low) / 2))


class _Part(NamedTuple):
    """A slice, or a window."""

    at_s: float
    length_s: float
    answered: int
    cpu_s: float | None


def _of_cell(trials: Sequence[Trial], opened_s: dict[int, float]) -> Iterator[tuple[float, float]]:
    """The readings of one cell's trials, each over their geometric mean: answers per second of CPU time.

    Answers per second if the CPU time is not known. A load that sets the rate itself has no reading then.
    """
    parts = [part for trial in trials for part in _parts(trial, opened_s) if part.answered]
    moments_s, speeds = [part.at_s for part in parts if part.cpu_s], [p.answered / p.cpu_s for p in parts if p.cpu_s]
    if not speeds and trials[0].cell.load.throughput_tells:
        moments_s, speeds = [part.at_s for part in parts], [part.answered / part.length_s for part in parts]
    if len(speeds) >= _LEAST_READINGS:
        log_speeds = np.log(speeds)
        yield from zip(moments_s, log_speeds - log_speeds.mean(), strict=True)


def _parts(trial: Trial, opened_s: dict[int, float]) -> list[_Part]:
    """Those of a trial. Slices count from when the first of the trials that took turns was started."""
    measurement = trial.measurement
    if measurement is None:
        return []
    if not measurement.slices:
        window = (measurement.actual_s, measurement.answered, measurement.server.cpu_s)
        return [_Part(opened_s[trial.number], *window)]
    first_s = opened_s.get(trial.number if trial.turns is None else trial.turns, opened_s[trial.number])
    return [_Part(first_s + part.at_s, part.length_s, part.answered, part.cpu_s) for part in measurement.slices]
