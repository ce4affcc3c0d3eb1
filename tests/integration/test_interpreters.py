"""The Python that runs a project: found, and refused in one line if it cannot."""

import shutil
import sys
from pathlib import Path

import pytest

from djbench.errors import UsageError
from runners.targets.interpreters import project_interpreter, require_interpreter


def script(folder: Path, text: str) -> str:
    """A program in that folder, in the place of a Python."""
    file = folder / "python"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return str(file)


def complaint(interpreter: str) -> str:
    with pytest.raises(UsageError) as refused:
        require_interpreter(interpreter)
    assert "\n" not in str(refused.value)
    return str(refused.value).replace(interpreter, "PYTHON")


def test_one_that_can_run_a_project_says_what_it_has() -> None:
    facts = require_interpreter(sys.executable)
    assert facts.packages["django"]
    assert facts.description["python"] == sys.version.split()[0]


def test_one_that_is_not_there(tmp_path: Path) -> None:
    assert complaint(str(tmp_path / "none")).startswith("there is no PYTHON; name the project's own Python")


def test_one_that_cannot_be_started(tmp_path: Path) -> None:
    assert complaint(str(tmp_path)).startswith("PYTHON cannot be started (Permission denied); name")


@pytest.mark.parametrize("text", ["exit 1", "echo hello", "printf '\\377'", "exec false"])
def test_something_else_than_a_python(tmp_path: Path, text: str) -> None:
    assert complaint(script(tmp_path, text)).startswith("PYTHON is not a Python; name the project's own Python")


@pytest.mark.parametrize("version", ["2.7.18", "3.8.20"])
def test_an_old_python(tmp_path: Path, version: str) -> None:
    assert complaint(script(tmp_path, f"echo {version}")).startswith(
        f"PYTHON is Python {version}; a project needs Python 3.9 or newer"
    )


def test_one_without_django(tmp_path: Path) -> None:
    assert complaint(script(tmp_path, f'exec {sys.executable} -S "$@"')).startswith("PYTHON has no Django; name")


def test_an_old_django(tmp_path: Path) -> None:
    (tmp_path / "django").mkdir()
    (tmp_path / "django" / "__init__.py").touch()
    metadata = tmp_path / "Django-3.2.25.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: Django\nVersion: 3.2.25\n")
    old = script(tmp_path, f'PYTHONPATH={tmp_path} exec {sys.executable} "$@"')
    assert complaint(old) == "PYTHON has Django 3.2.25; djbench measures Django 4.2 and newer"


def test_a_description_names_a_file_beside_it_or_a_program(tmp_path: Path) -> None:
    assert project_interpreter(tmp_path, ".venv/bin/python") == str(tmp_path / ".venv/bin/python")
    assert project_interpreter(tmp_path, "/opt/python") == "/opt/python"
    assert project_interpreter(tmp_path, "sh") == shutil.which("sh")
    assert project_interpreter(tmp_path, "no-such-python") == str(tmp_path / "no-such-python")


def test_an_environment_beside_the_description_is_taken_without_following_its_link(tmp_path: Path) -> None:
    assert project_interpreter(tmp_path, None) == sys.executable
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    link = tmp_path / "venv" / "bin" / "python"
    link.symlink_to(sys.executable)
    assert project_interpreter(tmp_path, None) == str(link)
