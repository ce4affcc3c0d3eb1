"""Blocks until every interval is narrow enough, or the time is up. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from results.analysis.stopping import unsettled_groups
from results.records.schema import Session
from runners.planning.plan import Plan
from runners.procedures.blocks import block_of
from runners.procedures.procedure import Ended
from runners.procedures.progress import Progress

# Of a budget, for stopping what runs and writing the report.
_END_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class UntilNarrow:
    """The fewest blocks of the plan, then blocks of the cells whose intervals are too wide, up to the most blocks."""

    #: What is measured.
    plan: Plan

    def next(self, progress: Progress) -> tuple[Session, ...] | Ended:
        """Every cell at first; later the groups of rivals with a wide interval, the widest first."""
        number = len(progress.blocks)
        if number < self.plan.settings.min_blocks:
            return block_of(self.plan, number)
        chosen = self._chosen(progress)
        if isinstance(chosen, Ended):
            return chosen
        return Ended.BLOCKS if number >= self.plan.settings.max_blocks else block_of(self.plan, number, chosen)

    def certain(self, progress: Progress) -> int:
        """The trials of the fewest blocks."""
        return max(0, self.plan.settings.min_blocks - len(progress.blocks)) * len(self.plan.cells)

    def _chosen(self, progress: Progress) -> list[int] | Ended:
        evidence = progress.evidence()
        if all(cell.hopeless for cell in evidence):
            return Ended.NOTHING
        groups = unsettled_groups(evidence)
        if not groups:
            return Ended.SETTLED
        return self._fitting(groups, progress) or Ended.BUDGET

    def _fitting(self, groups: Sequence[Sequence[int]], progress: Progress) -> list[int]:
        """The cells of the groups that fit into the time left; one that does not fit leaves room for those after it."""
        left_s = self._left_s(progress)
        chosen: list[int] = []
        for group in groups:
            if self.plan.block_s([*chosen, *group]) * progress.clock.pace <= left_s:
                chosen += group
        return chosen

    def _left_s(self, progress: Progress) -> float:
        budget_s = self.plan.settings.budget_s
        return math.inf if budget_s is None else budget_s - progress.clock.spent_s() - _END_S
