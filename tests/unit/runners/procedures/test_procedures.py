"""What a run measures next: as many blocks as planned, or as many as narrow intervals need."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from results.analysis.stopping import Evidence
from results.records.schema import Purpose
from results.records.store import RunDirectory
from runners.planning.plan import Plan
from runners.procedures.blocks import FixedBlocks, block_of
from runners.procedures.choice import procedure_of
from runners.procedures.clock import Clock
from runners.procedures.narrowing import UntilNarrow
from runners.procedures.procedure import Ended, outstanding
from runners.procedures.progress import Progress
from tests.unit.runners.planning.test_plan import a_profile
from tests.unit.site import plan_from

NARROW = (100.0, 100.5, 99.5, 100.0, 100.2, 99.8)
WIDE = (100.0, 110.0, 90.0, 105.0, 95.0, 100.0)
WIDER = (100.0, 200.0, 50.0, 150.0, 70.0, 100.0)


def a_plan(**changes: Any) -> Plan:
    """Two patterns, each in two styles: cells 0 and 1 are rivals, and 2 and 3."""
    profile = {"servers": ["uvicorn"], "patterns": ["plain", "cpu"], "styles": ["sync", "async"], "users": [1]}
    return plan_from(a_profile(**profile, **changes), 1)


class Seen(Progress):
    """The progress of a run of which so much is known."""

    def __init__(self, plan: Plan, path: Path, blocks: int, *cells: Evidence, spent_s: float = 0.0) -> None:
        super().__init__(plan, RunDirectory(path), blocks=[block_of(plan, number) for number in range(blocks)])
        self.clock = Clock(spent_s)
        self._cells = cells

    def evidence(self) -> list[Evidence]:
        return list(self._cells)


def groups(*compared: Sequence[float]) -> list[Evidence]:
    """Two cells each, alike."""
    return [Evidence(group=group, compared=values) for group, values in enumerate(compared) for _ in range(2)]


def cells_of(block: object) -> list[int]:
    assert isinstance(block, tuple)
    return sorted(index for session in block for index in session.cells)


def test_fixed_blocks_are_made_whatever_comes_out(tmp_path: Path) -> None:
    plan = a_plan(blocks="3")
    procedure = procedure_of(plan)
    assert isinstance(procedure, FixedBlocks)
    for made in range(3):
        progress = Seen(plan, tmp_path, made)
        assert procedure.next(progress) == block_of(plan, made)
        assert procedure.certain(progress) == 4 * (3 - made)
    assert procedure.next(Seen(plan, tmp_path, 3)) is Ended.BLOCKS
    assert procedure.certain(Seen(plan, tmp_path, 3)) == 0


def test_a_block_is_made_for_a_purpose(tmp_path: Path) -> None:
    plan = a_plan(blocks="1")
    block = FixedBlocks(plan=plan, purpose=Purpose.CALIBRATE).next(Seen(plan, tmp_path, 0))
    assert block == tuple(replace(session, purpose=Purpose.CALIBRATE) for session in block_of(plan, 0))


def test_the_fewest_blocks_have_every_cell(tmp_path: Path) -> None:
    plan = a_plan(blocks="2..9")
    procedure = procedure_of(plan)
    assert isinstance(procedure, UntilNarrow)
    assert procedure.next(Seen(plan, tmp_path, 1)) == block_of(plan, 1)
    assert outstanding(procedure, Seen(plan, tmp_path, 1)) == 4 + 4  # the block that has begun, and one that follows
    assert procedure.certain(Seen(plan, tmp_path, 5)) == 0


def test_only_rivals_with_wide_intervals_get_more_blocks(tmp_path: Path) -> None:
    plan = a_plan(blocks="2..9")
    block = UntilNarrow(plan=plan).next(Seen(plan, tmp_path, 2, *groups(NARROW, WIDE)))
    assert block == block_of(plan, 2, [2, 3])
    assert cells_of(block) == [2, 3]


@pytest.mark.parametrize(
    ("blocks", "cells", "ended"),
    [
        (2, groups(NARROW, NARROW), Ended.SETTLED),
        (9, groups(NARROW, WIDE), Ended.BLOCKS),
        (9, groups(NARROW, NARROW), Ended.SETTLED),  # settled in the last block that was possible
        (2, [Evidence(group=0, compared=(), hopeless=True)] * 4, Ended.NOTHING),
    ],
)
def test_why_no_block_follows(tmp_path: Path, blocks: int, cells: list[Evidence], ended: Ended) -> None:
    plan = a_plan(blocks="2..9")
    assert UntilNarrow(plan=plan).next(Seen(plan, tmp_path, blocks, *cells)) is ended


@pytest.mark.parametrize(
    ("groups_that_fit", "expected"), [(math.inf, [0, 1, 2, 3]), (2.5, [0, 1, 2, 3]), (1.5, [2, 3]), (0.5, None)]
)
def test_a_budget_goes_to_the_widest_intervals(
    tmp_path: Path, groups_that_fit: float, expected: list[int] | None
) -> None:
    """Of a budget ten seconds are left for the end."""
    plan = a_plan(blocks="2..9")
    budget_s = None if groups_that_fit == math.inf else 100 + 10 + groups_that_fit * plan.block_s([0, 1])
    plan = replace(plan, settings=replace(plan.settings, budget_s=budget_s))
    block = UntilNarrow(plan=plan).next(Seen(plan, tmp_path, 2, *groups(WIDE, WIDER), spent_s=100))
    assert block is Ended.BUDGET if expected is None else cells_of(block) == expected


def test_blocks_that_take_longer_than_expected_are_expected_to_go_on_like_that(tmp_path: Path) -> None:
    plan = a_plan(blocks="2..9")
    plan = replace(plan, settings=replace(plan.settings, budget_s=10 + 1.5 * plan.block_s([0, 1])))
    progress = Seen(plan, tmp_path, 2, *groups(WIDE, NARROW))
    assert cells_of(UntilNarrow(plan=plan).next(progress)) == [0, 1]
    progress.clock.block(20.0, expected_s=10.0)
    assert UntilNarrow(plan=plan).next(progress) is Ended.BUDGET


def test_what_does_not_fit_leaves_room_for_what_does(tmp_path: Path) -> None:
    plan = a_plan(blocks="2..9")
    cells = [Evidence(group=0, compared=WIDE), *(Evidence(group=1, compared=WIDER) for _ in range(3))]
    plan = replace(plan, settings=replace(plan.settings, budget_s=10 + 1.5 * plan.block_s([0])))
    assert cells_of(UntilNarrow(plan=plan).next(Seen(plan, tmp_path, 2, *cells))) == [0]
