"""What a procedure is: it says what a run measures next, from what the run has measured so far."""

from enum import StrEnum
from typing import Protocol

from results.records.schema import Session
from runners.procedures.progress import Progress


class Ended(StrEnum):
    """Why no block follows."""

    #: Every interval is narrow enough.
    SETTLED = "settled"
    #: The most blocks have been made.
    BLOCKS = "blocks"
    #: No block would fit into the time that is left.
    BUDGET = "budget"
    #: No cell has an interval that more blocks could narrow.
    NOTHING = "nothing to narrow"


class Procedure(Protocol):
    """Decides after each block. It changes nothing, and the same progress gives the same answer."""

    def next(self, progress: Progress) -> tuple[Session, ...] | Ended:
        """The sessions of the next block, or why there is none."""

    def certain(self, progress: Progress) -> int:
        """How many trials the blocks that have not begun have at least."""


def outstanding(procedure: Procedure, progress: Progress) -> int:
    """How many trials are certain to come, those of the blocks that have begun among them."""
    return progress.pending + procedure.certain(progress)
