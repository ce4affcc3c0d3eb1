"""The statistics, against worked examples and independent ways to the same figure."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from results.analysis.stats import (
    block_ratios,
    can_show,
    false_discovery_control,
    half_width_of_equals,
    log_mean,
    paired_ratio,
    percentiles,
    percentiles_of_sorted,
    spectrum,
)
from results.analysis.verdicts import p_of_no_difference

positive = st.floats(min_value=1e-3, max_value=1e6)


def test_the_interval_of_a_worked_example() -> None:
    """Values whose natural logs are 1..5: mean 3, s = 1.5811, t(0.975, 4) = 2.776, half-width 1.9632."""
    found = log_mean([math.exp(x) for x in (1, 2, 3, 4, 5)])
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert math.log(found.mean) == pytest.approx(3)
    assert math.log(found.low) == pytest.approx(3 - 1.9632, abs=1e-4)
    assert math.log(found.high) == pytest.approx(3 + 1.9632, abs=1e-4)
    assert found.n == 5


# Student 1908, "The probable error of a mean": additional hours of sleep, ten patients, second drug less first.
SLEEP = (1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4)


def test_the_ratio_of_a_published_example() -> None:
    """R's ``t.test(paired = TRUE)`` on Student's data: mean 1.58, interval 0.7001142 to 2.4598858, p = 0.00283289."""
    first = {patient: 1.0 + patient for patient in range(10)}
    second = {patient: first[patient] * math.exp(difference) for patient, difference in enumerate(SLEEP)}
    found = paired_ratio(second, first)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert math.log(found.mean) == pytest.approx(1.58)
    assert math.log(found.low) == pytest.approx(0.7001142)
    assert math.log(found.high) == pytest.approx(2.4598858)
    assert p_of_no_difference(block_ratios(second, first)) == pytest.approx(0.00283289, abs=1e-8)


@given(st.lists(positive, min_size=3, max_size=20, unique=True))
def test_the_interval_is_that_of_scipy(values: list[float]) -> None:
    logs = np.log(values)
    low, high = scipy_stats.t.interval(0.95, len(logs) - 1, loc=logs.mean(), scale=scipy_stats.sem(logs))
    found = log_mean(values)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert math.log(found.low) == pytest.approx(low, abs=1e-9)
    assert math.log(found.high) == pytest.approx(high, abs=1e-9)


@given(st.lists(positive, min_size=1, max_size=20))
def test_the_mean_is_the_geometric_one(values: list[float]) -> None:
    found = log_mean(values)
    assert found is not None
    assert found.mean == pytest.approx(statistics.geometric_mean(values))


def test_fewer_than_three_trials_have_no_interval() -> None:
    assert log_mean([]) is None
    for values in ([2.0], [2.0, 3.0]):
        found = log_mean(values)
        assert found is not None
        assert (found.low, found.high) == (None, None)


def test_a_rate_of_zero_has_no_logarithm() -> None:
    with pytest.raises(ValueError, match="positive"):
        log_mean([1.0, 0.0])


def test_pairing_by_block_removes_what_blocks_share() -> None:
    drift = {block: 1.0 + block for block in range(6)}
    found = paired_ratio({b: 2 * d for b, d in drift.items()}, drift)
    assert found is not None
    assert found.mean == pytest.approx(2)
    assert found.low == pytest.approx(2)
    assert found.high == pytest.approx(2)


def test_only_blocks_that_have_both_are_paired() -> None:
    found = paired_ratio({0: 2.0, 1: 8.0}, {1: 4.0, 2: 1.0})
    assert found is not None
    assert (found.mean, found.n) == (2.0, 1)
    assert paired_ratio({0: 1.0}, {1: 1.0}) is None


def test_percentiles_are_samples_by_nearest_rank() -> None:
    found = percentiles(np.arange(1, 1001) / 1000)
    assert found == {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999, "max": 1.0}
    assert percentiles(np.array([])) is None
    assert percentiles(np.array([7.0])) == dict.fromkeys(("p50", "p90", "p95", "p99", "p999", "max"), 7.0)


@given(st.lists(positive, min_size=1, max_size=300))
def test_percentiles_agree_with_counting(values: list[float]) -> None:
    found = percentiles(np.array(values))
    assert found is not None
    for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
        rank = math.ceil(share * len(values) - 1e-9)
        assert found[name] == sorted(values)[max(rank, 1) - 1]


@pytest.mark.parametrize(
    ("name", "samples", "shown"),
    [
        ("p50", 1, True),
        ("p90", 100, True),
        ("p90", 99, False),
        ("p99", 1000, True),
        ("p99", 999, False),
        ("p999", 10_000, True),
        ("p999", 9999, False),
        ("max", 1, True),
        ("max", 0, False),
    ],
)
def test_a_high_percentile_is_shown_where_ten_samples_lie_beyond(name: str, samples: int, shown: bool) -> None:
    assert can_show(name, samples) is shown


@given(st.lists(positive, min_size=1, max_size=300))
def test_percentiles_of_sorted_samples_are_the_same(values: list[float]) -> None:
    assert percentiles_of_sorted(np.sort(values)) == percentiles(np.array(values))


@given(st.lists(st.integers(min_value=1, max_value=10**6), min_size=1, max_size=2000))
def test_a_spectrum_agrees_with_counting(values: list[int]) -> None:
    """One in n is beyond a point: so many samples are, or equal it."""
    points = spectrum(np.sort(np.array(values, dtype=np.uint32)))
    assert [one_in for one_in, _ in points] == sorted({one_in for one_in, _ in points})
    for one_in, latency in points:
        beyond = round(len(values) / one_in)
        assert beyond >= 10
        assert sum(value > latency for value in values) <= beyond <= sum(value >= latency for value in values) - 1


def test_a_spectrum_goes_from_the_shortest_to_the_last_with_ten_beyond() -> None:
    points = spectrum(np.arange(1, 100_001))
    assert points[0] == (100_000 / 99_999, 1.0)
    assert points[-1] == (10_000, 99_990.0)
    assert (10.0, 90_000.0) in points
    assert (100.0, 99_000.0) in points
    assert len(points) < 70


def test_ten_samples_have_no_spectrum() -> None:
    assert spectrum(np.arange(10)) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_adjusted_p_values_are_those_of_scipy(p_values: list[float]) -> None:
    assert false_discovery_control(p_values) == pytest.approx(list(scipy_stats.false_discovery_control(p_values)))


def test_a_family_of_none_has_nothing_to_adjust() -> None:
    assert false_discovery_control([]) == []


def test_the_floor_of_a_worked_example() -> None:
    """Logs 0, 1, 3: differences 1 and 2, mean square 2.5, t(0.975, 2) = 4.3027, over three blocks."""
    found = half_width_of_equals([math.exp(x) for x in (0, 1, 3)])
    assert found == pytest.approx(4.3027 * math.sqrt(2.5 / 3), abs=1e-4)
    assert half_width_of_equals([1.0, 2.0]) is None


def test_the_floor_is_the_interval_that_two_equals_have() -> None:
    """Over 2,000 runs of ten blocks: what one cell says of itself, and what the comparison with an equal found."""
    chance = np.random.default_rng(5)
    of_itself, of_equals = [], []
    for _ in range(2000):
        cell, equal = (np.exp(chance.normal(0, 0.04, 10)).tolist() for _ in range(2))
        ratio = paired_ratio(dict(enumerate(cell)), dict(enumerate(equal)))
        assert ratio is not None
        assert ratio.high is not None
        of_equals.append(math.log(ratio.high / ratio.mean) ** 2)
        of_itself.append((half_width_of_equals(cell) or 0.0) ** 2)
    assert np.mean(of_itself) == pytest.approx(np.mean(of_equals), rel=0.03)


def test_slow_drift_is_no_part_of_the_floor() -> None:
    drifting = [100 * 1.001**block for block in range(20)]
    half_width = half_width_of_equals(drifting)
    assert half_width is not None
    assert half_width < 0.001
    estimate = log_mean(drifting)
    assert estimate is not None
    assert estimate.high is not None
    assert math.log(estimate.high / estimate.mean) > 0.002
