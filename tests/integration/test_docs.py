"""The documentation, followed to the letter: files are written as it says, commands are typed as it says.

With the installed wheel, from a directory that is not the checkout: as somebody else would.
"""

import ast
import re
import shlex
from pathlib import Path

import pytest

from results.records.store import RunDirectory
from tests import ROOT
from tests.integration.conftest import ANY_MACHINE, djbench, djbench_here
from tests.integration.environments import Environment

# A package as an installer takes it, but for its entry points.
PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "mine"
version = "1.0"

[tool.hatch.build.targets.wheel]
only-include = {files}

"""
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


def write_package(folder: Path, declaration: str, **modules: str) -> Path:
    """A package's project: its modules, and a pyproject.toml that ends as the page says."""
    project = folder / "package"
    project.mkdir()
    files = [f"{name}.py" for name in modules]
    for file, text in zip(files, modules.values(), strict=True):
        (project / file).write_text(text)
    (project / "pyproject.toml").write_text(PYPROJECT.format(files=files) + declaration)
    return project


@pytest.fixture
def environment(wheel: Path, tmp_path: Path) -> Environment:
    """An environment with djbench, for a package beside it."""
    environment = Environment.made(tmp_path / "venv")
    environment.install(wheel)
    return environment


def test_a_server_from_a_file(installed: Environment, tmp_path: Path) -> None:
    page = blocks("adding-a-server.md")
    (tmp_path / "gunicorn-preload.toml").write_text(page["toml"][0])
    installed.run(installed.djbench, *typed(page["sh"][0]), *ANY_MACHINE, cwd=tmp_path)
    trial = RunDirectory(tmp_path / "from-a-file").read_trials()[-1]  # a busy machine has it made twice
    assert trial.cell.server == "./gunicorn-preload.toml:workers=2,threads=8"
    assert (trial.cell.slots, trial.cell.processes) == (16, 2)
    assert "--preload" in RunDirectory(tmp_path / "from-a-file").read_run().servers[trial.cell.server].command
    assert trial.valid, trial.flags


def test_a_server_from_a_package(environment: Environment, tmp_path: Path) -> None:
    page = blocks("adding-a-server.md")
    environment.install(write_package(tmp_path, page["toml"][1], my_server=page["python"][0]))
    environment.run(environment.djbench, *typed(page["sh"][1]), *ANY_MACHINE, cwd=tmp_path)
    trial = RunDirectory(tmp_path / "from-a-package").read_trials()[-1]
    assert trial.cell.server == "uvicorn-asyncio:backlog=128"
    assert trial.measurement is not None
    assert trial.measurement.errors == {}


def test_a_pattern_from_a_package(environment: Environment, tmp_path: Path) -> None:
    page = blocks("adding-a-pattern.md")
    without = djbench("run", "--pattern", "orm_count", "--plan", cwd=tmp_path, command=[environment.djbench])
    assert without.returncode == 2
    assert "unknown pattern 'orm_count'" in without.stderr
    modules = {"orm_count": page["python"][0], "orm_count_views": page["python"][1]}
    environment.install(write_package(tmp_path, page["toml"][0], **modules))
    environment.run(environment.djbench, *typed(page["sh"][0]), *ANY_MACHINE, cwd=tmp_path)
    trials = RunDirectory(tmp_path / "from-a-package").read_trials()
    assert {(trial.cell.pattern, trial.cell.style) for trial in trials} == {
        ("orm_count:score=900000", "sync"),
        ("orm_count:score=900000", "async"),
    }
    assert all(trial.measurement and trial.measurement.errors == {} for trial in trials)


@pytest.mark.parametrize("page", ["adding-a-pattern.md", "adding-a-server.md"])
def test_a_package_imports_djbench_and_no_room(page: str) -> None:
    for text in blocks(page)["python"]:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom):
                assert node.module in {"djbench", "orm_count"} or str(node.module).startswith("django."), node.module
            assert not isinstance(node, ast.Import)


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
