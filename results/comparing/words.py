"""What a comparison of runs says, in plain sentences; nothing beyond what the intervals carry. Pure."""

import math
from collections.abc import Mapping, Sequence

from results.analysis.figures.cell_figures import QUANTITIES
from results.analysis.figures.quantity import THROUGHPUT, Quantity
from results.analysis.stats import Estimate
from results.analysis.verdicts import MIN_BLOCKS, Verdict
from results.comparing.comparison import CellChange, Change, RunChange, RunComparison
from results.wording.names import cell_name, short_names
from results.wording.text import count, first_line

# As many cells as a sentence names, those with the largest differences; the table has them all.
_NAMED = 3
_COUNTED = {
    Verdict.SAME: "the same within 3 %",
    Verdict.TOO_CLOSE: "too close to call",
    Verdict.INSUFFICIENT: f"with too few blocks (under {MIN_BLOCKS}) to tell",
}


def short_names_of(comparison: RunComparison) -> dict[str, str]:
    """A short name for each server that any of the runs has."""
    return short_names(
        cell for run in (comparison.base, *(other.run for other in comparison.others)) for cell in run.cells
    )


def how_compared(run: RunChange) -> str:
    """What the intervals of this comparison contain, and what they do not."""
    if run.same:
        return "The run is compared with itself, block by block."
    if run.paired:
        return "The blocks of the two runs took turns, so they are compared block by block, as cells of one run are."
    return (
        "Two occasions, compared without pairs (Welch's t interval). The ratios include how the machine drifted from "
        "one to the other, which no interval here contains. Compare two runs of the same code to see how much that "
        "is. 'djbench validate' shows how far equals differ within one run."
    )


def shift_text(run: RunChange) -> str | None:
    """What the cells have in common, which may be the machine's doing; None if that is nothing to speak of."""
    if run.paired or run.shift is None:
        return None
    return (
        f"The median of the cells' throughput ratios is {run.shift:.3f}. "
        "What all cells share may be the machine's doing."
    )


NOTHING_DIFFERS = "Nothing else differs that the records know of: machine, software and settings are the same."


def cells_of_one(run: RunChange) -> list[tuple[str, list[str]]]:
    """Cells that only one of the two runs has in its plan: whose they are, and their names."""
    return [
        (owner, [cell_name(cell, question=True) for cell in cells])
        for owner, cells in (("the base", run.only_in_base), (run.run.id, run.only_in_new))
        if cells
    ]


def verdict_sentences(run: RunChange, short: Mapping[str, str]) -> list[str]:
    """First how fast the cells are, then what else has changed, then what has no number any more."""
    speed = [(cell, cell.main) for cell in run.cells]
    sentences = [_counts([change for _, change in speed if change])]
    for verdict in (Verdict.SLOWER, Verdict.FASTER):
        if called := [(cell, change) for cell, change in speed if change and change.comparison.verdict is verdict]:
            sentences.append(f"{str(verdict).capitalize()}: {_listed(called, short, say_what=True)}.")
    for quantity in QUANTITIES:
        sentences.extend(_beside_speed(quantity, run.cells, short))
    for cell in run.cells:
        if cell.lost:
            name = cell_name(cell.cell, short, question=True)
            sentences.append(f"No number any more: {name} ({cell.new.status}: {first_line(cell.new.reason)}).")
    return sentences


def _counts(changes: Sequence[Change]) -> str:
    if not changes:
        return "No cell has a throughput or a median latency in both runs."
    names = " and ".join(dict.fromkeys(change.quantity.title for change in changes))
    verdicts = [change.comparison.verdict for change in changes]
    words = {Verdict.SLOWER: "slower", Verdict.FASTER: "faster", **_COUNTED}
    counted = ", ".join(f"{verdicts.count(verdict)} {text}" for verdict, text in words.items() if verdict in verdicts)
    return f"{names[0].upper()}{names[1:]} of {count(len(changes), 'cell')}: {counted}."


def _beside_speed(quantity: Quantity, cells: Sequence[CellChange], short: Mapping[str, str]) -> list[str]:
    """What is called of a quantity that does not itself decide how fast a cell is."""
    changes = [(cell, cell.changes[quantity.name]) for cell in cells if quantity.name in cell.changes]
    changes = [(cell, change) for cell, change in changes if change is not cell.main and not _follows(quantity, cell)]
    sentences = []
    for verdict in (Verdict.SLOWER, Verdict.FASTER):
        called = [(cell, change) for cell, change in changes if change.comparison.verdict is verdict]
        if called:
            title = f"{quantity.title[0].upper()}{quantity.title[1:]}"
            sentences.append(f"{title} {quantity.word(verdict)}: {_listed(called, short)}.")
    return sentences


def _follows(quantity: Quantity, cell: CellChange) -> bool:
    """Is it said with another quantity?

    Under closed load users wait for their answers, so that the median follows from the throughput; p95 lies between the
    median and p99, where there is one.
    """
    return (quantity.name == "p50" and THROUGHPUT.name in cell.changes) or (
        quantity.name == "p95" and "p99" in cell.changes
    )


def _listed(called: Sequence[tuple[CellChange, Change]], short: Mapping[str, str], *, say_what: bool = False) -> str:
    """The largest differences first; with the quantity that each is a ratio of, if the sentence does not name it."""

    def size(called_cell: tuple[CellChange, Change]) -> float:
        return abs(math.log(called_cell[1].comparison.estimate.mean))

    named = [
        f"{cell_name(cell.cell, short, question=True)}, {ratio_in_words(change.comparison.estimate)}"
        + (f" the {change.quantity.title}" if say_what else "")
        for cell, change in sorted(called, key=size, reverse=True)[:_NAMED]
    ]
    more = [f"and {len(called) - _NAMED} more"] if len(called) > _NAMED else []
    return "; ".join(named + more)


def ratio_in_words(ratio: Estimate) -> str:
    """Such as ``0.912 times (0.880 to 0.945)``."""
    if ratio.low is None or ratio.high is None:
        return f"{ratio.mean:.3f} times"
    return f"{ratio.mean:.3f} times ({ratio.low:.3f} to {ratio.high:.3f})"
