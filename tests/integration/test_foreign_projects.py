"""Projects that nobody here wrote, from the package index: described and measured without an edit by hand."""

import json
import re
import sys
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


def measure(project: Path, *options: str) -> None:
    """init, look and run, in the project's folder; every cell has a number."""
    for command in (("init", "--yes", *options), ("look",), ("run", *SHORT, "--run-dir", "djbench-runs/first")):
        done = djbench(*command, cwd=project, timeout_s=900)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    summary = json.loads((project / "djbench-runs/first/summary.json").read_text())
    assert {cell["status"] for cell in summary["cells"]} == {"measured"}
    assert {cell["server"].partition(":")[0] for cell in summary["cells"]} == {
        "gunicorn-gthread",
        "waitress",
        "uvicorn",
    }
