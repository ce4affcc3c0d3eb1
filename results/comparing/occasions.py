"""Two runs are two occasions: may their blocks be paired, and what their ratio is when they may not. Pure."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from results.analysis.stats import CONFIDENCE, MIN_TRIALS_FOR_INTERVAL, Estimate, mean_and_error
from results.analysis.verdicts import RatioTest


class Stretch(NamedTuple):
    """When the first trial of a block began, and the last one ended."""

    #: When the first trial began.
    begin: datetime
    #: When the last trial ended.
    end: datetime


def took_turns(ours: Mapping[int, Stretch], theirs: Mapping[int, Stretch]) -> bool:
    """Did the two runs take turns, so that their blocks of one number follow each other with no other in between?

    Only then a block's two trials share what the machine was doing, which is what pairing removes (Abedi & Brecht
    2017). The same seed or plan does not make it so, and runs that overlap disturb each other. Keys are block numbers;
    False with under two in common.
    """
    common = len(set(ours) & set(theirs))
    both = sorted((stretch, block) for run in (ours, theirs) for block, stretch in run.items())
    neighbours = list(pairwise(both))
    apart = all(one.end < other.begin for (one, _), (other, _) in neighbours)
    return common > 1 and apart and sum(one == other for (_, one), (_, other) in neighbours) == common


def unpaired(ours: Sequence[float], theirs: Sequence[float], *, more_is_better: bool = True) -> RatioTest | None:
    """The ratio of the geometric means of positive values, whose numbers and spreads may differ.

    Welch's t test and interval on the difference of the mean logs, with the degrees of freedom of Welch & Satterthwaite
    (Welch 1947, "The generalization of Student's problem when several different population variances are involved").
    ``n`` of the estimate is the smaller number of values. No interval with fewer than three on a side; p is 1 with
    fewer than two, which say nothing. None when a side has no value; ValueError for one that is not positive.
    """
    if not ours or not theirs:
        return None
    if min(*ours, *theirs) <= 0:
        raise ValueError("unpaired needs positive values")
    (mean, error), (other_mean, other_error) = (mean_and_error([math.log(v) for v in side]) for side in (ours, theirs))
    difference, fewest = mean - other_mean, min(len(ours), len(theirs))
    both = math.hypot(error, other_error)
    if fewest < 2:
        return RatioTest(Estimate(math.exp(difference), None, None, fewest), 1.0, more_is_better)
    if both == 0:  # all values of a side are the same, such as a memory that never changes
        p, half_width = (1.0 if difference == 0 else 0.0), 0.0
    else:
        shares = ((error / both) ** 4 / (len(ours) - 1), (other_error / both) ** 4 / (len(theirs) - 1))
        degrees = 1 / sum(shares)
        from scipy.special import stdtr, stdtrit  # as in ``stats``

        p = 2 * float(stdtr(degrees, -abs(difference / both)))
        half_width = float(stdtrit(degrees, 0.5 + CONFIDENCE / 2)) * both
    low, high = math.exp(difference - half_width), math.exp(difference + half_width)
    if fewest < MIN_TRIALS_FOR_INTERVAL:
        return RatioTest(Estimate(math.exp(difference), None, None, fewest), p, more_is_better)
    return RatioTest(Estimate(math.exp(difference), low, high, fewest), p, more_is_better)
