"""The documentation, followed to the letter: files are written as it says, commands are typed as it says.

With the installed wheel, from a directory that is not the checkout: as somebody else would.
"""

import re
import shlex
from pathlib import Path

import pytest

from results.records.store import RunDirectory
from tests import ROOT
from tests.integration.conftest import djbench, djbench_here

pytestmark = pytest.mark.usefixtures("nothing_left")
DOCS = ROOT / "docs"


def blocks(page: str) -> dict[str, list[str]]:
    """A page's blocks of code by language, in their order."""
    found: dict[str, list[str]] = {}
    for language, text in re.findall(r"^```(\w+)\n(.*?)^```", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL):
        found.setdefault(language, []).append(text)
    return found


def typed(command: str) -> list[str]:
    program, *arguments = shlex.split(command)
    assert program == "djbench"
    return arguments


def as_a_package(folder: Path, declaration: str) -> None:
    """As an installer would leave it: the metadata of a package with these entry points."""
    group, name, place = re.fullmatch(r'\[project\.entry-points\."(.+)"\]\n(\S+) = "(\S+)"\n', declaration).groups()  # type: ignore[union-attr]
    info = folder / "mine-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {place}\n")


def test_a_server_from_a_file(installed: Path, tmp_path: Path) -> None:
    page = blocks("adding-a-server.md")
    (tmp_path / "gunicorn-preload.toml").write_text(page["toml"][0])
    done = djbench(*typed(page["sh"][0]), cwd=tmp_path, command=[installed])
    assert done.returncode == 0, done.stderr
    trial = RunDirectory(tmp_path / "from-a-file").read_trials()[-1]  # a busy machine has it made twice
    assert trial.cell.server == "./gunicorn-preload.toml:workers=2,threads=8"
    assert (trial.cell.slots, trial.cell.processes) == (16, 2)
    assert "--preload" in RunDirectory(tmp_path / "from-a-file").read_run().servers[trial.cell.server].command
    assert trial.valid, trial.flags


def test_a_server_from_a_package(installed: Path, tmp_path: Path) -> None:
    page = blocks("adding-a-server.md")
    (tmp_path / "my_server.py").write_text(page["python"][0])
    as_a_package(tmp_path, page["toml"][1])
    done = djbench(*typed(page["sh"][1]), cwd=tmp_path, environment={"PYTHONPATH": str(tmp_path)}, command=[installed])
    assert done.returncode == 0, done.stderr
    trial = RunDirectory(tmp_path / "from-a-package").read_trials()[-1]
    assert trial.cell.server == "uvicorn-asyncio:backlog=128"
    assert trial.measurement is not None
    assert trial.measurement.errors == {}


def test_a_pattern_from_a_package(installed: Path, tmp_path: Path) -> None:
    page = blocks("adding-a-pattern.md")
    (tmp_path / "orm_count.py").write_text(page["python"][0])
    (tmp_path / "orm_count_views.py").write_text(page["python"][1])
    as_a_package(tmp_path, page["toml"][0])
    done = djbench(*typed(page["sh"][0]), cwd=tmp_path, environment={"PYTHONPATH": str(tmp_path)}, command=[installed])
    assert done.returncode == 0, done.stderr
    trials = RunDirectory(tmp_path / "from-a-package").read_trials()
    assert {(trial.cell.pattern, trial.cell.style) for trial in trials} == {
        ("orm_count:score=900000", "sync"),
        ("orm_count:score=900000", "async"),
    }
    assert all(trial.measurement and trial.measurement.errors == {} for trial in trials)
    (tmp_path / "elsewhere").mkdir()
    without = djbench("run", "--pattern", "orm_count", "--plan", cwd=tmp_path / "elsewhere", command=[installed])
    assert without.returncode == 2
    assert "unknown pattern 'orm_count'" in without.stderr


def test_each_example_has_commands_that_work(tmp_path: Path) -> None:
    """Planned, which checks every name in them; what they measure is for whoever types them."""
    rows = [line for line in (DOCS / "examples.md").read_text().splitlines() if re.match(r"\| \d+ \|", line)]
    assert len(rows) == 18
    for row in rows:
        commands = re.findall(r"`(djbench [^`]+)`", row)
        assert commands, row
        for command in commands:
            planned = [*typed(command.replace("\\|", "|")), *(["--plan"] if command.startswith("djbench run") else [])]
            done = djbench_here(*planned, cwd=tmp_path)
            assert done.returncode == 0, (command, done.stderr)
    assert not list(tmp_path.iterdir())
