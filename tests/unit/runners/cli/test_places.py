"""Which runs a command means: by name, the newest, the last two that can be compared."""

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from djbench.cell import Cell
from djbench.errors import UsageError
from results.comparing.comparison_page import require_own
from results.records.store import RunDirectory, StoreError
from runners.cli.commands.compare import compare_command
from runners.cli.commands.open import page_of
from runners.cli.commands.resume import newest_unfinished
from runners.cli.places import RUNS, last_two, named, newest_run, runs_here
from tests.unit.runs import a_cell, a_run

CELL = a_cell()
LABELLED = replace(CELL, label="a")


def a_run_at(path: Path, minute: int, cell: Cell = CELL, **changes: object) -> Path:
    """A run that began in that minute, and was last written to then."""
    path.mkdir(parents=True)
    RunDirectory(path).write_run(a_run((cell,), 1, started=f"2026-01-01T12:{minute:02d}:00+00:00", **changes))
    os.utime(path, (60 * minute, 60 * minute))
    return path


def said_nothing(message: str) -> None:
    pytest.fail(f"there was nothing to say, but: {message}")


def test_the_newest_run_is_the_one_that_began_last_by_its_name_or_its_record(tmp_path: Path) -> None:
    a_run_at(tmp_path / "b", 1)
    newest = a_run_at(tmp_path / "a", 2)
    os.utime(tmp_path / "b")  # reported anew since
    (tmp_path / "not-a-run").mkdir()
    assert newest_run(tmp_path, said_nothing) == newest
    later = a_run_at(tmp_path / "20260101-120300-test", 1)
    a_run_at(tmp_path / "20260101-000000-test", 9)
    assert newest_run(tmp_path, said_nothing) == later


def test_a_validation_which_has_no_page_is_no_newest_run(tmp_path: Path) -> None:
    newest = a_run_at(tmp_path / "a", 1)
    a_run_at(tmp_path / "b", 2, LABELLED)
    assert newest_run(tmp_path, said_nothing) == newest


@pytest.mark.parametrize("exists", [True, False])
def test_without_any_run_it_says_so(tmp_path: Path, exists: bool) -> None:
    runs = tmp_path / "runs"
    if exists:
        a_run_at(runs / "v", 1, LABELLED)
    with pytest.raises(UsageError, match=r"there is no run in .*runs; name one, or make one with 'djbench run'"):
        newest_run(runs, said_nothing)
    with pytest.raises(
        UsageError, match=r"there are no two runs of one profile, with a cell in common, in .*BASE RUN$"
    ):
        last_two(runs, said_nothing)


def test_the_last_two_are_of_one_profile_and_have_a_cell_in_common(tmp_path: Path) -> None:
    a_run_at(tmp_path / "z", 1)
    base = a_run_at(tmp_path / "y", 2)
    a_run_at(tmp_path / "x", 3, profile="standard")
    a_run_at(tmp_path / "w", 4, a_cell(server="daphne"))
    a_run_at(tmp_path / "v", 5, LABELLED)
    new = a_run_at(tmp_path / "u", 6)
    assert last_two(tmp_path, said_nothing) == [base, new]
    a_run_at(tmp_path / "t", 7, profile="claims")  # with nothing to stand beside
    assert last_two(tmp_path, said_nothing) == [base, new]


def test_the_last_two_are_those_that_began_last_as_their_names_say(tmp_path: Path) -> None:
    base = a_run_at(tmp_path / "20260102-000000-test", 3)
    a_run_at(tmp_path / "20260101-000000-test", 5)  # reported anew since
    new = a_run_at(tmp_path / "20260103-000000-test", 1)
    assert last_two(tmp_path, said_nothing) == [base, new]
    a_run_at(tmp_path / "99999999-999999-test", 1)  # that is no time: long before all of these
    assert last_two(tmp_path, said_nothing) == [base, new]


def test_a_record_that_cannot_be_read_is_passed_over_and_named_where_no_two_are_left(tmp_path: Path) -> None:
    base = a_run_at(tmp_path / "20260101-000000-test", 1)
    damaged = a_run_at(tmp_path / "20260103-000000-test", 3)
    (damaged / "run.json").write_text("{")
    with pytest.raises(UsageError, match=r"BASE RUN; 1 run cannot be read: .*20260103.*run\.json is damaged: "):
        last_two(tmp_path, said_nothing)
    new = a_run_at(tmp_path / "20260102-000000-test", 2)
    notes: list[str] = []
    assert last_two(tmp_path, notes.append) == [base, new]
    assert newest_run(tmp_path, notes.append) == new
    assert len(notes) == 2
    for said in notes:
        assert re.match(r"a run is passed over: .*20260103.*run\.json is damaged: ", said)


def test_a_record_that_is_older_than_the_newest_run_is_not_read(tmp_path: Path) -> None:
    damaged = a_run_at(tmp_path / "20260101-000000-test", 1)
    (damaged / "run.json").write_text("{")
    new = a_run_at(tmp_path / "20260102-000000-test", 2)
    assert newest_run(tmp_path, said_nothing) == new


@pytest.mark.parametrize("name", ["20260101-000000-test", "mine"])
def test_where_no_run_can_be_read_the_file_is_named(tmp_path: Path, name: str) -> None:
    damaged = a_run_at(tmp_path / name, 1, status="interrupted")
    (damaged / "run.json").write_text("{")
    for look in (newest_run, newest_unfinished):
        with pytest.raises(UsageError, match=rf"; 1 run cannot be read: .*{name}/run\.json is damaged: "):
            look(tmp_path, said_nothing)


def test_the_newest_run_to_go_on_with_is_not_over(tmp_path: Path) -> None:
    a_run_at(tmp_path / "a", 1, status="interrupted")
    killed = a_run_at(tmp_path / "b", 2, status="running")
    a_run_at(tmp_path / "c", 3)
    assert newest_unfinished(tmp_path, said_nothing) == killed
    validation = a_run_at(tmp_path / "d", 4, LABELLED, status="interrupted")
    assert newest_unfinished(tmp_path, said_nothing) == validation
    a_run_at(tmp_path / "over" / "e", 5)
    for runs in (tmp_path / "over", tmp_path / "nowhere"):
        with pytest.raises(UsageError, match=r"no run in .* has anything left to measure; name one, or make one with"):
            newest_unfinished(runs, said_nothing)


def test_what_nobody_can_look_for_is_not_taken_for_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in Python 3.14, where ``exists`` and its like are False whatever went wrong."""

    def lenient(ask: Callable[[Path], bool]) -> Callable[[Path], bool]:
        def asked(path: Path) -> bool:
            try:
                return ask(path)
            except OSError:
                return False

        return asked

    for name in ("exists", "is_dir", "is_file"):
        monkeypatch.setattr(Path, name, lenient(getattr(Path, name)))
    long = tmp_path / ("x" * 256)
    looks: list[Callable[[Path], object]] = [named, page_of, require_own, lambda path: RunDirectory(path).read_run()]
    for look in looks:
        with pytest.raises(StoreError, match=r"cannot (read|write) .*x(/\w+\.\w+)?: File name too long"):
            look(long)
    with pytest.raises(StoreError, match=r"cannot write .*x: File name too long"):
        compare_command(
            [tmp_path, tmp_path],
            fail_on=["cpu more 5%"],
            junit=long,
            quiet=True,
        )


def test_a_name_is_looked_for_where_runs_and_comparisons_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runs, comparisons = Path("results/runs"), Path("results/comparisons")
    for folder in (runs / "a", comparisons / "a", comparisons / "a--b", Path("here")):
        folder.mkdir(parents=True)
    assert named(Path("a")) == runs / "a"
    assert named(Path("here")) == Path("here")
    assert named(Path("a--b")) == Path("a--b")  # that is no run
    assert named(Path("a--b"), runs, comparisons) == comparisons / "a--b"
    assert named(Path("a"), runs, comparisons) == runs / "a"
    with pytest.raises(StoreError, match=r"cannot read x+…x+: File name too long"):
        named(Path("x" * 256))


def test_runs_of_a_project_elsewhere_are_looked_for_there(tmp_path: Path) -> None:
    assert runs_here(tmp_path) == RUNS
    (tmp_path / "djbench.toml").touch()
    assert runs_here(tmp_path) == tmp_path / "djbench-runs"
