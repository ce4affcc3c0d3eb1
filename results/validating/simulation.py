"""Simulated runs whose truth is known, with noise as machines have it: how often are their verdicts wrong? Pure."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from results.analysis.stopping import DEFAULT_MAX_BLOCKS, DEFAULT_MIN_BLOCKS, Evidence, unsettled_groups
from results.analysis.verdicts import Comparison, Pair, Verdict, compare
from results.validating.machine_noise import CPU_TIME_BY_TURNS, TURNS, WINDOWS, log_rates
from results.validating.validation import HANDICAPS, coverage, false_alarm_rate, power, proportion

BLOCKS = (6, 10, 20)
# Runs that end when their intervals are narrow enough.
STOPPED = f"{DEFAULT_MIN_BLOCKS}..{DEFAULT_MAX_BLOCKS}"
# Pairs compared in each simulated run, the family over which p values are adjusted; and how many of them are of one
# group, whose blocks end together: three servers with two styles each, as in the profile ``standard``.
_PAIRS = 9
_PAIRS_OF_GROUP = 3

# Log rates of equal cells, (block, group, rival): from how many blocks, groups in each, and rivals in each group. The
# rivals of a group stand in the order in which they are measured, as far as one comes after the other.
Noise = Callable[[np.random.Generator, int, int, int], "np.ndarray[Any, Any]"]


def _normal(chance: np.random.Generator, blocks: int, groups: int, rivals: int) -> "np.ndarray[Any, Any]":
    """Each trial by itself, 2 %; and what a block's trials share, 3 %."""
    return chance.normal(0, 0.02, (blocks, groups, rivals)) + chance.normal(0, 0.03, (blocks, 1, 1))


def _heavy_tailed(chance: np.random.Generator, blocks: int, groups: int, rivals: int) -> "np.ndarray[Any, Any]":
    """The same spread, with outliers: Student's t with three degrees of freedom."""
    tails = chance.standard_t(3, (blocks, groups, rivals)) * 0.02 / np.sqrt(3)
    return np.asarray(tails + chance.normal(0, 0.03, (blocks, 1, 1)))


def _drifting(chance: np.random.Generator, blocks: int, groups: int, rivals: int) -> "np.ndarray[Any, Any]":
    """A machine that wanders: a random walk from trial to trial, 0.7 % a step, beside 1.5 % of each trial's own."""
    walk = np.cumsum(chance.normal(0, 0.007, blocks * groups * rivals)).reshape(blocks, groups, rivals)
    return np.asarray(walk + chance.normal(0, 0.015, walk.shape))


NOISES: dict[str, Noise] = {
    "normal": _normal,
    "heavy-tailed": _heavy_tailed,
    "drifting": _drifting,
    "shared, one by one": partial(log_rates, WINDOWS),
    "shared, by turns": partial(log_rates, TURNS),
    "shared, CPU by turns": partial(log_rates, CPU_TIME_BY_TURNS),
}


def simulated_run(noise: Noise, blocks: int, chance: np.random.Generator) -> "np.ndarray[Any, Any]":
    """Log rates of one run in which all are the same in truth: (pair, cell of the pair, block).

    As in a real run, each block measures the cells of a group one soon after the other, in an order of its own.
    """
    rivals = 2 * _PAIRS_OF_GROUP
    measured = noise(chance, blocks, _PAIRS // _PAIRS_OF_GROUP, rivals)
    order = np.argsort(chance.random(measured.shape), axis=2)
    return np.take_along_axis(measured, order, axis=2).reshape(blocks, -1).T.reshape(_PAIRS, 2, blocks)


def blocks_used(log_rates: "np.ndarray[Any, Any]") -> list[int]:
    """How many of its blocks each pair of the run would get, if it ended as a real one does (see ``stopping``)."""
    pairs = np.exp(log_rates).tolist()
    groups = [pairs[first : first + _PAIRS_OF_GROUP] for first in range(0, len(pairs), _PAIRS_OF_GROUP)]
    return [used for group in groups for used in [_blocks_used([c for pair in group for c in pair])] * len(group)]


def _blocks_used(cells: Sequence[Sequence[float]]) -> int:
    most = len(cells[0])
    for blocks in range(DEFAULT_MIN_BLOCKS, most):
        if not unsettled_groups([Evidence(group=0, compared=rates[:blocks]) for rates in cells]):
            return blocks
    return most


def compared(
    log_rates: "np.ndarray[Any, Any]", handicap: float = 0.0, used: Sequence[int] | None = None
) -> list[Comparison]:
    """The verdicts of a run whose second cells are ``handicap`` slower than it says, e.g. 0.05 for 5 %.

    used: how many blocks each pair had; all of them by default.
    """
    rates = np.exp(log_rates)
    rates[:, 1] *= 1 - handicap
    lengths = used or [log_rates.shape[2]] * len(rates)
    comparisons = compare(
        [
            Pair(dict(enumerate(first[:length])), dict(enumerate(second[:length])))
            for (first, second), length in zip(rates.tolist(), lengths, strict=True)
        ]
    )
    return [comparison for comparison in comparisons if comparison is not None]


def offline(runs: int, seed: int, says: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """{noise model: {blocks: {false_alarm_rate, coverage, power: {handicap: ...}}}}, each a ``Proportion``.

    blocks: 6, 10, 20, and ``6..20`` for runs that end when their intervals are narrow enough. Of those there are also
    blocks_used, the mean; same_verdict: how many of their comparisons, of equals and of handicapped ones, got the
    verdict that all 20 blocks give; contradicted: how many got one that those deny, as faster is denied by same.
    """
    by_noise: dict[str, Any] = {}
    for name, noise in NOISES.items():
        by_noise[name] = {}
        for blocks in BLOCKS:
            says(f"{runs} runs of {blocks} blocks, {name} noise")
            chance = np.random.default_rng([seed, blocks, *name.encode()])
            simulated = [simulated_run(noise, blocks, chance) for _ in range(runs)]
            by_noise[name][blocks] = _judged({h: [c for run in simulated for c in compared(run, h)] for h in _TRUTHS})
        says(f"{runs} runs of {STOPPED} blocks, {name} noise")
        by_noise[name][STOPPED] = _stopped(simulated)
    return by_noise


_TRUTHS = (0.0, *HANDICAPS)


def _judged(by_truth: Mapping[float, Sequence[Comparison]]) -> dict[str, Any]:
    return {
        "false_alarm_rate": false_alarm_rate(by_truth[0.0]),
        "coverage": coverage(by_truth[0.0]),
        "power": {handicap: power(by_truth[handicap]) for handicap in HANDICAPS},
    }


def _stopped(runs: "Sequence[np.ndarray[Any, Any]]") -> dict[str, Any]:
    """The same runs of the most blocks, as they would have ended."""
    by_truth: dict[float, list[Comparison]] = {truth: [] for truth in _TRUTHS}
    used: list[int] = []
    same = contradicted = 0
    for run in runs:
        of_run = blocks_used(run)
        used += of_run
        for truth in _TRUTHS:
            early, late = compared(run, truth, of_run), compared(run, truth)
            by_truth[truth] += early
            verdicts = [(one.verdict, other.verdict) for one, other in zip(early, late, strict=True)]
            same += sum(one is other for one, other in verdicts)
            contradicted += sum(one is not other and Verdict.TOO_CLOSE not in (one, other) for one, other in verdicts)
    return {
        **_judged(by_truth),
        "blocks_used": float(np.mean(used)),
        "same_verdict": proportion(same, len(used) * len(_TRUTHS)),
        "contradicted": proportion(contradicted, len(used) * len(_TRUTHS)),
    }
