"""Which of several cells is the best: the one place that every table, sentence and advice takes it from. Pure.

The best is the one with the best figure among those that no other is faster than, paired by block. The figure alone
does not do: it is over all the blocks that a cell has, and a machine that was quick in those that only one of them has
would decide. Where each has something that is faster, which takes blocks that hardly overlap, it is the one with the
fewest of those.
"""

from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import TypeVar

from results.analysis.cell_summary import CellSummary
from results.analysis.figures.quantity import main_quantity
from results.analysis.figures.usage import server_cpu_ms
from results.analysis.figures.usage_figures import CPU
from results.analysis.verdicts import Pair, Verdict, paired, verdict_of

T = TypeVar("T")


def pair_of(cell: CellSummary, other: CellSummary) -> Pair:
    """What two cells of one load are compared by: throughput under closed load, median latency under open load."""
    return main_quantity(cell.cell.load).pair(cell, other)


def ranked(cells: Iterable[CellSummary]) -> list[CellSummary]:
    """Cells of one pattern and load, the best first, the others by their figure.

    Held streams, and rates that vary, are not compared: there all stand by their figure.
    """
    by_figure = sorted(cells, key=CellSummary.rank)
    return best_first(by_figure, pair_of) if by_figure and by_figure[0].cell.load.one_figure else by_figure


def cheapest_first(cells: Iterable[CellSummary]) -> list[CellSummary]:
    """Cells of one pattern and load, the one that takes least CPU time per request first, the others by that figure.

    Without those whose CPU time is not known.
    """
    costs_ms = [(cpu_ms, cell) for cell in cells if (cpu_ms := server_cpu_ms(cell))]
    by_cost = [cell for _, cell in sorted(costs_ms, key=itemgetter(0))]
    return best_first(by_cost, CPU.pair) if by_cost else []


def best_first(things: list[T], pair: Callable[[T, T], Pair]) -> list[T]:
    """The same things, which stand in the order of their figures, with the best of them in front."""

    def faster_than(thing: T) -> int:
        return sum(other is not thing and _is_slower(pair(thing, other)) for other in things)

    best = next((thing for thing in things if not faster_than(thing)), None) or min(things, key=faster_than)
    return [best, *(thing for thing in things if thing is not best)]


def _is_slower(pair: Pair) -> bool:
    """Is the first called slower, judged by itself?

    An adjustment for the number of comparisons only makes p values larger, so that what passes here is not called
    slower in any family of comparisons either.
    """
    test = paired(pair)
    if test is None:
        return False
    return verdict_of(test.estimate, test.p, more_is_better=test.more_is_better) is Verdict.SLOWER


def misleads(best: CellSummary, other: CellSummary) -> bool:
    """Has the other the better figure, over blocks that the best one does not have?"""
    return other.rank() < best.rank()
