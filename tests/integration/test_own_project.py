"""A Django project that is not ours, from `djbench init` to the report, as the documentation says."""

import json
import re
from pathlib import Path

import pytest

from results.records.store import RunDirectory
from tests.integration.conftest import ANY_MACHINE, djbench
from tests.integration.project_page import Block, checksum, follow, section

pytestmark = pytest.mark.usefixtures("nothing_left")
# Over in seconds; the interfaces are all there.
SHORT = ("--blocks", "1", "--users", "2", "--warmup", "0.1", "--duration", "0.3", *ANY_MACHINE)


@pytest.fixture(scope="module")
def polls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of the page, with what `djbench init` and the reader have described of it."""
    project, _ = follow(section("A project to try it with"), tmp_path_factory.mktemp("polls"))
    before = checksum(project)
    follow([*section("Describe it"), *section("Fill it")], project)
    assert checksum(project) == before
    return project


def test_every_kind_of_thing_is_measured_under_both_interfaces(polls: Path) -> None:
    before = checksum(polls)
    servers = ("gunicorn-gthread:threads=4", "granian-wsgi:threads=4", "uvicorn")
    options = [word for server in servers for word in ("--server", server)]
    done = djbench("run", *SHORT, *options, "--run-dir", "djbench-runs/first", "--quiet", cwd=polls, timeout_s=300)
    assert done.returncode == 0, done.stderr
    assert checksum(polls) == before
    assert (polls / "djbench-runs" / ".gitignore").read_text() == "*\n"
    assert {path.name for path in polls.iterdir()} == {
        *("manage.py", "mysite", "polls", "db.sqlite3", "djbench.toml", "djbench-runs"),
    }
    summary = json.loads((polls / "djbench-runs/first/summary.json").read_text())
    measured = {(cell["server"].partition(":")[0], cell["pattern"], cell["style"]) for cell in summary["cells"]}
    assert {name for name, _, _ in measured} == {"gunicorn-gthread", "granian-wsgi", "uvicorn"}
    assert {pattern for _, pattern, _ in measured} == {"mix", "questions", "aquestions", "detail", "list", "vote"}
    assert {style for _, pattern, style in measured if pattern == "list"} == {"sync", "async"}
    assert {cell["status"] for cell in summary["cells"]} == {"measured"}
    run = RunDirectory(polls / "djbench-runs/first").read_run()
    assert run.target is not None
    assert run.target.name == "mysite"
    assert run.mix == {"questions": 1.0, "aquestions": 1.0, "detail": 1.0}


def test_runs_are_found_in_the_project(polls: Path) -> None:
    done = djbench("run", *SHORT, "--server", "uvicorn", "--pattern", "detail", "--quiet", cwd=polls)
    assert done.returncode == 0, done.stderr
    assert (polls / "djbench-runs" / ".gitignore").read_text() == "*\n"
    report = djbench("report", cwd=polls)
    assert report.returncode == 0, report.stderr
    assert re.search(r"djbench-runs/\d{8}-\d{6}-project/report.html", report.stdout)


def test_the_built_in_site_can_still_be_measured_from_there(polls: Path) -> None:
    done = djbench("run", "--project", "built-in", "--plan", cwd=polls)
    assert done.returncode == 0, done.stderr
    assert "fan_out" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("run", "--project", "nowhere"), "there is no nowhere/djbench.toml; write it with: djbench init nowhere"),
        (("run", "--pattern", "detial"), "unknown pattern 'detial'; did you mean 'detail'?"),
        (("run", "--pattern", "list", "--style", "view"), "unknown style of list 'view'"),
    ],
)
def test_a_wrong_word_is_one_line(polls: Path, arguments: tuple[str, ...], complaint: str) -> None:
    done = djbench(*arguments, cwd=polls)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.long
def test_the_page_is_followed_to_the_letter(tmp_path: Path) -> None:
    project, _ = follow(section("A project to try it with"), tmp_path)
    follow([*section("Describe it"), *section("Fill it")], project)
    measured = [
        Block(
            "sh",
            block.text.replace("djbench run\n", f"djbench run {' '.join(ANY_MACHINE)}\n").replace("djbench open\n", ""),
        )
        for block in section("Measure it")
    ]
    _, printed = follow(measured, project)
    assert "report: " in printed
    (run,) = (path for path in (project / "djbench-runs").iterdir() if path.is_dir())
    assert (run / "report.html").stat().st_size > 100_000


def _as_here(block: Block) -> Block:
    """Without a browser, and on a machine that others use."""
    text = block.text.replace("djbench open\n", "").replace("run\n", f"run {' '.join(ANY_MACHINE)}\n")
    return Block(block.language, text)
