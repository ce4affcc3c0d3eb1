"""A run of a project whose users go on a journey, or are those of a locustfile: from the description to the record."""

import json
from pathlib import Path

import pytest

from results.records.store import RunDirectory
from tests.integration.conftest import SHORT, djbench_here
from tests.integration.guestbook import DESCRIPTION, digest_of, make_guestbook

pytestmark = pytest.mark.usefixtures("nothing_left")

JOURNEYS = r"""
[journeys.guest]
[[journeys.guest.steps]]
name = "look"
path = "/count/"
compare = "status"
take = { entries = '(\d+) entries' }
[[journeys.guest.steps]]
name = "sign"
path = "/sign/?entries={entries}"
think_s = 0.02

[journeys.visitors]
locustfile = "locustfile.py"
"""
LOCUSTFILE = """
from locust import constant, task
from djbench.lean import LeanHttpUser

class Visitor(LeanHttpUser):
    wait_time = constant(0.01)

    @task
    def look(self):
        self.client.get("/count/", name="look")
"""


def test_each_step_and_each_name_is_measured_by_itself(tmp_path: Path) -> None:
    project = make_guestbook(tmp_path / "project", DESCRIPTION + JOURNEYS)
    (project / "locustfile.py").write_text(LOCUSTFILE)
    before = digest_of(project)
    patterns = ("--pattern", "guest", "--pattern", "visitors")
    run = tmp_path / "run"
    done = djbench_here(
        "run", *SHORT, "--server", "gunicorn-gthread", *patterns, "--run-dir", str(run), "--quiet", cwd=project
    )
    assert done.returncode == 0, done.stderr
    assert digest_of(project) == before
    trials = {trial.cell.pattern: trial for trial in RunDirectory(run).read_trials()}
    guest, visitors = trials["guest"].measurement, trials["visitors"].measurement
    assert guest is not None
    assert visitors is not None
    assert [figures.name for figures in guest.by_request] == ["guest view: look", "guest view: sign"]
    assert all(figures.answered and not figures.errors for figures in guest.by_request)
    assert 0 < guest.think_ms < 20  # before every second request 20 ms
    assert [figures.name for figures in visitors.by_request] == ["visitors view: GET look"]
    assert visitors.think_ms > 9
    summary = json.loads((run / "summary.json").read_text())
    assert {cell["pattern"]: cell["status"] for cell in summary["cells"]} == {
        "guest": "measured",
        "visitors": "measured",
    }


def test_a_locustfile_that_cannot_be_used_is_refused_before_anything_starts(tmp_path: Path) -> None:
    project = make_guestbook(tmp_path, DESCRIPTION + JOURNEYS)
    (project / "locustfile.py").write_text("import nothing_of_that_name")
    before = digest_of(project)
    done = djbench_here("run", *SHORT, "--server", "gunicorn-gthread", "--pattern", "visitors", cwd=project)
    assert done.returncode == 2
    said = "locustfile.py, line 1: ModuleNotFoundError: No module named 'nothing_of_that_name'\n"
    assert done.stderr.startswith("djbench: the locustfile cannot be used: ")
    assert done.stderr.endswith(said)
    assert digest_of(project) == before
