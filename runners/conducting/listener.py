"""Who hears how a run goes on."""

from collections.abc import Sequence
from typing import Protocol

from djbench.cell import Cell
from results.records.schema import Trial
from runners.loading.waits import Wait


class RunListener(Protocol):
    """Told of each step of a run while it goes on."""

    def says(self, message: str) -> None:
        """Something worth a line."""

    def measuring(self, trial: int, cells: Sequence[Cell]) -> None:
        """Trial number ``trial`` (from 0) is next, with those of the cells it takes turns with. Servers may start."""

    def waiting(self, wait: Wait, waited_s: float) -> None:
        """The trial at hand has waited so long for something; told four times a second while it does."""

    def measured(self, trial: Trial) -> None:
        """A trial is stored."""

    def more(self, trials: int) -> None:
        """So many more trials will be made than were certain: some do not count, or intervals are wide."""
