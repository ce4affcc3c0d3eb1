"""The plan: every cell once per block, in an order that the seed decides."""

from typing import Any

import pytest

from runners.errors import UsageError
from runners.plan import make_plan
from runners.profile import Profile


def a_profile(**changes: Any) -> Profile:
    return Profile.model_validate(
        {
            "description": "",
            "servers": ["uvicorn", "gunicorn-sync"],
            "patterns": ["plain", "fan_out"],
            "styles": ["sync", "async"],
            "users": [1, 8],
            "blocks": 4,
            "warmup_s": 0.1,
            "duration_s": 1.0,
            **changes,
        }
    )


@pytest.mark.parametrize("isolation", ["trial", "block"])
def test_every_cell_is_measured_once_per_block(isolation: str) -> None:
    plan = make_plan(a_profile(isolation=isolation), 3)
    assert len(plan.cells) == 2 * 2 * 2 * 2
    for block in plan.blocks:
        assert sorted(index for session in block for index in session.cells) == list(range(16))
        for session in block:
            assert {plan.cells[index].server for index in session.cells} == {session.server}
    assert plan.trials == 64


def test_isolation_by_trial_starts_a_server_for_each_trial() -> None:
    plan = make_plan(a_profile(isolation="trial"), 3)
    assert all(len(session.cells) == 1 for block in plan.blocks for session in block)


def test_isolation_by_block_starts_each_server_once_per_block() -> None:
    plan = make_plan(a_profile(isolation="block"), 3)
    assert all(len(block) == 2 for block in plan.blocks)


def test_the_seed_decides_the_order_and_blocks_differ() -> None:
    orders = [make_plan(a_profile(), seed).blocks for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    assert len(set(orders[0])) > 1


def test_styles_can_be_all_that_each_pattern_has() -> None:
    plan = make_plan(a_profile(styles=["all"]), 1)
    assert {(cell.pattern, cell.style) for cell in plan.cells} == {
        ("plain", "sync"),
        ("plain", "async"),
        ("fan_out:calls=10,delay=0.05", "sync"),
        ("fan_out:calls=10,delay=0.05", "threads"),
        ("fan_out:calls=10,delay=0.05", "async"),
    }


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"styles": ["threads"]}, "unknown style of plain 'threads' .known: sync, async"),
        ({"styles": ["sync", "sync"]}, "the style sync is given twice"),
        ({"servers": ["uvicorn", "uvicorn:workers=1"]}, "the server uvicorn:workers=1,.* is given twice"),
        ({"patterns": ["sleep", "sleep:delay=0.05"]}, "the pattern sleep:delay=0.05 is given twice"),
        ({"users": [2, 2]}, "the number of users 2 is given twice"),
        ({"servers": ["nginx"]}, "unknown server 'nginx'"),
    ],
)
def test_what_cannot_be_measured_is_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        make_plan(a_profile(**changes), 1)


def test_a_server_that_is_not_installed_is_left_out() -> None:
    plan = make_plan(a_profile(), 1, leave_out=["uvicorn"])
    assert {cell.server for cell in plan.cells} == {"gunicorn-sync:workers=1"}


def test_the_expected_time_knows_the_waits() -> None:
    """One sync request takes 10 s: verified once, warmed up once, measured once, and one more in flight at the end."""
    waits = a_profile(
        servers=["uvicorn"], patterns=["fan_out:calls=10,delay=1"], styles=["sync"], users=[1], blocks=1, duration_s=5.0
    )
    short = a_profile(servers=["uvicorn"], patterns=["plain"], styles=["sync"], users=[1], blocks=1, duration_s=5.0)
    assert 30 <= make_plan(waits, 1).expected_s() - make_plan(short, 1).expected_s() <= 40


def test_the_expected_time_knows_that_users_wait_for_slots() -> None:
    one, many = (
        make_plan(a_profile(servers=["gunicorn-sync"], patterns=["sleep:delay=1"], users=[users]), 1).expected_s()
        for users in (1, 16)
    )
    assert many > one + 2 * 4 * 15
