"""When a run has seen enough."""

import math
from collections.abc import Sequence

import pytest
from scipy import stats

from results.analysis.stopping import Evidence, half_width, unsettled_groups

NARROW = (100.0, 100.5, 99.5, 100.0, 100.2, 99.8)
WIDE = (100.0, 110.0, 90.0, 105.0, 95.0, 100.0)
WIDER = (100.0, 200.0, 50.0, 150.0, 70.0, 100.0)


def cell(group: str, compared: Sequence[float], p95: Sequence[float] = (), *, hopeless: bool = False) -> Evidence:
    return Evidence(group=group, compared=compared, p95=p95, hopeless=hopeless)


def test_the_half_width_is_that_of_students_interval() -> None:
    logs = [math.log(value) for value in WIDE]
    low, high = stats.t.interval(0.95, len(logs) - 1, loc=stats.tmean(logs), scale=stats.sem(logs))
    assert half_width(WIDE) == pytest.approx((high - low) / 2)


@pytest.mark.parametrize("values", [(), (1.0,), (1.0, 1.0)])
def test_without_an_interval_it_is_infinite(values: tuple[float, ...]) -> None:
    assert half_width(values) == math.inf


def test_nothing_is_unsettled_when_every_interval_is_narrow_enough() -> None:
    assert unsettled_groups([cell("a", NARROW), cell("b", NARROW, p95=NARROW)]) == []


def test_the_cells_compared_with_an_uncertain_one_come_along() -> None:
    """Comparisons are paired by block: more trials of one cell alone would narrow none of them."""
    assert unsettled_groups([cell("a", NARROW), cell("b", NARROW), cell("b", WIDE)]) == [(1, 2)]


def test_a_tail_may_vary_twice_as_much_as_the_throughput() -> None:
    between = [100 * math.exp(0.035 * math.sqrt(6) / 2.57 * z) for z in (1.0, -1.0, 1.0, -1.0, 1.0, -1.0)]
    assert 0.025 < half_width(between) < 0.05
    assert unsettled_groups([cell("a", NARROW, p95=between)]) == []
    assert unsettled_groups([cell("a", between, p95=NARROW)]) == [(0,)]
    assert unsettled_groups([cell("a", NARROW, p95=WIDE)]) == [(0,)]


def test_cells_that_more_trials_do_not_help_are_in_no_group() -> None:
    assert unsettled_groups([cell("a", (), hopeless=True)]) == []
    assert unsettled_groups([cell("a", WIDE), cell("a", (), hopeless=True)]) == [(0,)]


def test_the_widest_intervals_come_first() -> None:
    assert unsettled_groups([cell("a", WIDE), cell("b", WIDER), cell("c", NARROW)]) == [(1,), (0,)]
