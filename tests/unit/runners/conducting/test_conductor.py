"""How a run that goes on counts what is still to come."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from djbench.cell import Cell
from djbench.errors import RunFailed, ServerNotStarted
from djbench.work import COUNTS
from results.records.schema import Run, Session, Start, Trial, lost_work_key
from results.records.store import RunDirectory
from runners.cli.commands.resume import is_over
from runners.cli.shown.display import Display
from runners.conducting import conductor as conducting
from runners.conducting.conductor import Conductor
from runners.conducting.ledger import Ledger
from runners.conducting.sessions import Sessions
from runners.conducting.stand import Stand
from runners.conducting.trial import Rig
from runners.conducting.verifying.right_answers import RightAnswers
from runners.hosts.workspace import Workspace
from runners.planning.plan import Plan, plan_of
from runners.procedures.blocks import block_of
from runners.procedures.choice import procedure_of
from runners.procedures.procedure import outstanding
from runners.procedures.progress import Progress
from runners.services.running import Services
from tests.unit.runners.planning.test_plan import a_profile
from tests.unit.runs import a_cell, a_run
from tests.unit.site import SITE, plan_from, some_services

SYNC, ASYNC = a_cell(style="sync"), a_cell(style="async")


CONSOLE = Console(file=StringIO())


def a_ledger(plan: Plan, directory: RunDirectory, run: Run) -> Ledger:
    """Of a run that is as its directory says."""
    display = Display(plan, 0, 0, CONSOLE, quiet=True)
    return Ledger(run=run, directory=directory, progress=Progress.of(run, plan, directory), listener=display)


def a_conductor(plan: Plan, ledger: Ledger) -> Conductor:
    return Conductor(
        plan=plan, procedure=procedure_of(plan), target=SITE, ledger=ledger, database="sqlite", observers=()
    )


def a_trial(number: int, block: int, cell: Cell, *flags: str, repeat: bool = False) -> Trial:
    return Trial(
        number=number,
        block=block,
        cell=cell,
        started="",
        flags=flags,
        invalidated_by=flags,
        repeat=repeat,
    )


@pytest.mark.parametrize(
    ("made", "invalid"),
    [
        ([], set()),
        ([], {(0, 1), (1, 0)}),  # made now, and repeated now
        ([a_trial(0, 0, ASYNC, "errors")], set()),  # interrupted with a repeat outstanding
        ([a_trial(0, 0, ASYNC, "errors")], {(0, 0), (1, 1)}),  # and more of them to come
        ([a_trial(0, 0, ASYNC, "errors"), a_trial(1, 0, SYNC)], {(1, 1)}),  # a whole block but for its repeat
        ([a_trial(0, 0, ASYNC, "errors"), a_trial(1, 0, SYNC), a_trial(2, 0, ASYNC, "errors", repeat=True)], set()),
    ],
)
def test_a_run_that_goes_on_ends_with_as_many_trials_as_its_bar_has(
    tmp_path: Path, made: list[Trial], invalid: set[tuple[int, int]]
) -> None:
    """made: before the interruption. invalid: blocks and cells whose first trial, made now, does not count."""
    run = a_run((SYNC, ASYNC), 2)
    plan = plan_of(run, SITE)
    directory = RunDirectory.create(tmp_path / "r")
    progress = Progress(plan, directory, made, run.blocks)
    display = Display(plan, progress.made, outstanding(procedure_of(plan), progress), CONSOLE, quiet=True)
    conductor = a_conductor(plan, Ledger(run=run, directory=directory, progress=progress, listener=display))

    class Measures:
        def measure(self, number: int, session: Session) -> None:
            for index in session.cells:
                again = progress.tried(number, index)
                flags = ("errors",) if (number, index) in invalid and not again else ()
                conductor.ledger.keep(a_trial(progress.next_number, number, plan.cells[index], *flags, repeat=again))

    conductor._blocks(cast("Sessions", Measures()))
    done, expected = display.counted
    assert done == expected == progress.made
    assert done == 4 + len(invalid) + any(trial.invalidated_by for trial in made)


def test_a_run_that_is_interrupted_while_its_services_stop_goes_on_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = RunDirectory.create(tmp_path / "r")
    stored: list[tuple[str, str | None]] = []
    stopping: list[type[BaseException]] = [KeyboardInterrupt]

    @contextmanager
    def services(*_: Any) -> Iterator[Services]:
        yield some_services()
        stored.append((directory.read_run().status, directory.read_run().ended_by))
        if stopping:
            raise stopping.pop()

    def measured(self: Sessions, number: int, session: Session) -> None:
        for index in session.cells:
            self.ledger.keep(a_trial(self.ledger.progress.next_number, number, self.plan.cells[index]))

    monkeypatch.setattr(conducting, "Workspace", lambda *_: nullcontext())
    monkeypatch.setattr("runners.conducting.conductor.running_services", services)
    monkeypatch.setattr(Sessions, "measure", measured)
    run = a_run((SYNC, ASYNC), 2, status="running", finished=None)
    plan = plan_of(run, SITE)

    with pytest.raises(KeyboardInterrupt):
        a_conductor(plan, a_ledger(plan, directory, run)).conduct()
    interrupted = directory.read_run()
    assert (interrupted.status, interrupted.ended_by, is_over(interrupted)) == ("interrupted", None, False)
    finished = a_conductor(plan, a_ledger(plan, directory, interrupted)).conduct()
    assert (finished.status, finished.ended_by, is_over(finished)) == ("finished", "blocks", True)
    assert stored == [("running", None)] * 2
    assert len(directory.read_trials()) == 4


@pytest.mark.parametrize(
    ("status", "ended_by", "over"),
    [
        ("running", "blocks", False),  # killed, or interrupted, while its services stopped
        ("interrupted", "settled", False),
        ("running", None, False),
        ("interrupted", None, False),
        ("failed", None, False),  # in the middle: its database was gone, say
        ("failed", "blocks", True),  # at the end, for a server that did not start
        ("finished", "blocks", True),
    ],
)
def test_which_runs_are_over(status: str, ended_by: str | None, over: bool) -> None:
    assert is_over(a_run((SYNC,), 1, status=status, ended_by=ended_by)) is over


def some_sessions(path: Path, plan: Plan, folder: Path = Path()) -> Sessions:
    """Of a run that has not begun. folder: where the target's files are."""
    ledger = a_ledger(plan, RunDirectory.create(path), a_run(plan.cells, 0, settings=plan.settings))
    stand = Stand(
        plan=plan,
        target=SITE,
        ledger=ledger,
        workspace=cast("Workspace", None),
        services=some_services(folder),
        answers=RightAnswers(),
        observers=(),
        available_mib=None,
    )
    return Sessions(plan=plan, ledger=ledger, stand=stand)


@pytest.mark.parametrize(
    ("settings", "available_mib", "why"),
    [
        ({"max_connections": "500"}, 100_000, None),
        ({}, None, None),
        ({"max_connections": "52"}, None, "the database allows 52 connections; 2 servers side by side need 32"),
        ({}, 600, "2 servers side by side need about"),
    ],
)
def test_servers_without_room_for_all_are_measured_one_after_the_other_and_it_is_said_once(
    tmp_path: Path, settings: dict[str, str], available_mib: int | None, why: str | None
) -> None:
    plan = plan_from(a_profile(servers=["uvicorn", "daphne"], patterns=["orm_read"], styles=["async"], users=[2]), 1)
    sessions = some_sessions(tmp_path / "r", plan)
    stand = replace(sessions.stand, services=some_services(settings=settings), available_mib=available_mib)
    (session,) = block_of(plan, 0)
    assert session.by_turns
    parts = [stand.with_room(session) for _ in range(2)]
    conditions = stand.ledger.run.machine.get("conditions", [])
    if why is None:
        assert (parts, conditions) == ([(session,)] * 2, [])
        return
    apart = tuple(Session(starts=(start,)) for start in session.starts)
    assert parts == [apart] * 2
    (condition,) = conditions
    assert condition["topic"] == "side by side"
    assert condition["found"].startswith(why)
    assert condition["found"].endswith("so they are measured one after the other, not by turns")
    assert stand.ledger.directory.read_run().machine["conditions"] == conditions
    assert stand.with_room(parts[0][0]) == (parts[0][0],)


def environment_of(sessions: Sessions, index: int, **around: Any) -> dict[str, str]:
    """What the site is started with for one cell, with these services around it."""
    stand = replace(sessions.stand, services=some_services(**around))
    start = Start(server=sessions.plan.cells[index].server, cells=(index,))
    return stand._environment(Session(starts=(start,)), start, stand.services.place(0))


def test_the_site_is_started_with_one_size_of_its_pool_and_the_stack_of_its_cell(tmp_path: Path) -> None:
    plan = plan_from(
        a_profile(
            servers=["gunicorn-gthread:threads=64", "daphne"], patterns=["orm_read", "cbv_login"], styles=["sync"],
            users=[2], cache="redis://127.0.0.1:6379/0",
        ),
        1,
        database="postgres",
    )  # fmt: skip
    sessions = some_sessions(tmp_path / "r", plan)
    around: dict[str, Any] = {"environment": {"DJBENCH_RUN": "r"}, "settings": {"max_connections": "500"}}
    assert [environment_of(sessions, index, **around) for index in range(4)] == [
        {
            "DJBENCH_RUN": "r",
            "DJBENCH_DATABASE_POOL_SIZE": "64",
            "DJBENCH_HANDICAP_US": "0.0",
            "DJBENCH_STACK": stack,
            "DJBENCH_CACHE_URL": "redis://127.0.0.1:6379/0",
            "DJBENCH_PATTERNS": patterns,
        }
        for patterns, stack in (("orm_read", ""), ("orm_read", ""), ("cbv_login", "login"), ("cbv_login", "login"))
    ]
    few = environment_of(sessions, 0, settings={"max_connections": "50"})
    assert few["DJBENCH_DATABASE_POOL_SIZE"] == "30"
    sqlite = environment_of(sessions, 1, settings={"journal_mode": "wal"})
    assert sqlite["DJBENCH_DATABASE_POOL_SIZE"] == "64"
    assert some_services().place(0).site_environment(pool_size=1)["DJBENCH_CACHE_URL"] == ""


def test_that_no_server_is_left_is_noticed_beside_one_without_a_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """uvicorn-pure has no WebSockets, so that nothing is measured on it."""
    profile = a_profile(servers=["uvicorn", "uvicorn-pure"], patterns=["websocket"], styles=["async"], users=[1])
    sessions = some_sessions(tmp_path / "r", plan_from(profile, 1))
    (session,) = block_of(sessions.plan, 0)

    @contextmanager
    def standing(
        _: Stand, __: int, session: Session, broken: Callable[[Start, ServerNotStarted], None]
    ) -> Iterator[dict[Start, Rig]]:
        broken(session.starts[0], ServerNotStarted("port taken"))
        yield {}

    monkeypatch.setattr(Stand, "standing", standing)
    with pytest.raises(RunFailed, match="no server is left to be measured; port taken"):
        sessions.measure(0, session)
    (trial,) = sessions.ledger.directory.read_trials()
    assert trial.failure == "port taken"


@pytest.mark.parametrize(
    ("changes", "styles"),
    [
        ({"patterns": ["plain"], "beside": "background", "beside_users": 1}, {"sync": "threads", "async": "async"}),
        ({"patterns": ["background"], "styles": ["all"]}, {"threads": "threads", "async": "async"}),
    ],
)
def test_lost_work_is_that_of_the_style_whose_work_goes_on(
    tmp_path: Path, changes: dict[str, Any], styles: dict[str, str]
) -> None:
    """styles: of the measured cell, and of what leaves work behind there."""
    plan = plan_from(a_profile(**{"servers": ["uvicorn"], "users": [1], **changes}), 1)
    lasting = {cell.style: index for index, cell in enumerate(plan.cells) if plan.demand(cell).outlasts}
    assert set(lasting) == set(styles)
    for style, index in lasting.items():
        server = plan.cells[index].server
        sessions = some_sessions(tmp_path / style, plan, tmp_path)
        with sessions.stand._lost_work_noted(Session(starts=(Start(server=server, cells=(index,)),))):
            (tmp_path / "background-1.work").write_bytes(COUNTS.pack(9, 7))
        key = lost_work_key([f"background:delay=0.05 {styles[style]}"], server)
        assert sessions.ledger.run.lost_work == {key: (2, 9)}


def test_the_lost_work_of_two_patterns_does_not_add_up(tmp_path: Path) -> None:
    profile = a_profile(
        servers=["uvicorn"], users=[1], patterns=["background:delay=1", "background:delay=2"], styles=["async"]
    )
    sessions = some_sessions(tmp_path / "r", plan_from(profile, 1), tmp_path)
    for session in block_of(sessions.plan, 0):
        with sessions.stand._lost_work_noted(session):
            (tmp_path / "background-1.work").write_bytes(COUNTS.pack(9, 9 - session.cells[0]))
    server = sessions.plan.cells[0].server
    assert sessions.ledger.run.lost_work == {
        f"background:delay=1 async on {server}": (0, 9),
        f"background:delay=2 async on {server}": (1, 9),
    }
