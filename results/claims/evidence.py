"""What a run has to say about the cells of claims."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from djbench.cell import Cell
from results.analysis.cell_summary import CellSummary
from results.analysis.summary import Summary
from results.records.schema import Measurement, Trial
from results.wording.names import cell_name
from results.wording.text import first_line


@dataclass(frozen=True, slots=True, kw_only=True)
class CellEvidence:
    """What a run has of one cell."""

    #: The cell.
    cell: Cell
    #: None if the run's plan does not have the cell.
    summary: CellSummary | None
    #: All of its trials, those that do not count, too.
    trials: Sequence[Trial]

    @property
    def failures(self) -> list[str]:
        """Why trials failed, each by itself; without those that failed for something else than the server."""
        return [trial.failure or "" for trial in self.trials if trial.server_failed]

    @property
    def measured(self) -> list[Measurement]:
        """What the valid trials measured."""
        return [trial.measurement for trial in self.trials if trial.valid and trial.measurement]

    @property
    def requests(self) -> int:
        """Those of all trials: answers are right or wrong on a machine that is not calm, too."""
        return self._given_up + (self.summary.requests if self.summary else 0)

    @property
    def wrong(self) -> int:
        """Of these requests, those with a wrong answer or none."""
        return self._given_up + (sum(self.summary.errors.values()) if self.summary else 0)

    @property
    def _given_up(self) -> int:
        return sum(trial.measurement.unfinished for trial in self.trials if trial.measurement)

    def answers(self) -> str:
        """Failed trials and answers in words."""
        clauses = []
        if self.failures:
            clauses.append(f"{len(self.failures)} of {len(self.trials)} trials failed: {first_line(self.failures[0])}")
        if self.requests:
            rightly = f"{self.wrong:,} of them not answered rightly" if self.wrong else "all answered rightly"
            clauses.append(f"{self.requests:,} requests, {rightly}")
        return "; ".join(clauses)

    def missing(self) -> str | None:
        """Why there is no figure; None if there is one."""
        if self.summary is None:
            return f"the run has no {cell_name(self.cell, question=True)}"
        if self.summary.throughput_rps is None:
            return f"{cell_name(self.cell, question=True)}: {first_line(self.summary.reason or self.summary.status)}"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvidence:
    """What a run has of all its cells."""

    #: What it has of each cell.
    cells: Mapping[Cell, CellEvidence]
    #: Pieces of background work that were lost and begun, as the run's record has them.
    lost_work: Mapping[str, tuple[int, int]]

    @classmethod
    def of(cls, summary: Summary, trials: Sequence[Trial]) -> "RunEvidence":
        """That of a run. ``trials``: all that measure, those that do not count, too."""
        by_cell: dict[Cell, list[Trial]] = {}
        for trial in trials:
            by_cell.setdefault(trial.cell, []).append(trial)
        cells = {
            cell.cell: CellEvidence(cell=cell.cell, summary=cell, trials=by_cell.get(cell.cell, ()))
            for cell in summary.cells
        }
        return cls(cells=cells, lost_work=summary.run.lost_work)

    def about(self, cell: Cell) -> CellEvidence:
        """What there is of a cell: nothing, if the run's plan does not have it."""
        return self.cells.get(cell, CellEvidence(cell=cell, summary=None, trials=()))
