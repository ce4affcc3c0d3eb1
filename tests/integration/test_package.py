"""The wheel, alone in a fresh environment, works from an empty directory."""

import json
import os
import subprocess
import zipfile
from pathlib import Path

from tests.integration.conftest import ANY_MACHINE


def test_the_wheel_holds_the_packages_and_their_data_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"djbench"}
    for needed in (
        "djbench/_rooms/runners/planning/profiles/quick.toml",
        "djbench/_rooms/results/reporting/templates/report.html.jinja",
        "djbench/_rooms/results/reporting/templates/report.js",
        "djbench/_rooms/scenarios/locustfile.py",
    ):
        assert needed in names
    assert not [name for name in names if name.startswith("djbench/_rooms/results/runs") or "__pycache__" in name]


def test_the_installed_wheel_runs_from_an_empty_directory(installed: Path, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    empty = tmp_path / "empty"
    empty.mkdir()

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [installed, *arguments], cwd=empty, capture_output=True, text=True, timeout=120, env=environment
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert len(json.loads(run("list", "servers", "--json"))) >= 6
    out = run(
        "run", "--server", "gunicorn-sync", "--pattern", "plain", "--style", "async", "--blocks", "1", "--users", "2",
        "--warmup", "0.1", "--duration", "0.3", "--database", "sqlite", *ANY_MACHINE,
    )  # fmt: skip
    report = empty / out.strip().splitlines()[-1].removeprefix("report: ")
    assert report.is_file()
    assert report.parent.parent == empty / "results" / "runs"
    assert [path.name for path in empty.iterdir()] == ["results"]
