"""The statistics of the report. Pure functions over plain numbers and arrays."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

CONFIDENCE = 0.95
MIN_TRIALS_FOR_INTERVAL = 3
# Ratios this near to 1 are of no practical interest, as criterion.rs has its noise threshold.
SAME_BAND = 0.03
PERCENTILES_PER_MILLE = {"p50": 500, "p90": 900, "p95": 950, "p99": 990, "p999": 999}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its 95 % interval."""

    #: The mean; which one, the function says that computed it.
    mean: float
    #: The interval's lower end; None with too few values for an interval.
    low: float | None
    #: Its upper end.
    high: float | None
    #: How many values it is of.
    n: int


def interval_of(estimate: Estimate | None) -> dict[str, float | None] | None:
    """An estimate as it stands in summary.json."""
    return None if estimate is None else {"mean": estimate.mean, "low": estimate.low, "high": estimate.high}


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


def arithmetic_mean(values: Sequence[float]) -> Estimate | None:
    """The arithmetic mean of values that may be 0, with a Student t interval on their own scale, which ends at 0.

    For events that come on a schedule: a window without any counts as 0, which has no logarithm. To leave it out would
    say that the others are all there is. None without values; ValueError for a negative one.
    """
    if not values:
        return None
    if min(values) < 0:
        raise ValueError("arithmetic_mean needs values of 0 or more")
    mean, error = mean_and_error(values)
    if len(values) < MIN_TRIALS_FOR_INTERVAL:
        return Estimate(mean, None, None, len(values))
    half_width = _t_quantile(len(values) - 1) * error
    return Estimate(mean, max(0.0, mean - half_width), mean + half_width, len(values))


def mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """The mean and its standard error, which is 0 for a single value.

    Sums without rounding errors (math.fsum); for a run's few blocks that is also several times faster than arrays.
    """
    count = len(values)
    mean = math.fsum(values) / count
    if count < 2:
        return mean, 0.0
    return mean, math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1) / count)


def half_width_of_equals(values: Sequence[float]) -> float | None:
    """Half the width of the 95 % interval of the log ratio of two equal cells, judged by one cell's trials.

    values: positive, one per trial, in their order. Each trial stands beside the next one as one equal beside the
    other: the variance of their log ratio is the mean square of the successive differences (von Neumann, Kent,
    Bellinson & Hart 1941, "The mean square successive difference"), in which what drifts slowly drops out as it does
    from pairs. The interval is that of ``paired_ratio`` over as many blocks. None with too few values for an interval.
    """
    count = len(values)
    if count < MIN_TRIALS_FOR_INTERVAL:
        return None
    squares = [math.log(after / before) ** 2 for before, after in pairwise(values)]
    return _t_quantile(count - 1) * math.sqrt(math.fsum(squares) / (count - 1) / count)


@cache
def _t_quantile(degrees: int) -> float:
    """How many standard errors a 95 % interval goes to either side (Student's distribution, scipy.special.stdtrit).

    As everywhere in a report not from scipy.stats, which takes a second to import.
    """
    from scipy.special import stdtrit  # a third of a second, which a command line that is wrong need not wait for

    return float(stdtrit(degrees, 0.5 + CONFIDENCE / 2))


def false_discovery_control(p_values: Sequence[float]) -> list[float]:
    """The p values of a family of tests, adjusted for their number (Benjamini & Hochberg 1995).

    The k-th smallest of n is multiplied by n / k, and is at most what the next larger one becomes, and 1.
    """
    count = len(p_values)
    adjusted, least = [1.0] * count, 1.0
    for rank, place in reversed(list(enumerate(sorted(range(count), key=p_values.__getitem__), start=1))):
        least = min(least, p_values[place] * count / rank)
        adjusted[place] = least
    return adjusted


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


def shown_percentiles(latencies_ms: "np.ndarray[Any, Any]") -> dict[str, float]:
    """Those of ``percentiles`` that there are samples enough for; empty without samples."""
    every = percentiles(latencies_ms) or {}
    return {name: value for name, value in every.items() if can_show(name, len(latencies_ms))}


def enough(percentiles_ms: Mapping[str, float] | None, samples: int) -> dict[str, float]:
    """Those of the percentiles that so many samples are enough for; empty without any."""
    return {name: value for name, value in (percentiles_ms or {}).items() if can_show(name, samples)}


def percentiles(latencies_ms: "np.ndarray[Any, Any]") -> dict[str, float] | None:
    """p50 to p99.9 and the maximum, in ms. None without samples.

    Every figure is one of the samples: the smallest that at least that share of them does not exceed (nearest rank,
    Hyndman & Fan's type 1), with the rank computed in whole numbers. Nothing is interpolated or rounded.
    """
    count = len(latencies_ms)
    if not count:
        return None
    indices = _indices(count)
    ordered = np.partition(latencies_ms, sorted(set(indices.values())))
    return {name: float(ordered[index]) for name, index in indices.items()}


def percentiles_of_sorted(ordered: "np.ndarray[Any, Any]") -> dict[str, float] | None:
    """The same of samples that stand in ascending order already."""
    return {name: float(ordered[index]) for name, index in _indices(len(ordered)).items()} if len(ordered) else None


def _indices(count: int) -> dict[str, int]:
    """Where each percentile and the maximum stand among so many samples in ascending order."""
    return {**{name: -(-count * share // 1000) - 1 for name, share in PERCENTILES_PER_MILLE.items()}, "max": count - 1}


# Points of a spectrum for each tenfold of requests: enough for a smooth line.
_POINTS_PER_DECADE = 16


def spectrum(ordered: "np.ndarray[Any, Any]") -> list[tuple[float, float]]:
    """Points of the latency spectrum: ``(n, latency)``, one in n samples is longer than that latency.

    ordered: the samples in ascending order. From the shortest sample to the last one that has ten beyond it, each of
    them a sample, by nearest rank; n is exact. Even steps of log n, as HdrHistogram's plots have them.
    """
    count = len(ordered)
    decades = math.log10(count / MIN_SAMPLES_BEYOND) if count > MIN_SAMPLES_BEYOND else 0.0
    steps = (10 ** (step / _POINTS_PER_DECADE) for step in range(1, math.floor(decades * _POINTS_PER_DECADE) + 1))
    # Among them the median and p95 by name; p90, p99 and so on are steps.
    beyond = {count - 1, MIN_SAMPLES_BEYOND, count // 2, count // 20, *(math.floor(count / step) for step in steps)}
    return [
        (count / number, float(ordered[count - number - 1]))
        for number in sorted(beyond, reverse=True)
        if MIN_SAMPLES_BEYOND <= number < count
    ]
