"""The schedule of an open load: its moments, whoever sends them."""

import statistics
from itertools import pairwise

import pytest

from djbench.load import Arrivals
from djbench.rate import parse_rate
from scenarios.schedule import arrivals_ns, share

S = 1_000_000_000


def moments(rate: str, window_s: float = 10, arrivals: Arrivals = "poisson", seed: int = 1) -> list[int]:
    return list(arrivals_ns(parse_rate(rate, window_s), arrivals, seed))


def test_constant_arrivals_are_evenly_spaced() -> None:
    found = moments("100", 2, "constant")
    assert len(found) == 200
    assert found[0] == S // 200
    assert {later - earlier for earlier, later in pairwise(found)} == {S // 100}


@pytest.mark.parametrize("rate", ["100..500/10s", "500..100/10s", "300/5s,100/5s", "0.01..600/10s"])
@pytest.mark.parametrize("arrivals", ["constant", "poisson"])
def test_the_count_up_to_any_moment_is_the_integral_of_the_rate(rate: str, arrivals: Arrivals) -> None:
    stages = parse_rate(rate, 10)
    found = moments(rate, 10, arrivals)
    assert found == sorted(found)
    for end_s in (1, 2.5, 5, 7.5, 10):
        expected, left_s = 0.0, end_s
        for stage in stages:
            length_s = min(left_s, stage.length_s)
            last = stage.first + (stage.last - stage.first) * length_s / stage.length_s
            expected += length_s * (stage.first + last) / 2
            left_s -= length_s
        count = sum(moment < end_s * S for moment in found)
        # Five standard deviations of a Poisson count, for a seed that stays the same; constant ones are exact.
        assert abs(count - expected) <= (1 if arrivals == "constant" else 5 * expected**0.5)


def test_poisson_gaps_are_exponential() -> None:
    """Mean and standard deviation of an exponential distribution are the same, and its median is ln 2 of the mean."""
    gaps = [later - earlier for earlier, later in pairwise(moments("1000", 20))]
    mean = statistics.fmean(gaps)
    assert mean == pytest.approx(S / 1000, rel=0.03)
    assert statistics.stdev(gaps) == pytest.approx(mean, rel=0.05)
    assert statistics.median(gaps) == pytest.approx(mean * 0.693, rel=0.05)


def test_the_seed_decides() -> None:
    assert moments("50", seed=1) == moments("50", seed=1) != moments("50", seed=2)


@pytest.mark.parametrize("generators", [1, 2, 3, 7])
def test_the_generators_shares_are_the_schedule(generators: int) -> None:
    whole = moments("100..300/3s,50/1s")
    parts = [
        list(share(arrivals_ns(parse_rate("100..300/3s,50/1s", 1), "poisson", 1), number, generators))
        for number in range(generators)
    ]
    assert sorted(moment for part in parts for moment in part) == whole
