"""The plan: every cell once per block, in an order that the seed decides."""

import re
from dataclasses import replace
from typing import Any

import pytest

from djbench.cell import Cell
from djbench.errors import UsageError
from djbench.load import ClosedLoad
from djbench.options import Profile
from results.records.schema import Session
from runners.cli.shown.plan_text import budget
from runners.planning.plan import Plan, plan_of
from runners.planning.profile import checked
from runners.planning.selection import select
from runners.procedures.blocks import block_of
from runners.servers.lookup import parse_server
from runners.servers.registry import SERVERS
from tests.unit.runs import a_cell, a_run
from tests.unit.site import SITE, plan_from


def blocks_of(plan: Plan) -> list[tuple[Session, ...]]:
    return [block_of(plan, number) for number in range(plan.settings.max_blocks)]


def a_profile(**changes: Any) -> Profile:
    return checked(
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
    plan = plan_from(a_profile(isolation=isolation), 3)
    assert len(plan.cells) == 2 * 2 * 2 * 2
    for block in blocks_of(plan):
        assert sorted(index for session in block for index in session.cells) == list(range(16))
        for session in block:
            for start in session.starts:
                assert {plan.cells[index].server for index in start.cells} == {start.server}


def test_isolation_by_trial_starts_a_server_for_each_trial() -> None:
    plan = plan_from(a_profile(isolation="trial", by_turns="off"), 3)
    assert all(len(session.cells) == 1 for block in blocks_of(plan) for session in block)


def test_isolation_by_block_starts_each_server_once_per_block() -> None:
    plan = plan_from(a_profile(isolation="block", by_turns="off"), 3)
    assert all(len(block) == 2 for block in blocks_of(plan))


def test_rivals_that_take_turns_stand_side_by_side_each_on_a_start_of_its_own() -> None:
    plan = plan_from(a_profile(isolation="trial"), 3)
    for block in blocks_of(plan):
        assert len(block) == 4  # two patterns, two loads
        for session in block:
            assert session.by_turns
            assert all(len(start.cells) == 1 for start in session.starts)
            assert len({plan.cells[index].rivals for index in session.cells}) == 1


def test_with_shared_starts_all_servers_stand_side_by_side() -> None:
    plan = plan_from(a_profile(isolation="block"), 3)
    for (session,) in blocks_of(plan):
        assert session.by_turns
        assert len(session.starts) == 2


@pytest.mark.parametrize(
    ("changes", "by_turns"),
    [
        ({}, {True}),
        ({"by_turns": "off"}, {False}),
        ({"generators": 2}, {False}),
        ({"servers": ["uvicorn"], "styles": ["async"], "users": [1]}, {False}),  # nobody to compare with
        ({"users": [], "rates": ["50"]}, {True}),
        ({"users": [], "rates": ["50..100/2s"]}, {False}),  # one course
        ({"patterns": ["sse:delay=0.1"], "users": [], "hold": [2]}, {False}),
        ({"patterns": ["plain", "background"], "styles": ["all"]}, {True, False}),  # its work outlasts the answer
    ],
)
def test_what_takes_turns(changes: dict[str, Any], by_turns: set[bool]) -> None:
    plan = plan_from(a_profile(**changes), 3)
    (block, *_) = blocks_of(plan)
    assert {session.by_turns for session in block} == by_turns
    for session in block:
        for index in session.cells:
            assert (index in plan.taking_turns()) is session.by_turns
            assert not (session.by_turns and plan.cells[index].pattern.startswith("background"))


def test_the_seed_decides_the_order_and_blocks_differ() -> None:
    orders = [blocks_of(plan_from(a_profile(), seed)) for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    assert len(set(map(tuple, orders[0]))) > 1


@pytest.mark.parametrize("isolation", ["trial", "block"])
def test_what_is_chosen_for_a_block_leaves_its_order_as_it_is(isolation: str) -> None:
    """Else a run that is resumed, or stopped for some cells, would follow another plan than its seed says."""
    plan = plan_from(a_profile(isolation=isolation), 3)
    whole, part = (
        [index for session in block_of(plan, 2, chosen) for index in session.cells] for chosen in (None, (1, 5, 9, 13))
    )
    assert part == [index for index in whole if index in (1, 5, 9, 13)]


def test_what_is_compared_is_measured_close_together() -> None:
    """On a machine that drifts, trials a minute apart are more alike than those an hour apart."""
    plan = plan_from(a_profile(isolation="trial", by_turns="off"), 3)
    orders = []
    for block in blocks_of(plan):
        groups = [plan.cells[session.cells[0]].rivals for session in block]
        changes = [group for place, group in enumerate(groups) if place == 0 or groups[place - 1] != group]
        assert len(changes) == len(set(groups)) == 4  # two patterns, two loads
        orders.append(changes)
    assert len(set(map(tuple, orders))) > 1
    first = [[plan.cells[session.cells[0]] for session in block][:4] for block in blocks_of(plan)]
    assert len({tuple(cell.server + cell.style for cell in cells) for cells in first}) > 1


def test_cells_with_another_label_or_handicap_get_a_start_of_their_own() -> None:
    profile = a_profile(isolation="block", servers=["uvicorn"], patterns=["plain"], users=[1], by_turns="off")
    plan = plan_from(profile, 3)
    cells = (*plan.cells, *(replace(cell, label="b") for cell in plan.cells))
    cells = (*cells, *(replace(cell, handicap_us=9.0) for cell in plan.cells))
    starts = [sorted(session.cells) for session in block_of(replace(plan, cells=cells), 0)]
    assert sorted(starts) == [[0, 1], [2, 3], [4, 5]]


def test_a_stored_run_has_the_plan_it_was_made_from() -> None:
    plan = plan_from(a_profile(), 3)
    assert plan_of(a_run(plan.cells, 0, settings=plan.settings, seed=3), SITE) == plan


@pytest.mark.parametrize(
    "cell",
    [
        a_cell(pattern="gone"),
        a_cell("gone"),
        replace(a_cell(), load=ClosedLoad(users=2, beside="gone", beside_users=1)),
    ],
)
def test_a_run_whose_parts_are_gone_does_not_go_on(cell: Cell) -> None:
    with pytest.raises(UsageError, match=r"this djbench cannot go on with the run: unknown (pattern|server) 'gone'"):
        plan_of(a_run((a_cell(), cell), 1), SITE)


def test_a_plan_has_the_servers_and_patterns_of_its_cells_and_no_others() -> None:
    """Else that no server is left would not be noticed, and one that is resumed would be another plan."""
    profile = a_profile(
        servers=["uvicorn-pure", "uvicorn"], patterns=["websocket", "plain"], styles=["async"], users=[], hold=[1]
    )
    plan = plan_from(profile, 3)
    assert [spec.server.name for spec in plan.servers.values()] == ["uvicorn"]
    assert [spec.pattern.name for spec in plan.patterns.values()] == ["websocket"]
    assert plan_of(a_run(plan.cells, 0, settings=plan.settings, seed=3), SITE) == plan
    assert any(name.startswith("uvicorn-pure") for name in select(profile, SITE).cannot_run())


@pytest.mark.parametrize(
    ("changes", "sizes"),
    [
        ({"users": [1, 64]}, [64, 64, 64]),  # as many for the event loop as for the threads
        ({"users": [1, 8]}, [32, 32, 32]),  # the slots of one process of the second
        ({"users": [1, 8], "servers": ["uvicorn", "gunicorn-sync:workers=4"]}, [16, 16]),
        ({"users": [10], "beside": "sleep", "beside_users": 50}, [60, 60, 60]),
        ({"users": [], "rates": ["10"], "connections": 70}, [70, 70, 70]),
        ({"users": [8], "hold": [100], "patterns": ["plain", "sse:delay=0.1"]}, [100, 100, 100]),
        ({"users": [300]}, [300, 240, 120]),  # within the 500 less 20 that there are
    ],
)
def test_the_pool_of_connections_has_one_size_for_all_servers(changes: dict[str, Any], sizes: list[int]) -> None:
    servers = ["uvicorn", "gunicorn-gthread:workers=2,threads=32", "uvicorn-pure:workers=4"]
    plan = plan_from(a_profile(**{"servers": servers, "patterns": ["plain"], **changes}), 1)
    assert [plan.pool_size(server, 500) for server in plan.servers] == sizes
    assert {plan.pool_size(server, None) for server in plan.servers} == {max(sizes)}


def test_a_budget_has_to_do_for_the_least_number_of_blocks() -> None:
    plan_from(a_profile(budget_s=3600.0, blocks="4..9"), 3).require_time()
    plan = plan_from(a_profile(budget_s=60.0, blocks="4..9"), 3)
    complaint = r"--budget of 60 s: 4 blocks of 16 cells take about \d+ s; give --budget (\d+)s or more, lower"
    with pytest.raises(UsageError, match=complaint) as caught:
        plan.require_time()
    enough = re.search(complaint, str(caught.value))
    assert enough
    plan_from(a_profile(budget_s=float(enough[1]), blocks="4..9"), 3).require_time()


def test_styles_can_be_all_that_each_pattern_has() -> None:
    plan = plan_from(a_profile(styles=["all"]), 1)
    assert {(cell.pattern, cell.style) for cell in plan.cells} == {
        ("plain", "sync"),
        ("plain", "async"),
        ("fan_out:calls=10,delay=0.05", "sync"),
        ("fan_out:calls=10,delay=0.05", "threads"),
        ("fan_out:calls=10,delay=0.05", "async"),
        ("fan_out:calls=10,delay=0.05", "requests"),
        ("fan_out:calls=10,delay=0.05", "aiohttp"),
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
        plan_from(a_profile(**changes), 1)


def test_a_sweep_is_as_many_cells_as_it_has_values() -> None:
    swept = a_profile(servers=["gunicorn-gthread:threads=2|4"], patterns=["sleep:delay=0.01|0.02"], styles=["sync"])
    plan = plan_from(swept, 1)
    assert {(cell.slots, cell.pattern) for cell in plan.cells} == {
        (slots, f"sleep:delay={delay}") for slots in (2, 4) for delay in ("0.01", "0.02")
    }
    with pytest.raises(UsageError, match="the server gunicorn-gthread:workers=1,threads=4 is given twice"):
        plan_from(a_profile(servers=["gunicorn-gthread:threads=4|4"]), 1)
    with pytest.raises(UsageError, match="'delay=' is not key=value"):
        plan_from(a_profile(patterns=["sleep:delay=1|"]), 1)


def test_all_is_every_server_of_djbenchs_own_that_is_not_named() -> None:
    profile = a_profile(servers=["waitress:threads=2|4", "all"], patterns=["plain"], styles=["sync"])
    servers = [str(spec) for spec in select(profile, SITE).servers]
    assert servers[:2] == ["waitress:threads=2", "waitress:threads=4"]
    assert servers[2:] == [str(parse_server(name)) for name in SERVERS if name != "waitress"]
    with pytest.raises(UsageError, match="given twice"):
        select(a_profile(servers=["all", "all"]), SITE)


def test_styles_that_cannot_work_are_left_out_with_the_reason() -> None:
    profile = a_profile(patterns=["background", "websocket"], styles=["async"])
    plan = plan_from(profile, 1)
    assert {(cell.pattern.partition(":")[0], cell.interface) for cell in plan.cells} == {
        ("background", "asgi"),
        ("websocket", "asgi"),
    }
    assert select(profile, SITE).cannot_run() == {
        "gunicorn-sync background async": "under WSGI the event loop ends with the view, and the task with it",
        "gunicorn-sync websocket async": "there are no WebSockets under WSGI",
    }


def test_what_has_no_events_is_not_held_and_a_generator_of_the_wrong_kind_neither() -> None:
    profile = a_profile(patterns=["plain", "sse"], users=[], hold=[10, 20])
    plan = plan_from(profile, 1)
    assert [(cell.load.at_once, cell.interface, cell.style) for cell in plan.cells] == [
        (10, "asgi", "async"),
        (10, "wsgi", "sync"),
        (20, "asgi", "async"),
        (20, "wsgi", "sync"),
    ]
    why = select(profile, SITE).cannot_run()
    assert why["uvicorn plain sync held open"] == "plain cannot be held open; sse, stream and websocket can"
    with pytest.raises(UsageError, match="--duration 1: sse:events=10,delay=1 has an event every 1 s"):
        plan_from(a_profile(patterns=["sse:delay=1"], users=[], hold=[10]), 1)
    with pytest.raises(UsageError, match=r"--timeout 0\.2: the first event of sse:events=10,delay=0\.3 comes"):
        plan_from(a_profile(patterns=["sse:delay=0.3"], users=[], hold=[10], timeout_s=0.2), 1)
    taken = "under ASGI Django takes all of its sync events before the first one goes out"
    assert why["uvicorn sse sync held open"] == taken


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        (
            {"patterns": ["sse:delay=0"], "hold": [10]},
            (
                "sse:events=10,delay=0 has an event every 0 s, and timers tick in milliseconds: give delay=0.001 "
                "or more to hold it open, such as sse:delay=1"
            ),
        ),
        (
            {"patterns": ["sse"], "hold": [10, 1000]},
            (
                "--hold 1000: sse:events=10,delay=0.005 would have 200,000 events a second, and one generator takes "
                "25,000: give delay=0.04 or more"
            ),
        ),
        ({"patterns": ["sse"], "hold": [1000], "generators": 2}, "2 generators take 50,000: give delay=0.02 or more"),
        (
            {"patterns": ["websocket:delay=0.001"], "hold": [10], "duration_s": 990.0, "warmup_s": 4.0},
            "every 0.001 s and at most 1,000,000 events, which end after 1,000 s: warm-up and window may take 1,006 s",
        ),
    ],
)
def test_a_held_load_that_would_show_nothing_is_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UsageError) as refused:
        plan_from(a_profile(**{"users": [], "styles": ["all"], **changes}), 1)
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_is_not_held_may_have_more_events_than_a_generator_takes() -> None:
    """There are no WebSockets under WSGI, so that theirs are nothing to refuse the run for."""
    profile = a_profile(
        servers=["gunicorn-gthread"], patterns=["sse:delay=1", "websocket"], styles=["all"], users=[], hold=[1000],
        duration_s=3.0,
    )  # fmt: skip
    assert [(cell.pattern, cell.style) for cell in plan_from(profile, 1).cells] == [("sse:events=10,delay=1", "sync")]
    with pytest.raises(UsageError, match=r"--hold 1000: websocket:.* would have 200,000 events a second"):
        plan_from(replace(profile, servers=("uvicorn",)), 1)


def test_a_held_load_at_each_of_its_limits_is_none() -> None:
    for changes in (
        {"patterns": ["sse:delay=0.001"], "hold": [25]},
        {"patterns": ["sse:delay=0.04"], "hold": [1000]},
        {"patterns": ["sse:delay=0.02"], "hold": [1000], "generators": 2},
        {"patterns": ["sse:delay=0.001"], "hold": [10], "duration_s": 983.0, "warmup_s": 4.0},
    ):
        assert plan_from(a_profile(users=[], **changes), 1).cells


def test_what_is_held_and_work_that_outlasts_its_answer_have_a_server_of_their_own() -> None:
    profile = a_profile(
        patterns=["sse", "background"],
        styles=["async"],
        servers=["uvicorn"],
        users=[2, 4],
        hold=[10, 20],
        isolation="block",
    )
    plan = plan_from(profile, 1)
    shared = [[plan.cells[index] for index in session.cells] for session in block_of(plan, 0)]
    assert sorted(len(cells) for cells in shared) == [1, 1, 1, 1, 2]
    together = next(cells for cells in shared if len(cells) == 2)
    assert {(cell.pattern.partition(":")[0], cell.load.kind) for cell in together} == {("sse", "closed")}


@pytest.mark.parametrize(("fresh_state", "starts"), [(False, 1), (True, 2)])
def test_what_writes_has_a_server_of_its_own_if_only_a_start_forgets_it(*, fresh_state: bool, starts: int) -> None:
    profile = a_profile(
        patterns=["plain", "orm_write"], styles=["sync"], servers=["uvicorn"], users=[2], isolation="block"
    )
    plan = replace(plan_from(profile, 1), fresh_state=fresh_state)
    assert sum(len(session.starts) for session in block_of(plan, 0)) == starts


def test_events_over_a_websocket_are_held_open_only() -> None:
    profile = a_profile(patterns=["websocket:events=5"], styles=["async"], servers=["uvicorn"])
    assert plan_from(profile, 1).cells == ()
    assert "leave events at 0" in next(iter(select(profile, SITE).cannot_run().values()))


def test_slots_give_each_server_that_has_them_one_configuration_for_each_number() -> None:
    swept = a_profile(servers=["gunicorn-gthread", "uvicorn"], slots=[1, 4], styles=["sync"], patterns=["plain"])
    assert [(name.partition(":")[0], spec.slots) for name, spec in plan_from(swept, 1).servers.items()] == [
        ("gunicorn-gthread", 1),
        ("uvicorn", None),
        ("gunicorn-gthread", 4),
    ]


def test_a_budget_of_cores_is_a_process_for_each_and_slots_are_shared_by_them() -> None:
    servers = ["gunicorn-gthread", "gunicorn-sync", "waitress", "uvicorn"]
    plan = plan_from(a_profile(servers=servers, budget_cores=2, styles=["sync"], patterns=["plain"], users=[1]), 1)
    assert [(cell.server.partition(":")[0], cell.processes, cell.slots, cell.slots_by) for cell in plan.cells] == [
        ("gunicorn-gthread", 2, 32, "workers=2 x threads=16"),
        ("gunicorn-sync", 2, 2, "workers=2"),
        ("waitress", 1, 16, "threads=16"),
        ("uvicorn", 2, None, "an event loop"),
    ]
    assert plan.settings.budget_cores == 2
    assert budget(plan) == (
        "Budget of each server: 2 cores. With fewer processes, which use a core each at most: waitress:threads=16 (1)."
    )
    shared = a_profile(servers=servers, budget_cores=2, slots=[16], styles=["sync"], patterns=["plain"], users=[1])
    assert [(cell.processes, cell.slots_by) for cell in plan_from(shared, 1).cells] == [
        (2, "workers=2 x threads=8"),
        (16, "workers=16"),
        (1, "threads=16"),
        (2, "an event loop"),
    ]


def test_a_budget_of_cores_and_another_number_of_workers_contradict_each_other() -> None:
    plan_from(a_profile(servers=["uvicorn:workers=2"], budget_cores=2), 1)
    with pytest.raises(UsageError, match="uvicorn:workers=3: a budget of 2 cores sets workers=2; leave"):
        plan_from(a_profile(servers=["uvicorn:workers=3"], budget_cores=2), 1)
    with pytest.raises(UsageError, match=r"gunicorn-gthread:.*: 1 slot cannot be shared evenly by 2 workers"):
        plan_from(a_profile(servers=["gunicorn-gthread"], budget_cores=2, slots=[1]), 1)


def test_without_a_budget_of_cores_nothing_is_said_of_one() -> None:
    assert budget(plan_from(a_profile(), 1)) == ""


def test_what_stands_beside_needs_its_services_too() -> None:
    profile = a_profile(servers=["uvicorn"], patterns=["plain"], users=[1], beside="orm_read", beside_users=2)
    plan = plan_from(profile, 1, database="postgres")
    assert plan.uses == {"database"}
    assert plan.settings.database == "postgres"


def test_a_style_that_a_server_cannot_run_is_left_out() -> None:
    both = a_profile(servers=["gunicorn-gevent", "uvicorn"], patterns=["plain"], users=[1])
    assert [(cell.server.partition(":")[0], cell.style) for cell in plan_from(both, 1).cells] == [
        ("gunicorn-gevent", "sync"),
        ("uvicorn", "sync"),
        ("uvicorn", "async"),
    ]
    assert list(select(both, SITE).cannot_run()) == ["gunicorn-gevent async"]
    assert select(a_profile(servers=["gunicorn-gevent"], styles=["sync"]), SITE).cannot_run() == {}
    sockets = a_profile(servers=["uvicorn-pure", "daphne"], patterns=["websocket"], styles=["async"], users=[1])
    assert [cell.server for cell in plan_from(sockets, 1).cells] == ["daphne"]
    assert list(select(sockets, SITE).cannot_run()) == ["uvicorn-pure websocket async"]


def test_what_the_site_is_started_with_parts_the_starts() -> None:
    """A stack of middleware is chosen when the site starts."""
    patterns = ["plain", "middleware:kind=sync,depth=3", "middleware:kind=sync,depth=1", "cbv_login"]
    plan = plan_from(a_profile(isolation="block", servers=["uvicorn"], patterns=patterns, users=[1]), 1)
    (session,) = block_of(plan, 0)
    starts = [{plan.cells[index].pattern for index in start.cells} for start in session.starts]
    assert sorted(map(len, starts)) == [1, 1, 1, 1]
    assert [plan.patterns[pattern].stack for pattern in patterns] == ["", "sync:3", "sync:1", "login"]


def test_a_server_that_is_not_installed_is_left_out() -> None:
    plan = plan_from(a_profile(), 1, leave_out=["uvicorn"])
    assert {cell.server for cell in plan.cells} == {"gunicorn-sync:workers=1"}


def test_the_expected_time_knows_the_waits() -> None:
    """One sync request takes 10 s: verified once, warmed up once, measured once, and one more in flight at the end."""
    waits = a_profile(
        servers=["uvicorn"], patterns=["fan_out:calls=10,delay=1"], styles=["sync"], users=[1], blocks=1, duration_s=5.0
    )
    short = a_profile(servers=["uvicorn"], patterns=["plain"], styles=["sync"], users=[1], blocks=1, duration_s=5.0)
    assert 30 <= plan_from(waits, 1).expected_s(1) - plan_from(short, 1).expected_s(1) <= 40


def test_the_expected_time_knows_that_users_wait_for_slots() -> None:
    one, many = (
        plan_from(a_profile(servers=["gunicorn-sync"], patterns=["sleep:delay=1"], users=[users]), 1).expected_s(4)
        for users in (1, 16)
    )
    assert many > one + 2 * 4 * 15
