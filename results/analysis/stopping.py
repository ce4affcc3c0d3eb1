"""Which cells a run has not seen enough of: by the width of their intervals, after whole blocks. Pure.

A p value never ends a run: test after every block until you see a difference, and you will find one (Armitage,
McPherson & Rowe 1969, "Repeated significance tests on accumulating data"). How far looking at the widths spoils the
intervals is measured: ``simulation`` judges runs that were stopped like this beside those that were not.

The rule is here because simulations follow it, too. What a real run makes of it is a procedure of the runners.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from results.analysis.stats import log_mean

# Half-widths of 95 % intervals on the log scale, and the fewest and most blocks: after pyperf's required_nprocesses
# and NVBench's stopping criteria.
WANTED_COMPARED = 0.025
WANTED_P95 = 0.05
DEFAULT_MIN_BLOCKS, DEFAULT_MAX_BLOCKS = 6, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a cell."""

    #: Cells that are compared with each other have the same.
    group: Hashable
    #: What they are compared by, one figure per valid trial: throughput under closed load, median latency under open
    #: load, because there the throughput is what was asked for.
    compared: Sequence[float]
    #: The 95th percentile of the latency, likewise; empty if trials have too few samples for one.
    p95: Sequence[float] = ()
    #: Trials of it fail or do not count, so more of them would not help.
    hopeless: bool = False

    @property
    def excess(self) -> float:
        """The wider interval over what is wanted of it: at most 1 for a cell that is settled."""
        if self.hopeless:
            return 0.0
        widths = [half_width(self.compared) / WANTED_COMPARED]
        if self.p95:
            widths.append(half_width(self.p95) / WANTED_P95)
        return max(widths)


def half_width(values: Sequence[float]) -> float:
    """Half the width of the 95 % interval of the mean log value; infinite with too few values for an interval."""
    estimate = log_mean(values)
    if estimate is None or estimate.high is None:
        return math.inf
    return math.log(estimate.high / estimate.mean)


def unsettled_groups(cells: Sequence[Evidence]) -> list[tuple[int, ...]]:
    """The groups of cells (indices, ascending) in which some interval is too wide, the widest first.

    Whole groups, because comparisons are paired by block: a trial without its rivals' would narrow none of them.
    """
    groups: dict[Hashable, list[int]] = {}
    for index, cell in enumerate(cells):
        if not cell.hopeless:
            groups.setdefault(cell.group, []).append(index)
    excess = {tuple(group): max(cells[index].excess for index in group) for group in groups.values()}
    return sorted((group for group in excess if excess[group] > 1), key=lambda group: -excess[group])
