"""When a run has seen enough: after whole blocks, by the width of its intervals or the time it was given. Pure.

Never by a p value: a test repeated after every block until it is significant finds differences that are none
(Armitage, McPherson & Rowe 1969, "Repeated significance tests on accumulating data"). How far looking at the widths
spoils the intervals is measured: ``simulation`` judges runs that were stopped like this beside those that were not.
"""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from results.analysis.stats import log_mean

# Half-widths of 95 % intervals on the log scale, and the fewest and most blocks: after pyperf's required_nprocesses
# and NVBench's stopping criteria.
WANTED_COMPARED = 0.025
WANTED_P95 = 0.05
DEFAULT_MIN_BLOCKS, DEFAULT_MAX_BLOCKS = 6, 20


class Ended(StrEnum):
    """Why no block follows."""

    SETTLED = "settled"
    """Every interval is narrow enough."""
    BLOCKS = "blocks"
    """The most blocks have been made."""
    BUDGET = "budget"
    """No block would fit into the time that is left."""
    NOTHING = "nothing to narrow"
    """No cell has an interval that more blocks could narrow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a cell.

    group: cells that are compared with each other have the same. compared: one figure per valid trial of what they are
    compared by, throughput under closed load, median latency under open load, where the throughput is what was asked
    for. p95: likewise, of the latency; empty where trials have too few samples for one. hopeless: trials of it fail or
    do not count, and more of them are no remedy.
    """

    group: Hashable
    compared: Sequence[float]
    p95: Sequence[float] = ()
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


def next_cells(
    cells: Sequence[Evidence],
    *,
    left_s: float = math.inf,
    cost_s: Callable[[Sequence[int]], float] = lambda _: 0.0,
) -> tuple[int, ...] | Ended:
    """The cells (indices, ascending) of the block after the least number of blocks, or why there is none.

    They are those of the groups in which some interval is too wide, the widest first, as many groups as fit into
    ``left_s`` by what a block of them takes (``cost_s``). Whole groups, because comparisons are paired by block: a
    trial without its rivals' would narrow none of them.
    """
    groups: dict[Hashable, list[int]] = {}
    for index, cell in enumerate(cells):
        if not cell.hopeless:
            groups.setdefault(cell.group, []).append(index)
    if not groups:
        return Ended.NOTHING
    excess = {group: max(cells[index].excess for index in of_group) for group, of_group in groups.items()}
    unsettled = sorted((group for group in groups if excess[group] > 1), key=lambda group: -excess[group])
    if not unsettled:
        return Ended.SETTLED
    chosen: list[int] = []
    for group in unsettled:
        if cost_s([*chosen, *groups[group]]) <= left_s:
            chosen += groups[group]
    return tuple(sorted(chosen)) or Ended.BUDGET
