"""Interference: what a fast request meets while others wait for something slow."""

import json
from pathlib import Path

import pytest

from results.store import RunDirectory
from tests.integration.conftest import ANY_MACHINE, djbench

pytestmark = pytest.mark.usefixtures("nothing_left")


def test_threads_that_wait_keep_others_waiting_and_an_event_loop_does_not(tmp_path: Path) -> None:
    done = djbench(
        "run", "--server", "gunicorn-gthread:threads=4", "--server", "uvicorn", "--pattern", "plain",
        "--style", "async", "--users", "2", "--beside", "sleep:delay=0.3", "--beside-users", "8", "--blocks", "5",
        "--warmup", "0.3", "--warmup-limit", "0.6", "--duration", "0.7", "--database", "sqlite", "--run-dir", "r",
        "--json", *ANY_MACHINE, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    loads = [cell["load"] for cell in summary["cells"]]
    assert loads.count({"kind": "closed", "users": 2}) == 2
    assert loads.count({"kind": "closed", "users": 2, "beside": "sleep:delay=0.3", "beside_users": 8}) == 2
    for trial in RunDirectory(tmp_path / "r").read_trials():
        assert trial.measurement is not None
        assert trial.measurement.errors == {}
        assert (trial.measurement.beside_rps is not None) == bool(trial.cell.load.beside)
        if trial.cell.load.beside and trial.cell.server.startswith("uvicorn"):
            assert trial.measurement.beside_rps is not None
            assert 8 / 0.3 / 2 < trial.measurement.beside_rps <= 8 / 0.3 * 1.5
    by_cell = {
        (cell["server"].partition(":")[0], bool(cell["load"].get("beside"))): cell["throughput_rps"]["mean"]
        for cell in summary["cells"]
        if cell["throughput_rps"]
    }
    # Four threads, eight who hold one for 0.3 s: whoever is fast waits for those.
    assert by_cell["gunicorn-gthread", True] < by_cell["gunicorn-gthread", False] / 10
    assert by_cell["uvicorn", True] > by_cell["uvicorn", False] / 4
    assert "what it is alone" in (tmp_path / "r" / "report.md").read_text() or not summary["interference"]
    refused = djbench("run", "--beside", "sleep", cwd=tmp_path)
    assert refused.returncode == 2
    assert "beside is a pattern, beside_users how many ask for it" in refused.stderr
