"""Verdicts: what a comparison of two cells allows to say, and what it does not. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from results.analysis.stats import (
    SAME_BAND,
    Estimate,
    block_ratios,
    false_discovery_control,
    mean_and_error,
    paired_ratio,
)

MIN_BLOCKS = 5
FALSE_DISCOVERY_RATE = 0.05


class Verdict(StrEnum):
    """What is said of one cell beside another. Faster is: more requests per second, or a shorter latency."""

    FASTER = "faster"
    SLOWER = "slower"
    SAME = "same"
    """Any difference is too small to matter: the whole interval lies within 3 % of 1."""
    TOO_CLOSE = "too close to call"
    INSUFFICIENT = "insufficient"
    """Too few blocks to say anything."""


DECIDED = frozenset({Verdict.FASTER, Verdict.SLOWER, Verdict.SAME})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One cell over another."""

    #: The ratio, with its interval.
    estimate: Estimate
    #: Of the two-sided test that the ratio is 1.
    p: float
    #: The same, adjusted for the number of comparisons.
    adjusted_p: float
    #: What may be said.
    verdict: Verdict

    @property
    def inverse(self) -> "Comparison":
        """The other one over this one."""
        estimate = self.estimate
        low, high = (None if end is None else 1 / end for end in (estimate.high, estimate.low))
        return Comparison(
            estimate=Estimate(1 / estimate.mean, low, high, estimate.n),
            p=self.p,
            adjusted_p=self.adjusted_p,
            verdict=_INVERSE.get(self.verdict, self.verdict),
        )


_INVERSE = {Verdict.FASTER: Verdict.SLOWER, Verdict.SLOWER: Verdict.FASTER}


def p_of_no_difference(ratios: Sequence[float]) -> float:
    """The two-sided p value of a paired t test on log ratios, as scipy.stats.ttest_1samp gives it.

    From Student's distribution itself (scipy.special.stdtr), for validation asks for it a million times. 1 with fewer
    than two ratios, which say nothing; 0 or 1 where all ratios are the same.
    """
    if len(ratios) < 2:
        return 1.0
    from scipy.special import stdtr  # a third of a second, which a command line that is wrong need not wait for

    mean, error = mean_and_error([math.log(ratio) for ratio in ratios])
    if error == 0:
        return 1.0 if mean == 0 else 0.0
    return 2 * float(stdtr(len(ratios) - 1, -abs(mean / error)))


def verdict_of(estimate: Estimate, adjusted_p: float, *, more_is_better: bool = True) -> Verdict:
    """The verdict on a ratio.

    ``faster`` and ``slower`` need both: a p value under 0.05 after the adjustment for the number of comparisons
    (Benjamini & Hochberg 1995), and the whole interval outside of +-3 %, the band of no practical interest (as
    criterion.rs has its noise threshold).
    """
    if estimate.n < MIN_BLOCKS or estimate.low is None or estimate.high is None:
        return Verdict.INSUFFICIENT
    above, below = estimate.low > 1 + SAME_BAND, estimate.high < 1 - SAME_BAND
    if adjusted_p < FALSE_DISCOVERY_RATE and (above or below):
        return Verdict.FASTER if above == more_is_better else Verdict.SLOWER
    if estimate.low >= 1 - SAME_BAND and estimate.high <= 1 + SAME_BAND:
        return Verdict.SAME
    return Verdict.TOO_CLOSE


class Pair(NamedTuple):
    """Two cells' values by block number, to be compared."""

    #: Those of the first cell.
    ours: Mapping[int, float]
    #: Those of the second cell.
    theirs: Mapping[int, float]
    #: As of throughput, and not of latency.
    more_is_better: bool = True


class RatioTest(NamedTuple):
    """A tested ratio, as yet without a verdict."""

    #: The ratio, with its interval.
    estimate: Estimate
    #: Of the two-sided test that it is 1.
    p: float
    #: As of throughput, and not of latency.
    more_is_better: bool = True


def paired(pair: Pair) -> RatioTest | None:
    """The ratio of a pair within its common blocks, None without any."""
    estimate = paired_ratio(pair.ours, pair.theirs)
    if estimate is None:
        return None
    return RatioTest(estimate, p_of_no_difference(block_ratios(pair.ours, pair.theirs)), pair.more_is_better)


def compare(pairs: Sequence[Pair]) -> list[Comparison | None]:
    """Compare each pair block by block, all of them as one family of comparisons. None without a common block."""
    return judge_family([paired(pair) for pair in pairs])


def judge_family(tests: Sequence[RatioTest | None]) -> list[Comparison | None]:
    """The verdict on each test, all of them as one family of comparisons.

    The p values of the family are adjusted together (``stats.false_discovery_control``).
    Tests with too few blocks for a verdict are no part of it.
    """
    family = [number for number, test in enumerate(tests) if test is not None and test.estimate.n >= MIN_BLOCKS]
    adjusted = {number: test.p for number, test in enumerate(tests) if test is not None}
    if family:
        controlled = false_discovery_control([adjusted[number] for number in family])
        adjusted.update(zip(family, controlled, strict=True))
    return [
        None
        if test is None
        else Comparison(
            estimate=test.estimate,
            p=test.p,
            adjusted_p=adjusted[number],
            verdict=verdict_of(test.estimate, adjusted[number], more_is_better=test.more_is_better),
        )
        for number, test in enumerate(tests)
    ]
