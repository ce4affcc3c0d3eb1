"""``djbench import har`` with a recording that a browser has made of a Django project."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from results.records.store import RunDirectory
from runners.targets.describing.description import read_target
from tests.integration.conftest import NEEDS_CHROMIUM, SHORT, djbench, djbench_here
from tests.integration.voting_site import PASSWORD, served, write_site

pytestmark = NEEDS_CHROMIUM
DESCRIPTION = """\
# ours
settings = "voting.settings"  # all of it

[requests.home]
path = "/"
"""
RUNNABLE = """\
settings = "voting.settings"
database = "sqlite"
prepare = [["{python}", "manage.py", "migrate", "--noinput"], ["{python}", "fill.py"]]
[overrides]
DEBUG = false
ALLOWED_HOSTS = ["*"]
"""


@pytest.fixture(scope="module")
def recording(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vote and a comment, from login to logout."""
    folder = tmp_path_factory.mktemp("voting")
    file = folder / "vote.har"
    with served(folder) as address:
        context = browser.new_context(record_har_path=file)
        page = context.new_page()
        page.goto(f"{address}/polls/")
        page.fill("[name=username]", "ada")
        page.fill("[name=password]", PASSWORD)
        page.click("button")
        page.click("text=Tabs or spaces?")
        page.wait_for_timeout(300)
        page.check("label:has-text('spaces') input")
        page.click("text=vote")
        page.click("#comment")
        page.wait_for_function("document.getElementById('said').textContent === 'good'")
        page.click("#all")
        page.click("text=out")
        page.wait_for_selector("[name=username]")
        context.close()
    return file


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a description that has comments and an order of its own."""
    (tmp_path / "djbench.toml").write_text(DESCRIPTION)
    return tmp_path


def secrets_of(recording: Path) -> set[str]:
    """Every cookie, token and password in a recording."""
    text = recording.read_text()
    entries = json.loads(text)["log"]["entries"]
    cookies = {
        cookie["value"]
        for entry in entries
        for side in (entry["request"], entry["response"])
        for cookie in side["cookies"]
    }
    return {PASSWORD, *cookies, *re.findall(r"csrfmiddlewaretoken=(\w+)", text)} - {""}


def test_a_recording_of_a_browser_becomes_a_journey(recording: Path, project: Path) -> None:
    done = djbench_here("import", "har", str(recording), cwd=project)
    assert (done.returncode, done.stdout) == (0, "added to djbench.toml: users.member, journeys.vote\n")
    assert "note: the recording is not compared with the project's URLs: the settings voting.settings" in done.stderr
    written = (project / "djbench.toml").read_text()
    assert written.startswith(DESCRIPTION)
    workload = read_target(project / "djbench.toml").catalog.own["vote"].workloads["view"]
    assert workload.journey is not None
    steps = [
        (request.line, request.user, request.expected_status, step.csrf, {take.name for take in step.takes})
        for request, step in zip(workload.requests, workload.journey.steps, strict=True)
    ]
    assert steps == [
        ("GET /polls/", "member", 200, "", {"poll"}),
        ("GET /polls/{poll}/", "member", 200, "", {"choice"}),
        ("POST /polls/{poll}/vote/", "member", 302, "form", {"next_page"}),
        ("GET /{next_page}", "member", 200, "", {"question_id"}),
        ("POST /api/comments/", "member", 201, "header", {"comment"}),
        ("GET /api/comments/{comment}/", "member", 200, "", set()),
        ("GET /polls/", "member", 200, "", set()),
    ]
    assert workload.journey.steps[2].think_s[0] >= 0.3
    assert workload.requests[2].body == b"choice={choice}"
    assert workload.requests[4].body == b'{"question_id": {question_id}, "text": "good"}'


def test_no_secret_of_a_recording_reaches_the_file(recording: Path, project: Path) -> None:
    secrets = secrets_of(recording)
    assert len(secrets) > 5
    done = djbench_here("import", "har", str(recording), cwd=project)
    said = (project / "djbench.toml").read_text() + done.stdout + done.stderr
    assert [secret for secret in secrets if secret in said] == []


def test_the_same_recording_is_added_once(recording: Path, project: Path) -> None:
    djbench_here("import", "har", str(recording), cwd=project)
    once = (project / "djbench.toml").read_bytes()
    done = djbench_here("import", "har", str(recording), cwd=project)
    assert done.stdout == "added to djbench.toml: nothing\n"
    assert "already there: users.member, journeys.vote" in done.stderr
    assert (project / "djbench.toml").read_bytes() == once


def test_printing_changes_no_file(recording: Path, project: Path) -> None:
    done = djbench_here("import", "har", str(recording), "--print", "--name", "Ballot!", cwd=project)
    assert "[journeys.ballot]" in done.stdout
    assert (project / "djbench.toml").read_text() == DESCRIPTION
    assert [file.name for file in project.iterdir()] == ["djbench.toml"]


def test_a_recording_of_another_site_gets_one_line(recording: Path, project: Path) -> None:
    done = djbench_here("import", "har", str(recording), "--host", "shop.example", cwd=project)
    assert done.returncode == 2
    assert "has no request to shop.example; it has requests to 127.0.0.1:" in done.stderr
    assert done.stderr.count("\n") == 1
    assert (project / "djbench.toml").read_text() == DESCRIPTION


def test_without_a_description_there_is_a_line_that_says_what_to_do(recording: Path, tmp_path: Path) -> None:
    done = djbench_here("import", "har", str(recording), cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no djbench.toml; write it with: djbench init" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("nothing_left")
def test_the_journey_of_a_recording_runs_under_both_interfaces(recording: Path, tmp_path: Path) -> None:
    write_site(tmp_path)
    (tmp_path / "djbench.toml").write_text(RUNNABLE)
    assert djbench_here("import", "har", str(recording), cwd=tmp_path).returncode == 0
    servers = ("--server", "gunicorn-gthread", "--server", "uvicorn")
    done = djbench("run", "--pattern", "vote", *servers, *SHORT, "--run-dir", "run", "-q", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    trials = RunDirectory(tmp_path / "run").read_trials()
    assert {trial.cell.server.partition(":")[0] for trial in trials} == {"gunicorn-gthread", "uvicorn"}
    assert all(trial.measurement and trial.measurement.errors == {} for trial in trials)


@pytest.mark.usefixtures("nothing_left")
def test_the_project_is_asked_for_its_urls(recording: Path, tmp_path: Path) -> None:
    write_site(tmp_path)
    (tmp_path / "djbench.toml").write_text(RUNNABLE + '[requests.login]\npath = "/login/"\n')
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    (tmp_path / "other.har").write_text(recording.read_text().replace("/polls/", "/shop/").replace("/api/", "/rpc/"))
    lines = (
        f'::1 - - [01/Mar/2026:14:15:30 +0000] "GET /topics/{topic}/ HTTP/1.1" 200 9\n' for topic in ("tea", "milk")
    )
    (tmp_path / "a.log").write_text("".join(lines))
    other = djbench_here("import", "har", "other.har", cwd=tmp_path)
    assert (other.returncode, other.stderr.count("\n")) == (2, 1)
    assert "other.har is of another site (127.0.0.1:" in other.stderr
    log = djbench_here("import", "log", "a.log", "--urls", "--print", cwd=tmp_path)
    assert 'path = "/topics/{topics_id}/"' in log.stdout
    assert 'path = "/topics/tea/"' in djbench_here("import", "log", "a.log", "--print", cwd=tmp_path).stdout
    assert {path: path.read_bytes() for path in before} == before
    assert {path.name for path in tmp_path.rglob("*") if path.is_file() and path not in before} == {
        "other.har",
        "a.log",
    }
