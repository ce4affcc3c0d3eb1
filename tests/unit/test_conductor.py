"""How a run that goes on counts what is still to come."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from results.records import Cell, Run, Session, Trial
from results.store import RunDirectory
from runners import conductor as conducting
from runners.cli.display import Display
from runners.cli.resume import is_over
from runners.conductor import Conductor
from runners.plan import plan_of
from runners.progress import Progress
from runners.services import Services
from runners.target import BUILT_IN
from tests.unit.runs import a_cell, a_run

SYNC, ASYNC = a_cell(style="sync"), a_cell(style="async")


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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: list[Trial], invalid: set[tuple[int, int]]
) -> None:
    """made: before the interruption. invalid: blocks and cells whose first trial, made now, does not count."""
    run = a_run((SYNC, ASYNC), 2)
    plan = plan_of(run)
    (tmp_path / "r").mkdir()
    directory = RunDirectory(tmp_path / "r")
    progress = Progress(plan, directory, made)
    display = Display(plan, progress.made, progress.outstanding(run.blocks), Console(file=StringIO()), quiet=True)
    conductor = Conductor(plan, BUILT_IN, directory, display, run, "sqlite", progress)

    def measured(self: Conductor, number: int, session: Session, *_: Any) -> None:
        for index in session.cells:
            again = progress.tried(number, index)
            flags = ("errors",) if (number, index) in invalid and not again else ()
            self._made(a_trial(progress.next_number, number, plan.cells[index], *flags, repeat=again))

    monkeypatch.setattr(Conductor, "_session", measured)
    conductor._blocks(None, None)  # type: ignore[arg-type]
    done, expected = display.counted
    assert done == expected == progress.made
    assert done == 4 + len(invalid) + any(trial.invalidated_by for trial in made)


def test_a_run_that_is_interrupted_while_its_services_stop_goes_on_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "r").mkdir()
    directory = RunDirectory(tmp_path / "r")
    stored: list[tuple[str, str | None]] = []
    stopping: list[type[BaseException]] = [KeyboardInterrupt]

    @contextmanager
    def services(*_: Any) -> Iterator[Services]:
        yield Services({})
        stored.append((directory.read_run().status, directory.read_run().ended_by))
        if stopping:
            raise stopping.pop()

    def measured(self: Conductor, number: int, session: Session, *_: Any) -> None:
        for index in session.cells:
            trial = a_trial(self.progress.next_number, number, self.plan.cells[index])
            directory.path.joinpath("trials").mkdir(exist_ok=True)
            directory.write_trial(trial)
            self._made(trial)

    monkeypatch.setattr(conducting, "Workspace", lambda *_: nullcontext())
    monkeypatch.setattr("runners.services.running", services)
    monkeypatch.setattr(Conductor, "_session", measured)
    run = a_run((SYNC, ASYNC), 2, status="running", finished=None)
    plan = plan_of(run)

    def conductor(run: Run) -> Conductor:
        progress = Progress(plan, directory, directory.read_trials())
        display = Display(plan, progress.made, progress.outstanding(run.blocks), Console(file=StringIO()), quiet=True)
        return Conductor(plan, BUILT_IN, directory, display, run, "sqlite", progress)

    with pytest.raises(KeyboardInterrupt):
        conductor(run).conduct()
    interrupted = directory.read_run()
    assert (interrupted.status, interrupted.ended_by, is_over(interrupted)) == ("interrupted", None, False)
    finished = conductor(interrupted).conduct()
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


def test_the_site_gets_a_pool_of_connections_for_its_slots(tmp_path: Path) -> None:
    cells = (a_cell("gunicorn-gthread:workers=1,threads=64", "orm_read"), a_cell("daphne", "orm_read"))
    run = a_run(cells, 1)
    plan = plan_of(run)
    directory = RunDirectory.create(tmp_path / "r")
    progress = Progress(plan, directory, [])
    display = Display(plan, 0, 0, Console(file=StringIO()), quiet=True)
    conductor = Conductor(plan, BUILT_IN, directory, display, run, "postgres", progress)
    around = Services({"DJBENCH_RUN": "r"}, database={"server_version": "18", "settings": {"max_connections": "50"}})
    few = [conductor._environment(index, around)["DJBENCH_DATABASE_POOL_SIZE"] for index in range(2)]
    assert few == ["30", "16"]
    sqlite = Services({}, database={"settings": {"journal_mode": "wal"}})
    assert conductor._environment(0, sqlite)["DJBENCH_DATABASE_POOL_SIZE"] == "64"
