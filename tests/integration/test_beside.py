"""Interference: what a fast request meets while others wait for something slow."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from results.records.store import RunDirectory
from runners.conducting.trial import Rig, Verified
from tests.integration.conftest import ANY_MACHINE, djbench_here
from tests.integration.test_faults import Watcher, a_conductor
from tests.unit.site import SITE

pytestmark = pytest.mark.usefixtures("nothing_left")


def test_threads_that_wait_keep_others_waiting_and_an_event_loop_does_not(tmp_path: Path) -> None:
    done = djbench_here(
        "run", "--server", "gunicorn-gthread:threads=4", "--server", "uvicorn", "--pattern", "plain",
        "--style", "async", "--users", "2", "--beside", "sleep:delay=0.3", "--beside-users", "8", "--blocks", "3",
        "--warmup", "0.3", "--warmup-limit", "0.6", "--duration", "1.5", "--database", "sqlite", "--run-dir", "r",
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
    report = (tmp_path / "r" / "report.md").read_text()
    found = {ratio["server"].partition(":")[0]: ratio for ratio in summary["interference"]}
    assert set(found) == {"gunicorn-gthread", "uvicorn"}
    for name, ratio in found.items():
        assert ratio["blocks"] > 0
        assert ratio["ratio"]["mean"] > 0
        sentence = next(
            line for line in report.splitlines() if "that of the cell alone" in line and f"on {name}" in line
        )
        assert f"its {ratio['quantity']}" in sentence
        assert "Background users had " in sentence
    # A handful of answers in a window: where interference is worst, no higher percentile can be shown.
    assert found["gunicorn-gthread"]["quantity"] == "p50"
    assert found["gunicorn-gthread"]["ratio"]["mean"] > 10


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--beside", "sleep"), "give both --beside and --beside-users: the pattern and how many users request it"),
        (("--beside", "cbv_login", "--beside-users", "2"), "cbv_login cannot stand beside plain"),
        (
            ("--beside", "websocket", "--beside-users", "2", "--server", "gunicorn-gthread"),
            "there are no WebSockets under WSGI",
        ),
    ],
)
def test_what_cannot_stand_beside_is_refused_in_one_line(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    done = djbench_here("run", "--pattern", "plain", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.strip().count("\n") == 0
    assert not list(tmp_path.iterdir())


def test_no_trial_begins_with_what_was_written_beside_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare = Rig.prepare
    found = []

    def counted(rig: Rig, *arguments: Any, **options: Any) -> Verified:
        file = rig.place.environment["DJBENCH_DATABASE_URL"].removeprefix("sqlite:///")
        with closing(sqlite3.connect(file)) as connection:
            found.append(connection.execute("SELECT count(*) FROM target_site_entry").fetchone()[0])
        return prepare(rig, *arguments, **options)

    monkeypatch.setattr(Rig, "prepare", counted)
    watcher = Watcher()
    changes: dict[str, Any] = {"servers": ["uvicorn"], "patterns": ["plain"], "beside": "orm_write", "beside_users": 1}
    a_conductor(tmp_path / "r", watcher, SITE, **changes).conduct()
    assert len(found) == len(watcher.trials) >= 4  # more if something else on the machine spoils one
    assert set(found) == {0}
    beside = [trial.measurement for trial in watcher.trials if trial.cell.load.beside]
    assert all(measurement and measurement.beside_rps for measurement in beside)


def test_with_the_same_middleware_in_front_it_can_stand_there(tmp_path: Path) -> None:
    done = djbench_here(
        "run", "--server", "uvicorn", "--pattern", "cbv_login", "--style", "async", "--users", "1", "--beside",
        "cbv_login", "--beside-users", "2", "--blocks", "1", "--warmup", "0.1", "--duration", "0.3", "--database",
        "sqlite", "--run-dir", "r", "--json", *ANY_MACHINE, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    alone, others = RunDirectory(tmp_path / "r").read_trials()
    for trial in (alone, others):
        assert trial.measurement is not None
        assert trial.measurement.errors == {}
    assert {cell["status"] for cell in json.loads(done.stdout)["cells"]} == {"measured"}
