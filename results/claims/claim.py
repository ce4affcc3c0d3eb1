"""Claims about sync and async views, as they are made: their words, and what has to be seen if they are true.

A claim is one or more checks, written down before anything is measured. There is no adjustment for the number of
claims: each stands by itself, and one whose truth lies well inside or outside its bounds has an interval that does so,
too.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from djbench.cell import Cell
from results.analysis.verdicts import MIN_BLOCKS
from results.claims.claim_checks import Check
from results.records.schema import Settings
from results.wording.commands import command_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim as it is made, what has to be seen if it is true, and why it is or is not."""

    #: What the command line calls it.
    name: str
    #: The claim, in a sentence.
    words: str
    #: The number of the example that it is made about.
    example: int
    #: The subject of that example.
    source: str
    #: What has to be seen if it is true.
    checks: tuple[Check, ...]
    #: Why it is true or not.
    why: str

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell that has to be measured, once."""
        return tuple(dict.fromkeys(cell for check in self.checks for cell in check.cells))

    def to_json(self) -> dict[str, Any]:
        """As it stands in JSON, without its checks."""
        return {
            "name": self.name,
            "claim": self.words,
            "example": self.example,
            "source": self.source,
            "why": self.why,
        }


def commands_of(check: Check, settings: Settings) -> tuple[str, ...]:
    """The runs that measure its cells again as a run with ``settings`` does, often enough to judge.

    Rivals come in one run, for there they take turns.
    """
    blocks = str(max(settings.min_blocks, MIN_BLOCKS))
    rivals: dict[Hashable, list[Cell]] = {}
    for cell in check.cells:
        rivals.setdefault(cell.rivals, []).append(cell)
    return tuple(command_for(cells, settings, blocks) for cells in rivals.values())
