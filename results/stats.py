"""The statistics of the report. Pure functions over plain numbers and arrays."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy import stats as scipy_stats

CONFIDENCE = 0.95
MIN_TRIALS_FOR_INTERVAL = 3
# Ratios this near to 1 are of no practical interest, as criterion.rs has its noise threshold.
SAME_BAND = 0.03
PERCENTILES_PER_MILLE = {"p50": 500, "p90": 900, "p95": 950, "p99": 990, "p999": 999}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its 95 % interval; low and high are None when there are too few values for one."""

    mean: float
    low: float | None
    high: float | None
    n: int


def log_mean(values: Sequence[float]) -> Estimate | None:
    """The geometric mean of positive values, with a Student t interval of the mean log value.

    On the log scale because rates and their noise are multiplicative; t and not a percentile bootstrap, which covers
    only about 87 % at n=6 (Kalibera & Jones 2013, "Rigorous benchmarking in reasonable time", for trials as the unit).
    None without values; ValueError for a value that is not positive.
    """
    if not values:
        return None
    if min(values) <= 0:
        raise ValueError("log_mean needs positive values")
    mean, error = mean_and_error([math.log(value) for value in values])
    if len(values) < MIN_TRIALS_FOR_INTERVAL:
        return Estimate(math.exp(mean), None, None, len(values))
    half_width = _t_quantile(len(values) - 1) * error
    return Estimate(math.exp(mean), math.exp(mean - half_width), math.exp(mean + half_width), len(values))


def mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """The mean and its standard error, which is 0 for a single value.

    Sums without rounding errors (math.fsum); for a run's few blocks that is also several times faster than arrays.
    """
    count = len(values)
    mean = math.fsum(values) / count
    if count < 2:
        return mean, 0.0
    return mean, math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1) / count)


@cache
def _t_quantile(degrees: int) -> float:
    """How many standard errors a 95 % interval goes to either side (scipy.stats.t)."""
    return float(scipy_stats.t.ppf(0.5 + CONFIDENCE / 2, degrees))


def block_ratios(numerators: Mapping[int, float], denominators: Mapping[int, float]) -> list[float]:
    """The ratio within each block that has both; keys are block numbers."""
    return [numerators[block] / denominators[block] for block in numerators if block in denominators]


def paired_ratio(numerators: Mapping[int, float], denominators: Mapping[int, float]) -> Estimate | None:
    """The ratio of two cells from the blocks that have both, as ``log_mean`` of the per-block ratios.

    Pairing by block removes what the two trials of a block share, such as the machine's slow drift (Abedi & Brecht
    2017, randomized multiple interleaved trials). Keys are block numbers. None when no block has both.
    """
    return log_mean(block_ratios(numerators, denominators))


# A high percentile is shown where at least this many samples lie beyond it; with fewer it is all but the maximum.
MIN_SAMPLES_BEYOND = 10


def can_show(name: str, samples: int) -> bool:
    """Are there samples enough to show this percentile? The median and the maximum are what they are."""
    if name in ("p50", "max"):
        return samples > 0
    return samples * (1000 - PERCENTILES_PER_MILLE[name]) >= MIN_SAMPLES_BEYOND * 1000


def percentiles(latencies_ms: "np.ndarray[Any, Any]") -> dict[str, float] | None:
    """p50 to p99.9 and the maximum, in ms. None without samples.

    Every figure is one of the samples: the smallest that at least that share of them does not exceed (nearest rank,
    Hyndman & Fan's type 1), with the rank computed in whole numbers. Nothing is interpolated or rounded.
    """
    count = len(latencies_ms)
    if not count:
        return None
    indices = {name: -(-count * share // 1000) - 1 for name, share in PERCENTILES_PER_MILLE.items()}
    ordered = np.partition(latencies_ms, sorted({*indices.values(), count - 1}))
    return {**{name: float(ordered[index]) for name, index in indices.items()}, "max": float(ordered[-1])}
