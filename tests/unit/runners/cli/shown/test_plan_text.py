"""A plan for people: short, and nothing that is measured is missing."""

from typing import Any

import pytest

from runners.cli.shown.plan_text import plan_lines, print_plan
from runners.planning import profile
from runners.planning.plan import Plan
from runners.servers.registry import SERVERS
from tests.unit.runners.planning.test_plan import a_profile
from tests.unit.site import plan_from


def lines_of(**changes: Any) -> list[str]:
    return plan_lines(plan_from(a_profile(**changes), 1))


def test_a_line_for_each_pattern_has_its_loads_styles_and_servers() -> None:
    first, second, *rest = lines_of(servers=["uvicorn", "gunicorn-gthread:threads=4"])
    assert first == "plain (1 user; 8 users): sync, async on uvicorn, gunicorn-gthread"
    assert second == "fan_out:calls=10,delay=0.05 (1 user; 8 users): sync, async on uvicorn, gunicorn-gthread"
    assert "gunicorn-gthread:workers=1,threads=4: 4 slots (workers=1 x threads=4)" in rest
    assert rest[-1].startswith("16 cells x 4 blocks = 64 trials, isolation by trial, seed 1, about ")


def test_servers_with_other_styles_stand_apart() -> None:
    (line, *_) = lines_of(servers=["uvicorn", "gunicorn-gevent", "daphne"], patterns=["plain"], users=[2])
    assert line == "plain (2 users): sync, async on uvicorn, daphne; sync on gunicorn-gevent"


def test_loads_with_other_servers_have_a_line_of_their_own() -> None:
    first, second, *_ = lines_of(patterns=["plain"], users=[2], also=[{"users": [4], "servers": ["daphne"]}])
    assert first == "plain (2 users): sync, async on uvicorn, gunicorn-sync"
    assert second == "plain (4 users): sync, async on daphne"


def test_of_many_servers_those_are_named_that_are_fewer() -> None:
    line = lines_of(servers=["all"], patterns=["plain"], users=[2])[0]
    assert line == "plain (2 users): sync, async on every server but gunicorn-gevent; sync on gunicorn-gevent"
    line = lines_of(servers=["all"], patterns=["plain"], users=[2], styles=["async"])[0]
    assert line == "plain (2 users): async on every server"
    assert len(SERVERS) > 6


def test_a_range_of_blocks_and_a_budget_are_said() -> None:
    lines = lines_of(blocks="6..20", budget_cores=2)
    assert any(line.startswith("up to 14 blocks more") for line in lines)
    assert any(line.startswith("Budget of each server: 2 cores.") for line in lines)


def test_the_plan_says_what_takes_turns_and_what_does_not() -> None:
    everything = "All cells take turns in slices, while up to 2 servers stand side by side."
    assert everything in lines_of(patterns=["plain"], users=[2], isolation="block")
    off = "One after the other, in one window each: all cells. Reason: --by-turns off."
    assert off in lines_of(patterns=["plain"], users=[2], by_turns="off")
    mixed = lines_of(
        patterns=["plain", "sse"],
        users=[2],
        hold=[5],
        also=[{"users": [3], "styles": ["async"], "servers": ["daphne"]}],
    )
    assert any(line.startswith("8 cells take turns") for line in mixed)
    no_rival, no_slices = (line for line in mixed if line.startswith("One after the other"))
    assert "(5 held open)" in no_slices
    assert "plain (3 users)" in no_rival


@pytest.mark.parametrize("name", profile.built_in_profiles())
def test_the_plan_of_a_profile_is_no_wall_of_text(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    plan: Plan = plan_from(profile.load(name), 1)
    print_plan(plan, as_json=False)
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) <= len(plan.patterns) + len(plan.servers) + 8
    for pattern in plan.patterns:
        assert any(line.startswith(f"{pattern} (") for line in shown)
