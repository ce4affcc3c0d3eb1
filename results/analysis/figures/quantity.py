"""What each trial of a cell has a value of, so that cells and runs can be compared by it. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from djbench.load import Load
from results.analysis.cell_summary import CellSummary
from results.analysis.verdicts import Pair, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One figure by which cells are compared, with the words for more and less of it."""

    #: Its name in gates, tables and JSON.
    name: str
    #: Its name in sentences.
    title: str
    #: The unit of its values.
    unit: str
    #: Is more of it better?
    more_is_better: bool
    #: Its value in each valid trial, by block number.
    by_block: Callable[[CellSummary], Mapping[int, float]]
    #: Are runs compared by it under this load?
    of_load: Callable[[Load], bool]
    #: The verdict if it is better.
    better: str
    #: The verdict if it is worse.
    worse: str
    #: Is it a percentile, which a trial with too few answers does not have?
    of_samples: bool = False
    #: What there is less or more of, as a verdict names it; empty if the verdict needs no noun.
    noun: str = ""

    def word(self, verdict: Verdict) -> str:
        """The verdict in this quantity's words: less memory is not faster."""
        return {Verdict.FASTER: self.better, Verdict.SLOWER: self.worse}.get(verdict, str(verdict))

    def verdict_text(self, verdict: Verdict) -> str:
        """The verdict where nothing beside it names the quantity: ``less CPU``, ``the same CPU``, ``faster``."""
        if not self.noun or verdict in (Verdict.TOO_CLOSE, Verdict.INSUFFICIENT):
            return self.word(verdict)
        return f"{'the ' if verdict is Verdict.SAME else ''}{self.word(verdict)} {self.noun}"

    def pair(self, cell: CellSummary, other: CellSummary) -> Pair:
        """Two cells' values of it, to be compared block by block."""
        return Pair(self.values(cell), self.values(other), self.more_is_better)

    def values(self, cell: CellSummary) -> dict[int, float]:
        """By block. Without those of 0: a window may be too short for the kernel's clocks of CPU time to move."""
        return {block: value for block, value in self.by_block(cell).items() if value > 0}


def _answer_rate_tells(load: Load) -> bool:
    """Under open load throughput is what was asked for."""
    return load.throughput_tells


def _steady(load: Load) -> bool:
    """Percentiles over a rate that varies mix easy and hard moments; streams that are held open have no latency."""
    return load.one_figure


def percentile(name: str, title: str, by_block: Callable[[CellSummary], Mapping[int, float]]) -> Quantity:
    """A percentile of the latency."""
    return Quantity(
        name=name,
        title=title,
        unit="ms",
        more_is_better=False,
        by_block=by_block,
        of_load=_steady,
        of_samples=True,
        better="faster",
        worse="slower",
    )


def cost(
    name: str, title: str, unit: str, by_block: Callable[[CellSummary], Mapping[int, float]], *, noun: str
) -> Quantity:
    """Something that a server takes of the machine."""
    return Quantity(
        name=name,
        title=title,
        unit=unit,
        more_is_better=False,
        by_block=by_block,
        of_load=lambda _: True,
        better="less",
        worse="more",
        noun=noun,
    )


THROUGHPUT = Quantity(
    name="throughput",
    title="throughput",
    unit="requests/s",
    more_is_better=True,
    by_block=lambda cell: cell.by_block,
    of_load=_answer_rate_tells,
    better="faster",
    worse="slower",
)
P50 = percentile("p50", "median latency", lambda cell: cell.median_ms_by_block)


def main_quantity(load: Load) -> Quantity:
    """What cells under this load are ranked by: throughput under closed load, median latency under open load."""
    return P50 if load.compares_latency else THROUGHPUT
