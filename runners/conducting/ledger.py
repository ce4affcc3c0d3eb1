"""A run's record and its trials while the run goes on: each step is on the disk before the next one begins."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from djbench.cell import Cell
from results.records.schema import Purpose, Run, Session, Trial
from results.records.store import RunDirectory
from runners.conducting.listener import RunListener
from runners.procedures.progress import Progress


def now() -> str:
    """The current time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass
class Ledger:
    """Keeps what a run has come to. Every method raises StoreError when the disk does not take it."""

    #: The record as it was stored last.
    run: Run
    #: Where the run is stored.
    directory: RunDirectory
    #: What has been measured.
    progress: Progress
    #: Hears how the run goes on.
    listener: RunListener

    def note(self, **changes: Any) -> None:
        """Change fields of the record."""
        self.run = replace(self.run, spent_s=self.progress.clock.spent_s(), **changes)
        self.directory.write_run(self.run)

    def begin(self, sessions: tuple[Session, ...]) -> None:
        """One more block begins."""
        self.progress.begin(sessions)
        self.note(blocks=self.progress.blocks)

    def end(self, status: str, failure: str | None, ended_by: str | None = None) -> None:
        """The run is over, or goes on some other day."""
        self.note(status=status, failure=failure, finished=now(), ended_by=ended_by)

    def next_trial(self, block: int, index: int, cell: Cell, purpose: Purpose, *, ahead: int = 0) -> Trial:
        """The record of a trial that begins now, before it has come to anything.

        index: the cell's in the plan. ahead: how many other trials begin with it and come before it.
        """
        return Trial(
            number=self.progress.next_number + ahead,
            block=block,
            cell=cell,
            started=now(),
            purpose=purpose,
            repeat=self.progress.tried(block, index),
        )

    def keep(self, trial: Trial) -> None:
        """A trial has come to its end."""
        self.directory.write_trial(trial)
        self.progress.add(trial)
        self.note()  # the time spent
        self.listener.measured(trial)
