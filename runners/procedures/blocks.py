"""The order in which a block measures its cells, and how many blocks there are. Pure."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from results.records.schema import Purpose, Session
from runners.planning.plan import Plan
from runners.procedures.procedure import Ended
from runners.procedures.progress import Progress


def block_of(plan: Plan, number: int, chosen: Collection[int] | None = None) -> tuple[Session, ...]:
    """Block ``number`` (from 0): the chosen cells (all, without any) once each, in an order of its own.

    The order is drawn anew for each block (Abedi & Brecht 2017, randomized interleaving) from the seed and the
    block's number alone. So what was chosen before, or a resumed run, changes nothing in it. With a start of the
    server for each trial, rivals come one soon after the other: a machine that drifts is more alike from one trial to
    the next than from one end of a block to the other.
    """
    chance = random.Random(f"{plan.seed} {number}")  # noqa: S311  reproduced by the stored seed, not a secret
    order = list(range(len(plan.cells)))
    chance.shuffle(order)
    if plan.settings.isolation == "trial":
        order = _rivals_together(plan, order)
    sessions = plan.sessions(order)
    if plan.settings.isolation == "block":
        chance.shuffle(sessions)
    return _kept(sessions, order if chosen is None else chosen)


def _rivals_together(plan: Plan, order: Sequence[int]) -> list[int]:
    places = list(dict.fromkeys(plan.cells[index].rivals for index in order))
    return sorted(order, key=lambda index: places.index(plan.cells[index].rivals))


def _kept(sessions: Sequence[Session], chosen: Collection[int]) -> tuple[Session, ...]:
    """What the sessions have of the chosen cells."""
    rest = (session.only(chosen) for session in sessions)
    return tuple(session for session in rest if session.starts)


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedBlocks:
    """As many blocks as the plan says, whatever comes out."""

    #: What is measured.
    plan: Plan
    #: What its trials are made for.
    purpose: Purpose = Purpose.MEASURE

    def next(self, progress: Progress) -> tuple[Session, ...] | Ended:
        """Every cell once more."""
        number = len(progress.blocks)
        if number >= self.plan.settings.max_blocks:
            return Ended.BLOCKS
        return tuple(replace(session, purpose=self.purpose) for session in block_of(self.plan, number))

    def certain(self, progress: Progress) -> int:
        """The trials of all blocks that have not begun."""
        return max(0, self.plan.settings.max_blocks - len(progress.blocks)) * len(self.plan.cells)
