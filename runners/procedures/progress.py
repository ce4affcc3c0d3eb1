"""What a run has measured of its plan so far, as its stored trials say: what is left of a block, what is repeated.

A run that goes on and one that is resumed ask the same questions, so a run killed at any moment goes on where it was.
Percentiles are read from the raw samples if somebody asks for the evidence.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Self

from djbench.cell import Cell
from results.analysis.stats import shown_percentiles
from results.analysis.stopping import Evidence
from results.analysis.times import right_times
from results.records.schema import Purpose, Run, Session, Trial
from results.records.store import RunDirectory
from runners.planning.plan import Plan
from runners.procedures.clock import Clock


class Progress:
    """The blocks of a run that have begun, and their trials by block and cell.

    trials, blocks, spent_s: what a run that goes on had when it was interrupted.
    """

    def __init__(
        self,
        plan: Plan,
        directory: RunDirectory,
        trials: Iterable[Trial] = (),
        blocks: Iterable[tuple[Session, ...]] = (),
        spent_s: float = 0.0,
    ) -> None:
        self._plan = plan
        self._directory = directory
        self._index = {cell: index for index, cell in enumerate(plan.cells)}
        self._trials: dict[tuple[int, int], list[Trial]] = {}
        self._percentiles_ms: dict[int, dict[str, float]] = {}
        self.blocks = tuple(blocks)
        self.clock = Clock(spent_s)
        self.next_number = 0
        for trial in trials:
            self.add(trial)

    @classmethod
    def of(cls, run: Run, plan: Plan, directory: RunDirectory) -> Self:
        """That of a stored run. Raises StoreError."""
        return cls(plan, directory, directory.read_trials_of(run, purpose=None), run.blocks, run.spent_s)

    def begin(self, sessions: tuple[Session, ...]) -> None:
        """One more block has begun."""
        self.blocks = (*self.blocks, sessions)

    def add(self, trial: Trial) -> None:
        """One more trial is stored."""
        self._trials.setdefault((trial.block, self._index[trial.cell]), []).append(trial)
        self.next_number = max(self.next_number, trial.number + 1)

    @property
    def made(self) -> int:
        """How many trials there are, repeats included."""
        return sum(len(trials) for trials in self._trials.values())

    @property
    def bodies(self) -> dict[str, str]:
        """The digest of each pattern's right answer."""
        made = (trial for trials in self._trials.values() for trial in trials)
        return {trial.cell.pattern: trial.body_sha256 for trial in made if trial.body_sha256}

    def tried(self, block: int, index: int) -> bool:
        """Has the cell had a trial in this block?"""
        return (block, index) in self._trials

    def left(self, block: int) -> list[Session]:
        """What of the block's sessions has no trial yet."""
        rest = (
            session.only([index for index in session.cells if not self.tried(block, index)])
            for session in self.blocks[block]
        )
        return [session for session in rest if session.starts]

    def repeats(self, block: int) -> list[Session]:
        """The cells whose only trial in this block does not count, in the order they were made."""
        of_block = [(trials, index) for (number, index), trials in self._trials.items() if number == block]
        again = [(trials[0], index) for trials, index in of_block if len(trials) == 1 and trials[0].invalidated_by]
        purposes = {index: trial.purpose for trial, index in again}
        sessions = self._plan.sessions([index for _, index in again])
        return [replace(session, purpose=purposes[session.cells[0]]) for session in sessions]

    @property
    def pending(self) -> int:
        """How many trials the blocks that have begun lack, repeats included."""
        sessions = (
            session for block in range(len(self.blocks)) for session in (*self.left(block), *self.repeats(block))
        )
        return sum(len(session.cells) for session in sessions)

    def evidence(self) -> list[Evidence]:
        """What is known of each cell of the plan.

        A ramp's or a stair's figures over the whole window mix easy and hard moments, and held streams have none to
        compare; such a cell gets the least number of blocks, as does one whose server failed in some trial, for it has
        no figures then, or of which most do not count.
        """
        return [self._evidence(index, cell) for index, cell in enumerate(self._plan.cells)]

    def _evidence(self, index: int, cell: Cell) -> Evidence:
        # One entry per block, the repeat where there is one.
        last = [trials[-1] for (_, of), trials in self._trials.items() if of == index]
        last = [trial for trial in last if trial.purpose is Purpose.MEASURE]
        measured = [(trial, trial.measurement) for trial in last if trial.valid and trial.measurement]
        failed = any(trial.server_failed for trial in last)
        if failed or not cell.load.one_figure or 2 * len(measured) < len(last):
            return Evidence(group=cell.rivals, compared=(), hopeless=True)
        if cell.load.compares_latency:
            compared = [self._percentiles(trial)["p50"] for trial, _ in measured]
        else:
            compared = [measurement.throughput_rps for _, measurement in measured]
        p95_ms = [self._percentiles(trial).get("p95") for trial, _ in measured]
        return Evidence(group=cell.rivals, compared=compared, p95=[value for value in p95_ms if value is not None])

    def _percentiles(self, trial: Trial) -> dict[str, float]:
        """Those of the trial's latency that there are samples enough for; its median always."""
        if trial.number not in self._percentiles_ms:
            self._percentiles_ms[trial.number] = shown_percentiles(right_times(self._directory, trial).latency_ms)
        return self._percentiles_ms[trial.number]
