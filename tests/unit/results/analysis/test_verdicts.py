"""Verdicts: their rules one by one, the p values against SciPy's own test, and a family's adjustment by hand."""

import random

import numpy as np
import pytest
from scipy import stats as scipy_stats

from results.analysis.stats import Estimate
from results.analysis.verdicts import Pair, Verdict, compare, p_of_no_difference, verdict_of


@pytest.mark.parametrize(
    ("low", "high", "p", "blocks", "verdict"),
    [
        (1.04, 1.2, 0.01, 6, Verdict.FASTER),
        (0.8, 0.96, 0.01, 6, Verdict.SLOWER),
        (1.02, 1.2, 0.01, 6, Verdict.TOO_CLOSE),  # may be within what does not matter
        (1.04, 1.2, 0.06, 6, Verdict.TOO_CLOSE),  # one of many comparisons
        (0.98, 1.02, 0.9, 6, Verdict.SAME),
        (1.005, 1.02, 0.001, 6, Verdict.SAME),  # there is a difference, and it does not matter
        (0.9, 1.1, 0.9, 6, Verdict.TOO_CLOSE),
        (1.04, 1.2, 0.01, 4, Verdict.INSUFFICIENT),
        (None, None, 1.0, 6, Verdict.INSUFFICIENT),
    ],
)
def test_the_rules(low: float | None, high: float | None, p: float, blocks: int, verdict: Verdict) -> None:
    assert verdict_of(Estimate(1.0, low, high, blocks), p) is verdict


def test_a_shorter_latency_is_faster() -> None:
    assert verdict_of(Estimate(0.5, 0.4, 0.6, 6), 0.001, more_is_better=False) is Verdict.FASTER
    assert verdict_of(Estimate(2.0, 1.8, 2.2, 6), 0.001, more_is_better=False) is Verdict.SLOWER


def test_p_is_that_of_scipys_t_test() -> None:
    chance = random.Random(3)
    for blocks in (2, 5, 6, 20):
        ratios = [chance.lognormvariate(0.02, 0.05) for _ in range(blocks)]
        assert p_of_no_difference(ratios) == pytest.approx(
            scipy_stats.ttest_1samp(np.log(ratios), 0.0).pvalue, rel=1e-9
        )
    assert p_of_no_difference([1.0, 1.0]) == 1.0
    assert p_of_no_difference([1.5, 1.5, 1.5]) == 0.0
    assert p_of_no_difference([1.5]) == p_of_no_difference([]) == 1.0


def test_a_familys_p_values_are_adjusted_together_and_without_those_that_say_nothing() -> None:
    """By hand: of m ordered p values, the i-th becomes the least of p_j m / j over j >= i (Benjamini & Hochberg)."""
    chance = random.Random(5)
    pairs = [
        Pair({block: chance.lognormvariate(shift, 0.05) for block in range(6)}, dict.fromkeys(range(6), 1.0))
        for shift in (0.0, 0.05, 0.1, 0.02)
    ]
    few = Pair({0: 2.0, 1: 3.0}, {0: 1.0, 1: 1.0})
    found = compare([pairs[0], few, *pairs[1:], Pair({0: 1.0}, {1: 1.0})])
    assert found[-1] is None
    family = [comparison for comparison in found if comparison and comparison.estimate.n == 6]
    ordered = sorted(family, key=lambda comparison: comparison.p)
    for place, comparison in enumerate(ordered):
        by_hand = min(later.p * 4 / (place + 1 + n) for n, later in enumerate(ordered[place:]))
        assert comparison.adjusted_p == pytest.approx(min(1.0, by_hand))
    assert found[1] is not None
    assert found[1].verdict is Verdict.INSUFFICIENT
