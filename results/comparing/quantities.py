"""What of a cell is compared between runs, and the words for more and less of it. Pure data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from djbench.load import Load
from results.analysis.cell_summary import CellSummary
from results.analysis.verdicts import Verdict


def _closed(load: Load) -> bool:
    """Under open load throughput is what was asked for."""
    return load.throughput_tells


def _steady(load: Load) -> bool:
    """Percentiles over a rate that varies mix easy and hard moments; streams that are held open have no latency."""
    return load.one_figure


def _any(load: Load) -> bool:  # noqa: ARG001  one signature for all
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One figure that each trial of a cell has.

    name: in gates, tables and JSON. better, worse: the words of its verdicts. by_block: its value in each valid trial,
    by block number. of_load: is it compared under this load? of_samples: is it a percentile, which a trial with too few
    answers does not have?
    """

    name: str
    title: str
    unit: str
    more_is_better: bool
    better: str
    worse: str
    by_block: Callable[[CellSummary], Mapping[int, float]]
    of_load: Callable[[Load], bool]
    of_samples: bool = False

    def word(self, verdict: Verdict) -> str:
        """The verdict in this quantity's words: less memory is not faster."""
        return {Verdict.FASTER: self.better, Verdict.SLOWER: self.worse}.get(verdict, str(verdict))

    def values(self, cell: CellSummary) -> dict[int, float]:
        """By block. Without those of 0: a window may be too short for the kernel's clocks of CPU time to move."""
        return {block: value for block, value in self.by_block(cell).items() if value > 0}


THROUGHPUT = Quantity(
    name="throughput",
    title="throughput",
    unit="requests/s",
    more_is_better=True,
    by_block=lambda cell: cell.by_block,
    of_load=_closed,
    better="faster",
    worse="slower",
)
P50 = Quantity(
    name="p50",
    title="median latency",
    unit="ms",
    more_is_better=False,
    by_block=lambda cell: cell.median_ms_by_block,
    of_load=_steady,
    of_samples=True,
    better="faster",
    worse="slower",
)
QUANTITIES: tuple[Quantity, ...] = (
    THROUGHPUT,
    P50,
    Quantity(
        name="p95",
        title="p95 latency",
        unit="ms",
        more_is_better=False,
        by_block=lambda cell: cell.p95_ms_by_block,
        of_load=_steady,
        of_samples=True,
        better="faster",
        worse="slower",
    ),
    Quantity(
        name="p99",
        title="p99 latency",
        unit="ms",
        more_is_better=False,
        by_block=lambda cell: cell.p99_ms_by_block,
        of_load=_steady,
        of_samples=True,
        better="faster",
        worse="slower",
    ),
    Quantity(
        name="cpu",
        title="server CPU per request",
        unit="ms",
        more_is_better=False,
        by_block=lambda cell: cell.cpu_ms_by_block,
        of_load=_any,
        better="less",
        worse="more",
    ),
    Quantity(
        name="memory",
        title="peak resident memory",
        unit="MiB",
        more_is_better=False,
        by_block=lambda cell: cell.rss_mib_by_block,
        of_load=_any,
        better="less",
        worse="more",
    ),
)


def main_quantity(load: Load) -> Quantity | None:
    """What decides how fast a cell is: throughput under closed load, median latency under open; or there is none."""
    if not load.one_figure:
        return None
    return THROUGHPUT if load.throughput_tells else P50
