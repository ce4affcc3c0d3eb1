"""How fast the machine was, from trials whose speed is known."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from djbench.cell import Cell
from results.analysis.machine_course import movement, readings, smoothed
from results.records.schema import Slice, Trial
from tests.unit.runs import OPEN, a_cell, a_measurement

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
SYNC, ASYNC = a_cell(), a_cell(style="async")


def window(number: int, cell: Cell, at_s: float, *, answered: int = 100, cpu_s: float = 0.5) -> Trial:
    """A trial in one window."""
    measurement = a_measurement(answered)
    measured = replace(measurement, server=replace(measurement.server, cpu_s=cpu_s))
    started = (BEGAN + timedelta(seconds=at_s)).isoformat()
    return Trial(number=number, block=number, cell=cell, started=started, measurement=measured)


def by_turns(number: int, cell: Cell, slices: Sequence[Slice], *, turns: int, at_s: float = 0.0) -> Trial:
    """A trial in slices."""
    trial = window(number, cell, at_s)
    assert trial.measurement
    return replace(trial, measurement=replace(trial.measurement, slices=tuple(slices)), turns=turns)


def a_slice(at_s: float, speed: float, *, cpu_known: bool = True) -> Slice:
    """Of a machine that answers 100 requests per second of CPU time at a speed of 1."""
    answered = round(1000 * speed)
    return Slice(at_s=at_s, length_s=10.0, answered=answered, cpu_s=10.0 if cpu_known else None)


def test_a_machine_that_slows_down_is_seen_by_all_its_cells() -> None:
    """Two cells, one twice as fast as the other; in the latter half of the run both do half as much."""
    trials = [
        window(number, cell, number, answered=answered // (1 if number < 10 else 2))
        for number in range(20)
        for cell, answered in [((SYNC, 100), (ASYNC, 200))[number % 2]]
    ]
    course = readings(trials)
    assert course[:, 0].tolist() == list(range(20))
    assert np.exp(course[:10, 1]).tolist() == pytest.approx([2**0.5] * 10)
    assert np.exp(course[10:, 1]).tolist() == pytest.approx([0.5**0.5] * 10)
    assert movement(course) == pytest.approx(2**0.5 - 1)


def test_slices_count_from_the_start_of_those_that_took_turns() -> None:
    first = by_turns(0, SYNC, [a_slice(0.0, 1.0), a_slice(2.0, 1.0), a_slice(4.0, 1.0)], turns=0, at_s=5.0)
    second = by_turns(1, ASYNC, [a_slice(1.0, 1.0), a_slice(3.0, 1.0), a_slice(5.0, 1.0)], turns=0, at_s=9.0)
    assert readings([first, second])[:, 0].tolist() == [0, 1, 2, 3, 4, 5]


def test_cpu_time_tells_the_speed_and_throughput_only_if_nothing_else_does() -> None:
    speeds = (0.9, 1.0, 1.1)
    known = by_turns(0, SYNC, [a_slice(at, speed) for at, speed in enumerate(speeds)], turns=0)
    unknown = by_turns(0, SYNC, [a_slice(at, speed, cpu_known=False) for at, speed in enumerate(speeds)], turns=0)
    assert readings([known]) == pytest.approx(readings([unknown]))
    at_a_rate = replace(unknown, cell=replace(SYNC, load=OPEN))
    assert len(readings([at_a_rate])) == 0


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda trial: replace(trial, invalidated_by=("errors",)),
        lambda trial: replace(trial, measurement=replace(trial.measurement, answered=0)),
        lambda trial: replace(trial, measurement=None, failure="it ended"),
    ],
)
def test_what_does_not_count_or_has_no_answer_says_nothing(spoilt: Callable[[Trial], Trial]) -> None:
    trials = [window(number, SYNC, number) for number in range(4)]
    assert len(readings([*trials, spoilt(window(4, SYNC, 9.0))])) == 4


def test_a_cell_measured_twice_says_nothing() -> None:
    assert len(readings([window(number, SYNC, number) for number in range(2)])) == 0
    assert movement(readings([])) is None


def test_within_a_stretch_the_middle_reading_counts() -> None:
    course = np.array([(0.0, 0.1), (0.3, 9.0), (0.6, 0.2), (5.5, 0.4)])
    assert smoothed(course).tolist() == [[0.5, 0.2], [5.5, 0.4]]
    assert smoothed(course, 10.0).tolist() == [[5.0, pytest.approx(0.3)]]


def test_a_short_course_and_a_single_odd_second_are_no_movement() -> None:
    steady = np.array([(second, 0.0) for second in range(100)], dtype=float)
    assert movement(steady[:9]) is None
    steady[50, 1] = 1.0
    assert movement(steady) == 0
