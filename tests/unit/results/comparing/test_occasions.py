"""Two occasions: Welch's interval against published figures and SciPy, and when blocks may be paired."""

import math
import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy import stats as scipy_stats

from results.analysis.verdicts import RatioTest
from results.comparing.occasions import Stretch, took_turns, unpaired

# Student 1908, "The probable error of a mean": additional hours of sleep with each of two drugs.
FIRST = (0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0)
SECOND = (1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4)


def found(ours: list[float], theirs: list[float]) -> RatioTest:
    test = unpaired(ours, theirs)
    assert test is not None
    return test


def test_the_interval_of_a_published_example() -> None:
    """R's ``t.test(extra ~ group, data = sleep)``: p = 0.07939, interval -3.3654832 to 0.2054832, means 0.75, 2.33."""
    estimate, p, _ = found([math.exp(hours) for hours in FIRST], [math.exp(hours) for hours in SECOND])
    assert estimate.low is not None
    assert estimate.high is not None
    assert math.log(estimate.mean) == pytest.approx(0.75 - 2.33)
    assert math.log(estimate.low) == pytest.approx(-3.3654832)
    assert math.log(estimate.high) == pytest.approx(0.2054832)
    assert p == pytest.approx(0.07939, abs=5e-6)
    assert estimate.n == 10


def test_the_interval_is_that_of_scipys_test_with_unequal_variances() -> None:
    chance = random.Random(8)
    for count, other_count in ((3, 3), (5, 6), (20, 6), (4, 15)):
        ours = [chance.lognormvariate(4.0, 0.02) for _ in range(count)]
        theirs = [chance.lognormvariate(4.02, 0.2) for _ in range(other_count)]
        expected = scipy_stats.ttest_ind(np.log(ours), np.log(theirs), equal_var=False)
        interval = expected.confidence_interval(0.95)
        estimate, p, _ = found(ours, theirs)
        assert estimate.low is not None
        assert estimate.high is not None
        assert p == pytest.approx(expected.pvalue, rel=1e-9)
        assert math.log(estimate.low) == pytest.approx(interval.low, rel=1e-9)
        assert math.log(estimate.high) == pytest.approx(interval.high, rel=1e-9)
        assert estimate.n == min(count, other_count)


def test_values_that_never_change_have_a_point_for_an_interval() -> None:
    estimate, p, _ = found([60.0] * 5, [60.0] * 6)
    assert (estimate.mean, estimate.low, estimate.high, estimate.n, p) == (1.0, 1.0, 1.0, 5, 1.0)
    estimate, p, _ = found([66.0] * 5, [60.0] * 5)
    assert estimate.low == pytest.approx(1.1)
    assert estimate.high == pytest.approx(1.1)
    assert p == 0.0


def test_few_values_have_no_interval_and_one_says_nothing() -> None:
    assert unpaired([], [1.0]) is None
    assert unpaired([1.0], []) is None
    estimate, p, _ = found([2.0], [1.0, 1.1, 0.9])
    assert (estimate.low, estimate.high, estimate.n, p) == (None, None, 1, 1.0)
    estimate, p, _ = found([2.0, 2.1], [1.0, 1.1, 0.9])
    assert (estimate.low, estimate.high, estimate.n) == (None, None, 2)
    assert 0 < p < 0.05


def test_a_value_of_zero_has_no_logarithm() -> None:
    with pytest.raises(ValueError, match="positive"):
        unpaired([1.0, 0.0], [1.0])


def stretches(starts_s: list[float], length_s: float = 10.0) -> dict[int, Stretch]:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    return {
        block: Stretch(noon + timedelta(seconds=start_s), noon + timedelta(seconds=start_s + length_s))
        for block, start_s in enumerate(starts_s)
    }


@pytest.mark.parametrize(
    ("ours", "theirs", "paired"),
    [
        ([0, 40, 80], [20, 60, 100], True),  # one block each in turn
        ([0, 60, 80], [20, 40, 100], True),  # who is first does not matter
        ([0, 20, 40], [1, 21, 41], False),  # side by side, where each disturbs the other
        ([0, 40, 80], [9, 60, 100], False),  # the first two overlap
        ([0, 80, 40], [20, 100, 60], True),  # in which order the blocks were made does not matter
        ([0, 20, 40], [1000, 1020, 1040], False),  # one run, then the other
        ([0, 20, 40], [5, 15, 35], False),  # side by side, out of step
        ([0, 40], [20], False),  # one block in common says nothing
        ([], [], False),
    ],
)
def test_blocks_are_paired_where_the_runs_took_turns(ours: list[float], theirs: list[float], paired: bool) -> None:
    assert took_turns(stretches(ours), stretches(theirs)) is paired
    assert took_turns(stretches(theirs), stretches(ours)) is paired
