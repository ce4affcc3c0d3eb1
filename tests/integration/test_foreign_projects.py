"""Projects that nobody here wrote, from the package index: described and measured without an edit by hand."""

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.integration.conftest import ANY_MACHINE, djbench
from tests.integration.environments import Environment
from tests.integration.project_page import checksum

pytestmark = pytest.mark.usefixtures("nothing_left")
SERVERS = ("--server", "gunicorn-gthread:threads=4", "--server", "waitress:threads=4", "--server", "uvicorn")
SHORT = ("--blocks", "1", "--users", "2", "--warmup", "0.1", "--duration", "0.3", *SERVERS, *ANY_MACHINE)


def test_wagtail_as_it_is_started(tmp_path: Path) -> None:
    """It names no ASGI application, and its environment has no server."""
    environment = Environment.with_packages(tmp_path / "venv", Path(sys.executable), "wagtail")
    environment.run(environment.folder / "bin" / "wagtail", "start", "bakery", cwd=tmp_path)
    project, installed = tmp_path / "bakery", checksum(environment.packages)
    before = checksum(project)
    measure(project, "--python", str(environment.python))
    assert checksum(project) == before
    assert checksum(environment.packages) == installed
    report = (project / "djbench-runs/first/report.md").read_text()
    assert re.search(r"gunicorn \d[\d.]* \(overlay\)", report)
    assert "bakery.wsgi:application" in report


@pytest.mark.long
def test_a_large_one(tmp_path: Path) -> None:
    """pretix: nearly three hundred migrations, no manage.py, pages that answer to one host name only.

    Its own command builds what its pages need. Its settings turn that off, too, and make a folder at every import.
    """
    environment = Environment.with_packages(tmp_path / "venv", Path(sys.executable), "pretix")
    project = tmp_path / "tickets"
    project.mkdir()
    settings = ("--python", str(environment.python), "--settings", "pretix.settings")
    typed(project, "init", "--yes", *settings, "--env", f"DATA_DIR={tmp_path / 'data'}")
    file = project / "djbench.toml"
    assert "OfflineGenerationError" in file.read_text()
    file.write_text(ready(file.read_text(), ("site_webmanifest", "auth_login")))
    measured(project)
    assert {path.name for path in project.iterdir()} == {"djbench.toml", "djbench-runs"}


def ready(text: str, requests: Sequence[str]) -> str:
    """The description with what pretix needs, and with these requests no longer comments."""
    text = text.replace("\n[overrides]\n", "\n[overrides]\nCOMPRESS_ENABLED = false\nCOMPRESS_OFFLINE = false\n")
    for name in requests:
        text = re.sub(rf"^# (\[requests\.{name}\].*)\n# (.*)\n# (.*)$", r"\1\n\2\n\3", text, flags=re.MULTILINE)
    return f'headers = {{ Host = "localhost" }}\n{text}'


def measure(project: Path, *options: str) -> None:
    """init, look and run, in the project's folder; every cell has a number."""
    typed(project, "init", "--yes", *options)
    measured(project)


def typed(project: Path, *command: str) -> None:
    """Type a djbench command there. It has to succeed."""
    done = djbench(*command, cwd=project, timeout_s=1800)
    assert done.returncode == 0, (command, done.stdout, done.stderr)


def measured(project: Path) -> None:
    """Look and run; every cell has a number."""
    typed(project, "look")
    typed(project, "run", *SHORT, "--run-dir", "djbench-runs/first")
    summary = json.loads((project / "djbench-runs/first/summary.json").read_text())
    assert {cell["status"] for cell in summary["cells"]} == {"measured"}
    assert {cell["server"].partition(":")[0] for cell in summary["cells"]} == {
        "gunicorn-gthread",
        "waitress",
        "uvicorn",
    }
