"""The data that the page draws courses from, and the numbers behind all of it: small, and exact where it matters."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from results.analysis.seconds import Second
from results.analysis.times import compact, pooled
from results.records.schema import Trial
from results.reporting.courses import courses, thinned
from tests.unit.runs import a_cell, a_measurement

SYNC, ASYNC = a_cell(), a_cell(style="async")


def a_second(number: int, **changes: float | None) -> Second:
    values: dict[str, float | None] = dict.fromkeys(Second.__dataclass_fields__)
    return Second(**{**values, "second": number, "answered": 100, "errors": 0, **changes})  # type: ignore[arg-type]


def a_trial(number: int, cell: object, invalidated_by: tuple[str, ...] = ()) -> Trial:
    return Trial(
        number=number,
        block=number,
        cell=cell,  # type: ignore[arg-type]
        started="",
        measurement=a_measurement(100),
        invalidated_by=invalidated_by,
    )


def test_each_cell_has_its_trials_with_four_digits() -> None:
    trials = [a_trial(0, SYNC), a_trial(1, ASYNC, ("noisy_neighbour",))]
    seconds = {
        0: [a_second(0, p99_ms=1.23456, rss_mib=60.04999), a_second(1, answered=123456)],
        1: [a_second(0, server_cpu_cores=0.98765)],
    }
    first, second = courses([SYNC, ASYNC], trials, seconds)
    assert first == [
        {
            "trial": 0,
            "block": 0,
            "why": "",
            "rps": [100, 123456],
            "p99": [1.235, None],
            "cpu": [None, None],
            "rss": [60.05, None],
        }
    ]
    assert (second[0]["why"], second[0]["cpu"]) == ("noisy_neighbour", [0.9877])


def test_a_trial_under_a_second_has_no_course() -> None:
    assert courses([SYNC], [a_trial(0, SYNC)], {0: []}) == [[]]


def test_a_long_window_has_points_enough_and_its_extremes() -> None:
    seconds = [a_second(number, p99_ms=1.0 + number % 7) for number in range(3600)]
    seconds[1234], seconds[2345] = a_second(1234, p99_ms=99.0), a_second(2345, answered=0)
    ((course,),) = courses([SYNC], [a_trial(0, SYNC)], {0: seconds})
    for name in ("rps", "p99", "cpu", "rss"):
        assert len(course[name]) == 3600  # each value in its second
        assert sum(value is not None for value in course[name]) <= 300
    assert course["p99"][1234] == 99
    assert course["rps"][2345] == 0


@given(st.lists(st.none() | st.integers(0, 50), max_size=2000))
def test_thinning_keeps_values_in_their_places(values: list[int | None]) -> None:
    kept = thinned(values)
    assert len(kept) == len(values)
    assert all(value in (None, before) for value, before in zip(kept, values, strict=True))
    assert sum(value is not None for value in kept) <= 300
    known = {value for value in values if value is not None}
    if known:
        assert {min(known), max(known)} <= set(kept)
    if len(values) <= 300:
        assert kept == values


@given(st.lists(st.integers(min_value=-5, max_value=2**33), max_size=50))
def test_smaller_numbers_are_the_same_numbers(values: list[int]) -> None:
    ns = np.array(values, dtype=np.int64)
    assert compact(ns).tolist() == values
    assert pooled([compact(ns), compact(ns[:3])]).tolist() == sorted(values + values[:3])


def test_four_bytes_are_enough_for_times_under_four_seconds() -> None:
    assert compact(np.array([0, 4_294_967_295], dtype=np.int64)).dtype == np.uint32
    assert compact(np.array([4_294_967_296], dtype=np.int64)).dtype == np.int64
