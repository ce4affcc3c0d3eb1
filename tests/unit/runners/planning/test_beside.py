"""What stands beside a cell: it is planned, started, cleared and counted like what is measured."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any, cast

import pytest

from djbench.errors import UsageError
from djbench.load import ClosedLoad
from djbench.request import Request
from results.records.schema import Trial
from results.records.store import RunDirectory
from runners.conducting.trial import Rig
from runners.conducting.verifying.right_answers import RightAnswers
from runners.hosts.cpus import CpuSets
from runners.loading.load_generator import Generator
from runners.planning.demand import Demand, demand_of
from runners.planning.plan import settings_of
from runners.planning.selection import select
from runners.procedures.blocks import block_of
from runners.servers.instance import Instance, Received
from runners.services.database_server import Database
from runners.services.place import Place
from runners.services.running import Services
from scenarios.job import Job
from tests.unit.runners.planning.test_plan import a_profile
from tests.unit.runs import a_cell
from tests.unit.site import SITE, parse_pattern, plan_from

BESIDE = ClosedLoad(users=2, beside="plain", beside_users=3)


def beside(pattern: str, **changes: Any) -> Any:
    """A profile of ``plain`` on uvicorn with that pattern beside it."""
    return a_profile(
        **{"servers": ["uvicorn"], "patterns": ["plain"], "users": [1], "beside": pattern, "beside_users": 2, **changes}
    )


def a_demand(pattern: str, style: str = "sync", other: str | None = None) -> Demand:
    return demand_of(parse_pattern(pattern), style, parse_pattern(other) if other else None)


def test_what_either_of_them_needs_or_leaves_counts() -> None:
    alone = a_demand("plain")
    assert (alone.writes, alone.outlasts, alone.uses, alone.beside) == (False, False, frozenset(), None)
    writing = a_demand("plain", other="orm_write")
    assert writing.writes
    assert writing.uses == {"database"}
    assert a_demand("orm_write", other="plain").writes
    assert a_demand("plain", "async", other="background").outlasts
    assert a_demand("plain", other="background").outlasting == ("background:delay=0.05 threads",)
    assert a_demand("background", "async", other="background").outlasting == ("background:delay=0.05 async",)
    assert not a_demand("plain", other="sleep").outlasts
    assert a_demand("http_call", other="orm_read").uses == {"database", "upstream"}
    assert a_demand("plain", other="sleep:delay=2").wait_s == 2


def test_it_has_the_same_style_or_else_its_first() -> None:
    assert a_demand("plain", "async", other="sleep").beside_style == "async"
    assert a_demand("fan_out", "threads", other="sleep").beside_style == "sync"


@pytest.mark.parametrize(
    ("profile", "complaint"),
    [
        (
            beside("cbv_login"),
            (
                "--beside cbv_login: cbv_login cannot stand beside plain: the site is started with one stack of "
                "middleware for both, and they need 'login' and none"
            ),
        ),
        (
            beside("middleware:kind=sync,depth=3", patterns=["middleware:kind=sync,depth=1"]),
            "they need 'sync:3' and 'sync:1'",
        ),
        (beside("websocket", servers=["gunicorn-gthread"]), "cannot stand beside: there are no WebSockets under WSGI"),
        (beside("websocket:events=5"), "websocket with events can be held open only; leave events at 0"),
        (beside("sleep:delay=0.1|0.2"), "delay=0.1|0.2: must be a number"),
    ],
)
def test_what_cannot_stand_beside_is_refused_in_one_line(profile: Any, complaint: str) -> None:
    with pytest.raises(UsageError) as refused:
        plan_from(profile, 1)
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


def test_where_some_servers_cannot_the_others_do_and_the_reason_is_kept() -> None:
    profile = beside("websocket", servers=["gunicorn-gthread", "uvicorn"], styles=["async"])
    assert [(cell.interface, bool(cell.load.beside)) for cell in plan_from(profile, 1).cells] == [
        ("wsgi", False),
        ("asgi", False),
        ("asgi", True),
    ]
    ((name, reason),) = select(profile, SITE).cannot_run().items()
    assert name.startswith("gunicorn-gthread plain async beside websocket:")
    assert reason.endswith("async cannot stand beside: there are no WebSockets under WSGI")


def test_with_an_equal_stack_it_can_stand_there_and_the_site_is_started_with_that() -> None:
    plan = plan_from(beside("middleware:kind=sync,depth=3", patterns=["middleware:kind=sync,depth=3"]), 1)
    assert {plan.demand(cell).stack for cell in plan.cells if cell.load.beside} == {"sync:3"}


def test_work_that_outlasts_its_answer_has_a_server_of_its_own_beside_others_too() -> None:
    plan = plan_from(beside("background", isolation="block", styles=["async"], users=[2, 4]), 1)
    shared = [[bool(plan.cells[index].load.beside) for index in session.cells] for session in block_of(plan, 0)]
    assert sorted(shared) == [[False, False], [True], [True]]


def test_the_expected_time_knows_what_stands_beside() -> None:
    plan = plan_from(beside("sleep:delay=20", styles=["sync"]), 1)
    alone, others = (plan.block_s([index]) for index in (0, 1))
    assert others > alone + 3 * 20


class Stopped(Exception):
    """Stands for the end of what a test looks at."""


def made(demand: Demand, tmp_path: Path, counts: list[bool]) -> tuple[list[str], Job | None]:
    """What a trial asks of the server up to its window, and the generator's job; counts: is anybody asked to count?"""
    said: list[str] = []
    jobs: list[Job] = []

    class Server:
        port = 1
        process = SimpleNamespace(pid=1)
        target = SITE

        def ask(self, request: Request, _: float) -> Received:
            said.append(request.path.partition("?")[0])
            return Received(200, b"x")

        def reset(self, _: float) -> None:
            said.append("reset")

    class Sends:
        def measure(self, job: Job, **_: Any) -> None:
            jobs.append(job)
            raise Stopped

    class Around:
        pids = MappingProxyType({"database": 2})

    class State:
        @property
        def backends(self) -> None:
            counts.append(True)

    rig = Rig(
        number=0,
        server="uvicorn",
        settings=settings_of(a_profile(), CpuSets((), ()), "sqlite"),
        instance=cast("Instance", Server()),
        generator=cast("Generator", Sends()),
        services=cast("Services", Around()),
        place=Place(target=SITE, folder=tmp_path, database=cast("Database", State())),
        directory=RunDirectory(tmp_path),
        scratch=tmp_path,
        cpus=CpuSets((), ()),
        answers=RightAnswers(),
        observers=(),
    )
    load = replace(BESIDE, beside=str(demand.beside)) if demand.beside else ClosedLoad(users=2)
    cell = replace(a_cell(pattern=str(demand.pattern), style=demand.style), load=load)
    with pytest.raises(Stopped):
        rig.measure(Trial(number=0, block=0, cell=cell, started=""), demand, seed=1)
    return said, jobs[0] if jobs else None


@pytest.mark.parametrize(
    ("measured", "other", "said"),
    [
        ("plain", "orm_write", ["/plain/sync", "/orm_write/sync", "reset"]),
        ("orm_write", "plain", ["/orm_write/sync", "/plain/sync", "reset"]),
        ("orm_write", None, ["/orm_write/sync", "reset"]),
        ("plain", "orm_read", ["/plain/sync", "/orm_read/sync"]),
    ],
)
def test_a_window_begins_with_nothing_written_by_either(
    tmp_path: Path, measured: str, other: str | None, said: list[str]
) -> None:
    """What is asked to verify it writes, too."""
    assert made(a_demand(measured, other=other), tmp_path, [])[0] == said


@pytest.mark.parametrize(("measured", "other"), [("plain", "orm_read"), ("orm_read", "plain"), ("orm_read", None)])
def test_connections_are_counted_where_either_uses_the_database(
    tmp_path: Path, measured: str, other: str | None
) -> None:
    counts: list[bool] = []
    made(a_demand(measured, other=other), tmp_path, counts)
    assert counts
    counts.clear()
    made(a_demand("plain", other="sleep"), tmp_path, counts)
    assert not counts


def test_the_same_pattern_beside_itself_has_another_name_among_the_samples(tmp_path: Path) -> None:
    _, job = made(a_demand("plain", other="plain"), tmp_path, [])
    assert job is not None
    workload = job.workload
    assert [request.name for request in (*workload.requests, *workload.beside)] == ["plain sync", "plain sync, beside"]
