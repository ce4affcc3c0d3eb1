"""'djbench compare' and 'djbench open' as they are typed: exit codes, files, and what is printed."""

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from results.records.store import RunDirectory
from tests.integration.conftest import djbench, djbench_here
from tests.unit.results.comparing.test_comparison import noisy
from tests.unit.runs import a_cell, a_directory

STYLES = ("sync", "async")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """In results/runs: a run, another of the same code, and one whose async style is 10 % slower."""
    for number, (name, factor) in enumerate((("first", 1.0), ("again", 1.0), ("slower", 0.9))):
        rates = {
            a_cell(style=style): noisy(rate, 10 * number + place)
            for place, (style, rate) in enumerate((("sync", 100.0), ("async", 70.0 * factor)))
        }
        a_directory(tmp_path / "results" / "runs" / name, rates, id=name)
    return tmp_path


def test_a_run_beside_itself_differs_in_nothing(runs: Path) -> None:
    done = djbench_here(
        "compare", "first", "first", "--fail-on", "throughput slower 0%", "--fail-on-undecided", cwd=runs
    )
    assert done.returncode == 0, done.stderr
    assert "The run is compared with itself, block by block." in done.stdout
    assert "Throughput of 2 cells: 2 the same within 3 %." in done.stdout
    assert "gate 'throughput slower 0%': passed (2 passed)" in done.stdout
    assert not re.search(r"\b(slower|faster|more|less)\b", done.stdout.replace("throughput slower 0%", ""))


def test_two_runs_of_the_same_pass_and_a_handicap_fails_the_gate(runs: Path) -> None:
    gate = ("--fail-on", "throughput slower 3%")
    assert djbench_here("compare", "first", "again", *gate, cwd=runs).returncode == 0
    done = djbench_here("compare", "first", "slower", *gate, "--junit", "gates.xml", cwd=runs)
    assert (done.returncode, done.stderr) == (3, "")
    assert "\x1b" not in done.stdout
    assert "Throughput of 2 cells: 1 slower, 1 the same within 3 %." in done.stdout
    assert "gate 'throughput slower 3%': failed (1 passed, 1 failed)" in done.stdout
    folder = runs / "results" / "comparisons" / "first--slower"
    assert f"report: {(folder / 'comparison.html').relative_to(runs)}" in done.stdout
    assert {file.name for file in folder.iterdir()} == {
        "charts", "comparison.html", "comparison.json", "comparison.md",
    }  # fmt: skip
    root = ET.fromstring((runs / "gates.xml").read_bytes())
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    # Without a gate a difference is a finding and no failure.
    assert djbench_here("compare", "first", "slower", "-q", cwd=runs).returncode == 0


def test_what_else_differs_is_said_first(runs: Path) -> None:
    machine = {"cpu_count": 2, "packages": {"django": "6.0"}}
    a_directory(runs / "other", {a_cell(): noisy(100, 1)}, id="other", machine=machine, status="interrupted")
    out = djbench_here("compare", "first", "other", cwd=runs).stdout
    assert (
        out.index("other is interrupted")
        < out.index("packages.django 5.2 -> 6.0")
        < out.index("Two occasions")
        < out.index("95 % interval")
        < out.index("Throughput of 1 cell")
        < out.index("only in the base: async on uvicorn:workers=1, plain, 2 users")
    )


def test_json_alone_on_stdout_and_a_place_of_ones_own(runs: Path) -> None:
    arguments = ("compare", "first", "again", "slower", "--json", "--output", "here", "--fail-on", "cpu more 5%")
    done = djbench_here(*arguments, cwd=runs)
    assert done.returncode == 3, done.stderr
    found = json.loads(done.stdout)
    assert [run["run"] for run in found["runs"]] == ["again", "slower"]
    assert [(gate["run"], gate["outcome"]) for gate in found["gates"]] == [
        ("again", "passed"), ("again", "passed"), ("slower", "passed"), ("slower", "failed"),
    ]  # fmt: skip
    assert json.loads((runs / "here" / "comparison.json").read_text()) == found
    assert djbench_here(*arguments, cwd=runs).returncode == 3  # a comparison may take another's place
    assert not (runs / "results" / "comparisons").exists()


def test_what_cannot_be_decided_fails_only_when_asked(runs: Path) -> None:
    """The limit lies inside the interval of the async style, and below that of the other."""
    gate = ("compare", "first", "slower", "--fail-on", "throughput slower 10%", "--junit", "gates.xml")
    for arguments, code, failures, skipped in (((), 0, "0", "1"), (("--fail-on-undecided",), 3, "1", "0")):
        done = djbench_here(*gate, *arguments, cwd=runs)
        assert (done.returncode, done.stderr) == (code, "")
        said = "failed" if code else "undecided"
        assert f"gate 'throughput slower 10%': {said} (1 passed, 1 undecided)" in done.stdout
        root = ET.fromstring((runs / "gates.xml").read_bytes())
        assert (root.get("failures"), root.get("skipped")) == (failures, skipped)


def test_a_cell_that_is_gone_fails_the_gate_and_is_named(runs: Path) -> None:
    a_directory(runs / "results/runs/part", {a_cell(): noisy(100, 3)}, id="part")
    done = djbench_here("compare", "first", "part", "--fail-on", "cpu more 50%", cwd=runs)
    assert (done.returncode, done.stderr) == (3, "")
    assert "gate 'cpu more 50%': failed (1 passed, 1 failed)" in done.stdout
    assert "failed: async on uvicorn, plain, 2 users: not in the new run, measured in the base" in done.stdout


def test_without_names_the_last_two_of_one_profile_are_compared(runs: Path) -> None:
    for number, name in enumerate(("first", "again")):
        directory = RunDirectory(runs / "results" / "runs" / name)
        directory.write_run(replace(directory.read_run(), started=f"2026-02-0{number + 1}T00:00:00+00:00"))
    done = djbench_here("compare", cwd=runs)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("again beside first\n")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("first",), "compare needs two runs or more, the base first: djbench compare BASE RUN"),
        (("first", "nowhere"), "nowhere is not a run directory: it has no run.json"),
        (("first", "again", "--fail-on", "p99 5%"), "'p99 5%' is no gate: give 'p99 slower 5%'"),
        (("first", "again", "--fail-on", "p98 slower 5%"), "no quantity is called p98; there are throughput, p50,"),
        (("first", "again", "--fail-on", "cpu slower 5%"), "write 'cpu more 5%'"),
        (("first", "again", "--junit", "x.xml"), "--junit reports on gates; give one, such as --fail-on"),
        (("first", "again", "--fail-on-undecided"), "--fail-on-undecided is about gates; give one"),
        (("first", "again", "--output", "mine"), "mine is there already and is no comparison; name another with"),
        (("first", "again", "--output", "mine/notes.txt"), "mine/notes.txt is there already and is no comparison"),
        (
            ("first", "again", "--fail-on", "cpu more 5%", "--junit", "no/such/x.xml"),
            "cannot write no/such/x.xml: No such file or directory",
        ),
        (
            ("first", "again", "--fail-on", "cpu more 5%", "--junit", "mine/notes.txt/x.xml"),
            "cannot write mine/notes.txt/x.xml: Not a directory",
        ),
        (("first", "again", "--fail-on", "cpu more 5%", "--junit", ""), "--junit .: that is a directory; name a file"),
        (("first", "again", "--fail-on", "cpu more 5%", "--junit", "/"), "--junit /: that is a directory; name a file"),
        (("first", "again", "--fail-on", "cpu more 5%", "--junit", "x" * 256), "xxx: File name too long"),
        (("first", "again", "--output", "x" * 256), "xxx: File name too long"),
        (("first", "x" * 256), "xxx: File name too long"),
        (("first", "again", "--fail-on", "p99 slower 5%"), "'p99 slower 5%' tests nothing: no cell of the base has a"),
    ],
)
def test_bad_input_gets_one_clear_line_and_exit_code_2(runs: Path, arguments: tuple[str, ...], complaint: str) -> None:
    (runs / "mine").mkdir()
    (runs / "mine" / "notes.txt").write_text("mine")
    done = djbench_here("compare", *arguments, cwd=runs)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("djbench: ")
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1
    assert [file.read_text() for file in (runs / "mine").iterdir()] == ["mine"]
    assert not (runs / "results" / "comparisons").exists()  # nothing was compared for nothing


def test_open_takes_the_newest_run_and_prints_its_path_without_a_browser(runs: Path) -> None:
    bare = {"BROWSER": "", "PATH": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    newest = RunDirectory(runs / "results" / "runs" / "again")
    newest.write_run(replace(newest.read_run(), started="2026-02-01T00:00:00+00:00"))
    done = djbench("open", cwd=runs, environment=bare)
    assert done.returncode == 2
    assert "has no report.html; write it with: djbench report results/runs/again" in done.stderr
    assert djbench_here("report", "again", cwd=runs).returncode == 0
    done = djbench("open", cwd=runs, environment=bare)
    assert (done.returncode, done.stdout) == (0, "results/runs/again/report.html\n")
    browser = runs / "browser"
    browser.write_text('#!/bin/sh\necho "$1" > "$(dirname "$0")/opened"\n')
    browser.chmod(0o755)
    done = djbench("open", "again", cwd=runs, environment={"BROWSER": f"{browser} %s"})
    assert (done.returncode, done.stdout) == (0, "opened results/runs/again/report.html\n")
    assert (runs / "opened").read_text().strip() == (runs / "results/runs/again/report.html").as_uri()
    assert djbench_here("compare", "first", "slower", "-q", cwd=runs).returncode == 0
    done = djbench("open", "first--slower", cwd=runs, environment=bare)
    assert (done.returncode, done.stdout) == (0, "results/comparisons/first--slower/comparison.html\n")
    (runs / "empty").mkdir()
    done = djbench("open", cwd=runs / "empty", environment=bare)
    assert (done.returncode, done.stderr) == (
        2, "djbench: there is no run in results/runs; name one, or make one with 'djbench run'\n",
    )  # fmt: skip
