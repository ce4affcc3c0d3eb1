"""How often the verdicts are wrong: on simulated runs whose truth is known, or on the outcomes of live ones. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats as scipy_stats

from results.stats import CONFIDENCE
from results.verdicts import Comparison, Pair, Verdict, compare

BLOCKS = (6, 10, 20)
HANDICAPS = (0.02, 0.05, 0.10)
# Pairs compared in each simulated run: the family over which p values are adjusted.
_PAIRS = 8

# Log rates of a run's trials, (blocks, trials of a block in the order they are made).
Noise = Callable[[np.random.Generator, int, int], "np.ndarray[Any, Any]"]


@dataclass(frozen=True, slots=True)
class Proportion:
    """A share of ``n`` cases, with its 95 % interval (Wilson 1927, scipy.stats.binomtest)."""

    value: float
    low: float
    high: float
    n: int


def proportion(count: int, of: int) -> Proportion:
    """``count`` of ``of`` cases; with none, anything between 0 and 1."""
    if not of:
        return Proportion(0.0, 0.0, 1.0, 0)
    interval = scipy_stats.binomtest(count, of).proportion_ci(CONFIDENCE, method="wilson")
    return Proportion(count / of, float(interval.low), float(interval.high), of)


def _normal(chance: np.random.Generator, blocks: int, trials: int) -> "np.ndarray[Any, Any]":
    """Each trial by itself, 2 %; and what a block's trials share, 3 %."""
    return chance.normal(0, 0.02, (blocks, trials)) + chance.normal(0, 0.03, (blocks, 1))


def _heavy_tailed(chance: np.random.Generator, blocks: int, trials: int) -> "np.ndarray[Any, Any]":
    """The same spread, with outliers: Student's t with three degrees of freedom."""
    tails = chance.standard_t(3, (blocks, trials)) * 0.02 / np.sqrt(3)
    return np.asarray(tails + chance.normal(0, 0.03, (blocks, 1)))


def _drifting(chance: np.random.Generator, blocks: int, trials: int) -> "np.ndarray[Any, Any]":
    """A machine that wanders: a random walk from trial to trial, 0.7 % a step, beside 1.5 % of each trial's own."""
    walk = np.cumsum(chance.normal(0, 0.007, blocks * trials)).reshape(blocks, trials)
    return np.asarray(walk + chance.normal(0, 0.015, (blocks, trials)))


NOISES: dict[str, Noise] = {"normal": _normal, "heavy-tailed": _heavy_tailed, "drifting": _drifting}


def simulated_run(noise: Noise, blocks: int, chance: np.random.Generator) -> "np.ndarray[Any, Any]":
    """Log rates of one run in which all are the same in truth: (pair, cell of the pair, block).

    As in a real run, each block makes every trial once, in an order of its own.
    """
    rates = noise(chance, blocks, 2 * _PAIRS)
    order = np.argsort(chance.random((blocks, 2 * _PAIRS)), axis=1)
    placed = np.take_along_axis(rates, order, axis=1)
    return placed.T.reshape(_PAIRS, 2, blocks)


def compared(log_rates: "np.ndarray[Any, Any]", handicap: float = 0.0) -> list[Comparison]:
    """The verdicts of a run whose second cells are ``handicap`` slower than it says, e.g. 0.05 for 5 %."""
    rates = np.exp(log_rates)
    rates[:, 1] *= 1 - handicap
    found = compare([Pair(dict(enumerate(first)), dict(enumerate(second))) for first, second in rates.tolist()])
    return [comparison for comparison in found if comparison is not None]


def offline(runs: int, seed: int, says: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """{noise model: {blocks: {false_alarm_rate, coverage, power: {handicap: ...}}}}, each a ``Proportion``.

    false_alarm_rate: of comparisons of equals, how many were called different. coverage: of the 95 % intervals of
    their ratio, how many contain 1. power: of comparisons with something a handicap slower, how many were called so.
    """
    found: dict[str, Any] = {}
    for name, noise in NOISES.items():
        found[name] = {}
        for blocks in BLOCKS:
            says(f"{runs} runs of {blocks} blocks, {name} noise")
            chance = np.random.default_rng([seed, blocks, *name.encode()])
            found[name][blocks] = _of_many([simulated_run(noise, blocks, chance) for _ in range(runs)])
    return found


def _of_many(runs: "Sequence[np.ndarray[Any, Any]]") -> dict[str, Any]:
    equals = [comparison for log_rates in runs for comparison in compared(log_rates)]
    return {
        "false_alarm_rate": proportion(sum(map(is_different, equals)), len(equals)),
        "coverage": proportion(sum(map(covers_one, equals)), len(equals)),
        "power": {handicap: power([c for run in runs for c in compared(run, handicap)]) for handicap in HANDICAPS},
    }


def power(against_handicapped: Sequence[Comparison]) -> Proportion:
    """Of comparisons with something slower, how many were called ``faster``."""
    return proportion(
        sum(comparison.verdict is Verdict.FASTER for comparison in against_handicapped), len(against_handicapped)
    )


def is_different(comparison: Comparison) -> bool:
    """Was a difference called?"""
    return comparison.verdict in (Verdict.FASTER, Verdict.SLOWER)


def covers_one(comparison: Comparison) -> bool:
    """Does the interval contain the truth of equals?"""
    low, high = comparison.estimate.low, comparison.estimate.high
    return low is not None and high is not None and low <= 1 <= high
