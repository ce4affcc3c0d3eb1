"""When the requests of an open load are due. Pure: a seeded sequence of moments, no clock."""

import math
import random
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TypeVar

from djbench.load import Arrivals
from djbench.rate import Stage

_T = TypeVar("_T")


def arrivals_ns(stages: Sequence[Stage], arrivals: Arrivals, seed: int) -> Iterator[int]:
    """The moments of the arrivals, ascending, in ns from the start of the first stage to the end of the last.

    An arrival process of rate r(t) is one of rate 1 on the scale of the expected count L(t), the integral of r (the
    change of time scale in Cox & Lewis 1966, "The Statistical Analysis of Series of Events"): so both kinds walk along
    L, by 1 or by a draw from Exp(1), and the inverse of L says when. Constant arrivals start half a step in.
    """
    chance = random.Random(f"arrivals {seed}")  # noqa: S311  a schedule that the seed reproduces, not a secret
    count = 0.5 if arrivals == "constant" else chance.expovariate(1.0)
    start_s = before = 0.0
    for stage in stages:
        until = before + stage.length_s * (stage.first + stage.last) / 2
        while count < until:
            yield round((start_s + _time_of(stage, count - before)) * 1e9)
            count += 1.0 if arrivals == "constant" else chance.expovariate(1.0)
        start_s += stage.length_s
        before = until


def _time_of(stage: Stage, count: float) -> float:
    """Seconds into the stage at which ``count`` arrivals are expected: first*t + slope*t^2/2 = count."""
    slope = (stage.last - stage.first) / stage.length_s
    # The form without a difference of near numbers: exact for slope 0, stable for a small one. The root is never of a
    # negative number but by rounding, at the end of a ramp down to almost 0.
    return 2 * count / (stage.first + math.sqrt(max(0.0, stage.first**2 + 2 * slope * count)))


def stretch(due: Iterator[tuple[int, _T]], offset_ns: int) -> Iterator[tuple[int, _T]]:
    """What is due from ``offset_ns`` on, counted from there, for a slice that is a stretch of a longer schedule."""
    for moment_ns, request in due:
        if moment_ns >= offset_ns:
            yield moment_ns - offset_ns, request


def share(due: Iterator[_T], index: int, of: int) -> Iterator[_T]:
    """Every ``of``-th of what is due from number ``index`` on, for one of several generators.

    Taken together, the shares are the schedule itself: a run does not depend on how many generators sent it.
    """
    return islice(due, index, None, of)
