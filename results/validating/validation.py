"""How often the verdicts are wrong, where the truth is known: in live runs of equals and of handicapped ones. Pure.

``simulation`` asks the same of simulated runs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from djbench.cell import Cell
from results.analysis.stats import CONFIDENCE
from results.analysis.verdicts import Comparison, Pair, Verdict, compare
from results.records.schema import Trial

HANDICAPS = (0.02, 0.05, 0.10)
# The label of the cells that the others of their place are compared with.
BASE = "a"


@dataclass(frozen=True, slots=True)
class Proportion:
    """A share of cases, with its 95 % interval (Wilson 1927, scipy.stats.binomtest)."""

    #: The share, from 0 to 1.
    value: float
    #: The lower end of its interval.
    low: float
    #: The upper end of its interval.
    high: float
    #: How many cases there are.
    n: int


def proportion(count: int, of: int) -> Proportion:
    """``count`` of ``of`` cases; with none, anything between 0 and 1."""
    if not of:
        return Proportion(0.0, 0.0, 1.0, 0)
    from scipy import stats as scipy_stats  # here, because it takes a second to import

    interval = scipy_stats.binomtest(count, of).proportion_ci(CONFIDENCE, method="wilson")
    return Proportion(count / of, float(interval.low), float(interval.high), of)


def is_different(comparison: Comparison) -> bool:
    """Was a difference called?"""
    return comparison.verdict in (Verdict.FASTER, Verdict.SLOWER)


def covers_one(comparison: Comparison) -> bool:
    """Does the interval contain the truth of equals?"""
    low, high = comparison.estimate.low, comparison.estimate.high
    return low is not None and high is not None and low <= 1 <= high


def false_alarm_rate(equals: Sequence[Comparison]) -> Proportion:
    """Of comparisons of equals, how many were called different."""
    judged = _judged(equals)
    return proportion(sum(map(is_different, judged)), len(judged))


def coverage(equals: Sequence[Comparison]) -> Proportion:
    """Of the 95 % intervals of the ratio of equals, how many contain 1."""
    judged = _judged(equals)
    return proportion(sum(map(covers_one, judged)), len(judged))


def power(against_handicapped: Sequence[Comparison]) -> Proportion:
    """Of comparisons with something slower, how many were called ``faster``."""
    judged = _judged(against_handicapped)
    return proportion(sum(comparison.verdict is Verdict.FASTER for comparison in judged), len(judged))


def _judged(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Those that had blocks enough for a verdict: of the others nothing was said that could be wrong."""
    return [comparison for comparison in comparisons if comparison.verdict is not Verdict.INSUFFICIENT]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownComparison:
    """A comparison of a live run whose truth is known: the base over an equal, or over one that is handicapped."""

    #: The one that the base is compared with.
    cell: Cell
    #: By how much its throughput is lower in truth, as a share; 0 for an equal.
    handicap: float
    #: What the run says of the two.
    comparison: Comparison


def label_of(handicap: float, number: int) -> str:
    """The label of the ``number``-th cell of its kind (from 1) at a place, such as ``b1`` or ``10 % slower``."""
    return f"{100 * handicap:g} % slower" if handicap else f"b{number}"


def _handicap(cell: Cell) -> float:
    share, _, rest = (cell.label or "").partition(" % ")
    return float(share) / 100 if rest == "slower" else 0.0


def known_comparisons(cells: Sequence[Cell], trials: Iterable[Trial]) -> list[KnownComparison]:
    """The comparisons of a validation's cells with the base of their place, as one family, in the order of the cells.

    A place is a cell without its label and handicap. Without a common block of valid trials there is no comparison.
    """
    by_block: dict[Cell, dict[int, float]] = {cell: {} for cell in cells}
    for trial in trials:
        if trial.valid and trial.measurement:
            by_block[trial.cell][trial.block] = trial.measurement.throughput_rps
    base = {cell.place: by_block[cell] for cell in cells if cell.label == BASE}
    others = [cell for cell in cells if cell.label != BASE]
    comparisons = compare([Pair(base[cell.place], by_block[cell]) for cell in others])
    return [
        KnownComparison(cell=cell, handicap=_handicap(cell), comparison=comparison)
        for cell, comparison in zip(others, comparisons, strict=True)
        if comparison is not None
    ]


def verdict_rates(comparisons: Sequence[KnownComparison]) -> dict[str, Any]:
    """{false_alarm_rate, coverage, power: {handicap: ...}}, each a ``Proportion``."""
    by_handicap: dict[float, list[Comparison]] = {0.0: []}
    for judged in comparisons:
        by_handicap.setdefault(judged.handicap, []).append(judged.comparison)
    equals = by_handicap.pop(0.0)
    return {
        "false_alarm_rate": false_alarm_rate(equals),
        "coverage": coverage(equals),
        "power": {handicap: power(by_handicap[handicap]) for handicap in sorted(by_handicap)},
    }
