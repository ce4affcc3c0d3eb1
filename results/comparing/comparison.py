"""Runs beside the first of them, cell by cell: what differs about their making, and what about their numbers.

Cells are the same when server, pattern, style and load are, each in canonical form. Pure but for the reading of run
directories.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any

from djbench.cell import Cell
from results.analysis.cell_summary import CellSummary
from results.analysis.figures.cell_figures import QUANTITIES
from results.analysis.figures.quantity import THROUGHPUT, Quantity, main_quantity
from results.analysis.summary import Summary, summarise
from results.analysis.verdicts import Comparison, Pair, RatioTest, judge_family, paired
from results.comparing.circumstances import CellKey, differences_of_runs, key_of, project_name
from results.comparing.occasions import Stretch, took_turns, unpaired
from results.records.fingerprints import Difference
from results.records.schema import Run, Trial
from results.records.store import RunDirectory, StoreError
from results.wording.names import in_sentence

# One machine, from one start to the next. A record without it, of an older djbench, says nothing of where it was made.
_BOOT = "boot_sha256"
# A record has the time to the second, cut off.
_TO_THE_SECOND = timedelta(seconds=1)
# With fewer cells, the middle of their ratios says nothing of what they share.
_MIN_CELLS_FOR_SHIFT = 4

Place = tuple[int, CellKey, str]
"""Number of the run, cell, name of the quantity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A run to be compared."""

    #: Its directory.
    path: Path
    #: Its figures.
    summary: Summary
    #: When each block was made, by its number; empty if the record does not say.
    stretches: dict[int, Stretch]
    #: The digest of the right answer, by pattern.
    answers: dict[str, str]

    @property
    def run(self) -> Run:
        """Its record."""
        return self.summary.run


def read(directory: RunDirectory) -> Measured:
    """A run from its directory. Raises StoreError, also for a validation, whose cells are equals of each other."""
    run = directory.read_run()
    if run.validates:
        raise StoreError(f"{directory.path} is a validation of djbench; compare takes what 'djbench run' has measured")
    trials = directory.read_trials_of(run)
    answers = {trial.cell.pattern: trial.body_sha256 for trial in trials if trial.body_sha256}
    return Measured(path=directory.path, summary=summarise(directory), stretches=_stretches(trials), answers=answers)


def _stretches(trials: Sequence[Trial]) -> dict[int, Stretch]:
    stretches: dict[int, Stretch] = {}
    for trial in trials:
        began = trial.began
        if began is None:
            return {}  # a record without times says nothing of them
        lasted_s = trial.measurement.warmup_s + trial.measurement.actual_s if trial.measurement else 0.0
        ended = began + timedelta(seconds=lasted_s) + _TO_THE_SECOND
        begin, end = stretches.get(trial.block, Stretch(began, ended))
        stretches[trial.block] = Stretch(min(begin, began), max(end, ended))
    return stretches


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One quantity of one cell: the new run over the base."""

    #: What is compared.
    quantity: Quantity
    #: The geometric mean over the base's valid trials.
    base: float
    #: The same of the new run.
    new: float
    #: How many trials of the base that is of.
    base_blocks: int
    #: The same of the new run.
    new_blocks: int
    #: The ratio with its verdict.
    comparison: Comparison

    @property
    def word(self) -> str:
        """The verdict, in the quantity's words."""
        return self.quantity.word(self.comparison.verdict)

    def to_json(self) -> dict[str, Any]:
        """As it stands in comparison.json."""
        estimate = self.comparison.estimate
        return {
            "unit": self.quantity.unit,
            "base": self.base,
            "new": self.new,
            "blocks": {"base": self.base_blocks, "new": self.new_blocks},
            "ratio": {"mean": estimate.mean, "low": estimate.low, "high": estimate.high},
            "p": self.comparison.p,
            "adjusted_p": self.comparison.adjusted_p,
            "verdict": self.word,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChange:
    """A cell that both runs have."""

    #: As the base measured it.
    base: CellSummary
    #: As the new run measured it.
    new: CellSummary
    #: By the quantity's name, what both have numbers for.
    changes: dict[str, Change]

    @property
    def cell(self) -> Cell:
        """As the new run has it."""
        return self.new.cell

    @property
    def main(self) -> Change | None:
        """How fast it is: its throughput under closed load, its median latency under steady open load."""
        load = self.cell.load
        return self.changes.get(main_quantity(load).name) if load.one_figure else None

    @property
    def lost(self) -> bool:
        """Did the base measure it, and does it fail, not count, or lack any trial in the new run?"""
        return self.base.status == "measured" and self.new.status != "measured"

    def to_json(self) -> dict[str, Any]:
        """As it stands in comparison.json."""
        return {
            **_identity(self.cell),
            "status": {"base": self.base.status, "new": self.new.status},
            "reason": {"base": self.base.reason, "new": self.new.reason},
            "changes": {name: change.to_json() for name, change in self.changes.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChange:
    """A run compared with the base."""

    #: Its directory.
    path: Path
    #: Its record.
    run: Run
    #: Is it the base itself?
    same: bool
    #: Are its blocks compared with the base's one by one?
    paired: bool
    #: What else differs.
    differences: tuple[Difference, ...]
    #: The median of the cells' ratios of throughput (closed load), which moves if the whole machine was faster or
    #: slower; None for few cells.
    shift: float | None
    #: The cells that both have, in the order of its plan.
    cells: tuple[CellChange, ...]
    #: Cells that only the base has in its plan.
    only_in_base: tuple[Cell, ...]
    #: Cells that only the new run has in its plan.
    only_in_new: tuple[Cell, ...]
    #: Those only in the base that it has measured.
    gone: tuple[Cell, ...]

    def to_json(self) -> dict[str, Any]:
        """As it stands in comparison.json."""
        return {
            **_described(self.path, self.run),
            "same": self.same,
            "paired": self.paired,
            "differences": [difference._asdict() for difference in self.differences],
            "shift": self.shift,
            "cells": [cell.to_json() for cell in self.cells],
            "only_in_base": [_identity(cell) for cell in self.only_in_base],
            "only_in_new": [_identity(cell) for cell in self.only_in_new],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RunComparison:
    """The first run, and each of the others compared with it."""

    #: The first run's directory.
    path: Path
    #: The first run's record.
    base: Run
    #: The other runs.
    others: tuple[RunChange, ...]

    def to_json(self) -> dict[str, Any]:
        """The content of comparison.json."""
        return {"base": _described(self.path, self.base), "runs": [run.to_json() for run in self.others]}


def _described(path: Path, run: Run) -> dict[str, Any]:
    return {
        "run": run.id,
        "path": str(path),
        "profile": run.profile,
        "started": run.started,
        "status": run.status,
        "blocks": len(run.blocks),
        "command": run.command,
    }


def _identity(cell: Cell) -> dict[str, Any]:
    return {"server": cell.server, "pattern": cell.pattern, "style": cell.style, "load": cell.load.to_json()}


def compare_runs(runs: Sequence[Measured]) -> RunComparison:
    """Each of the runs beside the first of them.

    The verdicts on one quantity, over all cells of all runs, are one family of comparisons, whose p values are adjusted
    together. Raises StoreError when a run is of another project, or has no cell in common with the first.
    """
    base, *others = runs
    _require_one_project(base, others)
    tests: dict[Place, RatioTest | None] = {}
    for number, other in enumerate(others):
        together = _paired(base, other)
        for old, new in _common(base, other):
            for quantity in QUANTITIES:
                if quantity.of_load(new.cell.load):
                    tests[number, key_of(new.cell), quantity.name] = _tested(quantity, old, new, together=together)
        if not _common(base, other):
            raise StoreError(f"{other.path} has no cell in common with {base.path}; compare runs of the same cells")
    judged: dict[Place, Comparison | None] = {}
    for quantity in QUANTITIES:
        family = [place for place in tests if place[2] == quantity.name]
        judged.update(zip(family, judge_family([tests[place] for place in family]), strict=True))
    return RunComparison(
        path=base.path,
        base=base.run,
        others=tuple(_run_change(base, other, number, judged) for number, other in enumerate(others)),
    )


def _require_one_project(base: Measured, others: Sequence[Measured]) -> None:
    """Raises StoreError for a run of another project: cells of one name would be something else there."""
    ours = project_name(base.run)
    for other in others:
        theirs = project_name(other.run)
        if theirs != ours:
            raise StoreError(
                f"{other.path} measured {in_sentence(theirs)}, and {base.path} {in_sentence(ours)}; "
                "compare runs of one project"
            )


def _common(base: Measured, other: Measured) -> list[tuple[CellSummary, CellSummary]]:
    """The cells that both have in their plans, in the order of the other's."""
    olds = {key_of(cell.cell): cell for cell in base.summary.cells}
    return [(olds[key_of(new.cell)], new) for new in other.summary.cells if key_of(new.cell) in olds]


def _paired(base: Measured, other: Measured) -> bool:
    """May a block of the one be paired with the other's of that number?"""
    if _same(base.run, other.run):
        return True
    boots = {run.machine.get(_BOOT) for run in (base.run, other.run)}
    return len(boots) == 1 and None not in boots and took_turns(base.stretches, other.stretches)


def _same(base: Run, other: Run) -> bool:
    """Are they records of one run? Two of a profile that began in the same second have the same id."""
    ours, theirs = ((run.id, run.seed, run.started, run.machine.get(_BOOT)) for run in (base, other))
    return ours == theirs


def _tested(quantity: Quantity, old: CellSummary, new: CellSummary, *, together: bool) -> RatioTest | None:
    before, after = quantity.values(old), quantity.values(new)
    if together:
        return paired(Pair(after, before, quantity.more_is_better))
    return unpaired(list(after.values()), list(before.values()), more_is_better=quantity.more_is_better)


def _run_change(base: Measured, other: Measured, number: int, judged: Mapping[Place, Comparison | None]) -> RunChange:
    cells = []
    for old, new in _common(base, other):
        changes = {}
        for quantity in QUANTITIES:
            comparison = judged.get((number, key_of(new.cell), quantity.name))
            if comparison is None:
                continue
            before, after = quantity.values(old), quantity.values(new)
            changes[quantity.name] = Change(
                quantity=quantity,
                base=geometric_mean(before.values()),
                new=geometric_mean(after.values()),
                base_blocks=len(before),
                new_blocks=len(after),
                comparison=comparison,
            )
        cells.append(CellChange(base=old, new=new, changes=changes))
    common = {key_of(cell.cell) for cell in cells}
    return RunChange(
        path=other.path,
        run=other.run,
        same=_same(base.run, other.run),
        paired=_paired(base, other),
        differences=tuple(differences_of_runs((base.run, base.answers), (other.run, other.answers))),
        shift=_shift(cells),
        cells=tuple(cells),
        only_in_base=tuple(cell for cell in base.run.cells if key_of(cell) not in common),
        only_in_new=tuple(cell for cell in other.run.cells if key_of(cell) not in common),
        gone=tuple(
            cell.cell for cell in base.summary.cells if cell.status == "measured" and key_of(cell.cell) not in common
        ),
    )


def _shift(cells: Sequence[CellChange]) -> float | None:
    changes = (cell.changes.get(THROUGHPUT.name) for cell in cells)
    ratios = [change.comparison.estimate.mean for change in changes if change]
    return median(ratios) if len(ratios) >= _MIN_CELLS_FOR_SHIFT else None
