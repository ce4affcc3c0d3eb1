"""How often the verdicts are wrong, where the truth is known: in live runs of equals and of handicapped ones. Pure.

``simulation`` asks the same of simulated runs.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import geometric_mean
from typing import Any

from djbench.cell import Cell
from results.analysis.figures.quantity import THROUGHPUT, Quantity
from results.analysis.figures.usage import server_cpu_ms_of
from results.analysis.figures.usage_figures import CPU
from results.analysis.stats import CONFIDENCE
from results.analysis.verdicts import Comparison, Pair, Verdict, compare
from results.records.schema import Measurement, Trial

HANDICAPS = (0.02, 0.05, 0.10)
# The label of the cells that the others of their place are compared with.
BASE = "a"
# What cells are compared by, and how a trial is read for it. Each quantity is a family of comparisons by itself.
JUDGED: Mapping[Quantity, Callable[[Measurement], float | None]] = {
    THROUGHPUT: lambda measurement: measurement.throughput_rps,
    CPU: server_cpu_ms_of,
}


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


def covers(comparison: Comparison, truth: float = 1.0) -> bool:
    """Does the interval contain the true ratio, which is 1 for equals?"""
    low, high = comparison.estimate.low, comparison.estimate.high
    return low is not None and high is not None and low <= truth <= high


def false_alarm_rate(equals: Sequence[Comparison]) -> Proportion:
    """Of comparisons of equals, how many were called different."""
    judged = _judged(equals)
    return proportion(sum(map(is_different, judged)), len(judged))


def coverage(equals: Sequence[Comparison]) -> Proportion:
    """Of the 95 % intervals of the ratio of equals, how many contain 1."""
    judged = _judged(equals)
    return proportion(sum(map(covers, judged)), len(judged))


def power(against_handicapped: Sequence[Comparison]) -> Proportion:
    """Of comparisons with something handicapped, in how many the base was called better: ``faster``, ``less CPU``."""
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
    #: By how much its throughput was meant to be lower, as a share; 0 for an equal.
    handicap: float
    #: The true ratio, see ``true_ratio``; None if no equal tells what a request costs.
    truth: float | None
    #: What the run says of the two.
    comparison: Comparison


def label_of(handicap: float, number: int) -> str:
    """The label of the ``number``-th cell of its kind (from 1) at a place, such as ``b1`` or ``10 % slower``."""
    return f"{100 * handicap:g} % slower" if handicap else f"b{number}"


def _handicap(cell: Cell) -> float:
    share, _, rest = (cell.label or "").partition(" % ")
    return float(share) / 100 if rest == "slower" else 0.0


def true_ratio(quantity: Quantity, handicap_us: float, costs_ms: Sequence[float]) -> float | None:
    """The true ratio of the base to a cell that burns so much in each request; None without a cost.

    costs_ms: what a request of the base costs in each block, in CPU time. The handicap is fixed in CPU time, and what a
    request costs moves with the speed of the machine. So one handicap is another share in each block, and in each run.
    Cells are handicapped only if CPU time is all that limits their throughput: then it falls as the cost rises.
    """
    if not handicap_us:
        return 1.0
    if not costs_ms:
        return None
    rise = geometric_mean([1 + handicap_us / 1000 / cost_ms for cost_ms in costs_ms])
    return rise if quantity.more_is_better else 1 / rise


def known_comparisons(quantity: Quantity, cells: Sequence[Cell], trials: Sequence[Trial]) -> list[KnownComparison]:
    """The comparisons of a validation's cells with the base of their place, as one family, in the order of the cells.

    A place is a cell without its label and handicap. Without a common block of valid trials there is no comparison.
    """
    values = _by_block(quantity, cells, trials)
    costs_ms = _costs_ms_of_equals(cells, trials)
    base = {cell.place: values[cell] for cell in cells if cell.label == BASE}
    others = [cell for cell in cells if cell.label != BASE]
    comparisons = compare([Pair(base[cell.place], values[cell], quantity.more_is_better) for cell in others])
    return [
        KnownComparison(
            cell=cell,
            handicap=_handicap(cell),
            truth=true_ratio(
                quantity, cell.handicap_us, _within(costs_ms[cell.place], base[cell.place].keys() & values[cell].keys())
            ),
            comparison=comparison,
        )
        for cell, comparison in zip(others, comparisons, strict=True)
        if comparison is not None
    ]


def _by_block(quantity: Quantity, cells: Sequence[Cell], trials: Sequence[Trial]) -> dict[Cell, dict[int, float]]:
    """The values of each cell's valid trials by block, without those of 0 (see ``Quantity.values``)."""
    by_block: dict[Cell, dict[int, float]] = {cell: {} for cell in cells}
    for trial in trials:
        value = JUDGED[quantity](trial.measurement) if trial.valid and trial.measurement else None
        if value:
            by_block[trial.cell][trial.block] = value
    return by_block


def _costs_ms_of_equals(cells: Sequence[Cell], trials: Sequence[Trial]) -> dict[Cell, dict[int, float]]:
    """What a request costs the equals of each place, in CPU time, by block.

    The base is not asked, though it costs the same: its noise is in the ratio that is judged. With the same noise in
    the truth, the two would move together, and the interval would seem to cover more often than it does.
    """
    of_equals: dict[Cell, dict[int, list[float]]] = {cell.place: {} for cell in cells}
    for cell, costs_ms in _by_block(CPU, cells, trials).items():
        if cell.label != BASE and not cell.handicap_us:
            for block, cost_ms in costs_ms.items():
                of_equals[cell.place].setdefault(block, []).append(cost_ms)
    return {
        place: {block: geometric_mean(costs_ms) for block, costs_ms in by_block.items()}
        for place, by_block in of_equals.items()
    }


def _within(by_block: Mapping[int, float], blocks: Collection[int]) -> list[float]:
    return [value for block, value in by_block.items() if block in blocks]


def verdict_rates(comparisons: Sequence[KnownComparison]) -> dict[str, Any]:
    """{false_alarm_rate, coverage, power: {handicap: ...}, coverage_of_handicaps: likewise}, each a ``Proportion``."""
    by_handicap: dict[float, list[KnownComparison]] = {0.0: []}
    for known in comparisons:
        by_handicap.setdefault(known.handicap, []).append(known)
    equals = [known.comparison for known in by_handicap.pop(0.0)]
    handicapped = {handicap: by_handicap[handicap] for handicap in sorted(by_handicap)}
    return {
        "false_alarm_rate": false_alarm_rate(equals),
        "coverage": coverage(equals),
        "power": {handicap: power([one.comparison for one in known]) for handicap, known in handicapped.items()},
        "coverage_of_handicaps": {handicap: coverage_of_truths(known) for handicap, known in handicapped.items()},
    }


def coverage_of_truths(comparisons: Sequence[KnownComparison]) -> Proportion:
    """Of the 95 % intervals whose true ratio is known, how many contain it."""
    contained = [
        covers(known.comparison, known.truth)
        for known in comparisons
        if known.truth is not None and _judged([known.comparison])
    ]
    return proportion(sum(contained), len(contained))
