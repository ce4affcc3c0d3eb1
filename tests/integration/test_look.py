"""``djbench look`` in Django projects: what matters, and how many rows each request reads."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import djbench_here
from tests.integration.polls_site import write_polls
from tests.integration.project_page import checksum

pytestmark = pytest.mark.usefixtures("nothing_left")

_DESCRIPTION = """
settings = "mysite.settings"
database = "sqlite"
prepare = [["{python}", "manage.py", "migrate", "--noinput"], ["{python}", "manage.py", "loaddata", "questions"]]
[overrides]
DEBUG = false
ALLOWED_HOSTS = ["*"]
[values.question]
query = "polls.Question"
[users.member]
[requests.detail]
path = "/polls/{question.pk}/"
[requests.account]
path = "/account/"
user = "member"
[requests.stranger]
path = "/account/"
[requests.failing]
path = "/failing/"
[requests.calling]
path = "/calling/"
[requests.vote]
path = "/polls/{question.pk}/vote/"
method = "POST"
csrf = true
[pairs.latest]
styles.sync = { path = "/polls/" }
styles.async = { path = "/polls/async/" }
[journeys.reader]
user = "member"
[[journeys.reader.steps]]
name = "settings"
path = "/settings/"
take = { id = "(.)" }
[[journeys.reader.steps]]
name = "one"
path = "/polls/{id}/"
"""
_ROWS = [{"model": "polls.question", "pk": number, "fields": {"text": f"{number}?"}} for number in (7, 8)]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a description and data."""
    folder = write_polls(tmp_path_factory.mktemp("look") / "polls")
    (folder / "polls" / "fixtures").mkdir()
    (folder / "polls" / "fixtures" / "questions.json").write_text(json.dumps(_ROWS))
    (folder / "djbench.toml").write_text(_DESCRIPTION)
    return folder


@pytest.fixture(scope="module")
def look(project: Path) -> dict[str, dict[str, Any]]:
    """What look says, by topic."""
    before = checksum(project)
    done = djbench_here("look", "--json", cwd=project)
    assert (done.returncode, done.stderr) == (1, "")  # a request calls another host
    assert checksum(project) == before
    content = json.loads(done.stdout)
    return {remark["topic"]: remark for remark in (*content["project"], *content["requests"])}


@pytest.mark.parametrize(
    ("request_name", "level", "what", "why"),
    [
        ("detail", "ok", "GET /polls/7/: 200, 1 row read by 1 query, 2 bytes", ""),
        ("account", "ok", "GET /account/: 200, 2 rows read by 2 queries, 6 bytes", ""),
        (
            "stranger",
            "note",
            "GET /account/: 302, ",
            "it answers 302 and leads to /accounts/login/",
        ),
        ("failing", "note", "GET /failing/: 500, ", "KeyError: 'colour"),
        ("calling", "refused", "GET /calling/: 500, ", "it calls other hosts: api.example.org"),
        ("latest sync", "ok", "GET /polls/: 200, 2 rows read by 1 query", ""),
        ("latest async", "ok", "GET /polls/async/: 200, 2 rows read by 1 query", ""),
        ("reader: settings", "ok", "GET /settings/: 200, 2 rows read by 2 queries", ""),
    ],
)
def test_each_described_request_is_asked(
    look: dict[str, dict[str, Any]], request_name: str, level: str, what: str, why: str
) -> None:
    remark = look[request_name]
    assert remark["level"] == level
    assert remark["what"].startswith(what)
    assert remark["why"].startswith(why)


def test_what_writes_and_what_an_earlier_answer_has_to_tell_is_not_asked(look: dict[str, dict[str, Any]]) -> None:
    assert not look.keys() & {"vote", "mix", "reader: one"}


def test_the_project_is_looked_at(look: dict[str, dict[str, Any]]) -> None:
    assert look["views"]["what"].endswith("1 async (polls.views.latest_async)")
    assert look["middleware"]["what"].startswith("13 sync hooks in SecurityMiddleware, SessionMiddleware")
    assert look["EMAIL_BACKEND"]["why"] == "a run puts in its place: mail is thrown away"
    assert look["DEBUG"]["what"] == "true in the settings; a run sets it to false"


def test_for_people_each_remark_has_its_reason_and_its_fix(project: Path) -> None:
    done = djbench_here("look", str(project), cwd=project.parent)
    assert "refused calling: GET /calling/: 500" in done.stdout
    assert '        fix: allow it with may_call = ["api.example.org"]\n' in done.stdout


def test_a_project_without_a_description_is_looked_at_by_its_urls(project: Path, tmp_path: Path) -> None:
    bare = shutil.copytree(project, tmp_path / "bare", ignore=shutil.ignore_patterns("djbench.toml"))
    before = checksum(bare)
    done = djbench_here("look", cwd=bare)
    assert done.returncode == 0, done.stderr
    assert "note    index: GET /polls/: 200, 0 rows read by 1 query" in done.stdout
    assert "it reads no row: the page shows no data" in done.stdout
    assert checksum(bare) == before
    assert not (bare / "djbench.toml").exists()


@pytest.mark.parametrize("described", [True, False])
def test_a_database_that_cannot_be_replaced_is_a_refusal_and_the_rest_is_said(
    project: Path, tmp_path: Path, described: bool
) -> None:
    other = shutil.copytree(project, tmp_path / "other")
    if not described:
        (other / "djbench.toml").unlink()
    with (other / "mysite" / "settings.py").open("a") as file:
        file.write('DATABASES["default"]["ENGINE"] = "django.db.backends.mysql"\n')
    done = djbench_here("look", cwd=other)
    assert done.returncode == 1
    assert "refused database: the database default uses django.db.backends.mysql" in done.stdout
    assert "middleware: 13 sync hooks" in done.stdout
    assert "no request was asked" in done.stdout


def test_a_project_on_postgresql_is_asked_on_a_postgresql_of_ours(project: Path, tmp_path: Path) -> None:
    other = shutil.copytree(project, tmp_path / "other")
    with (other / "mysite" / "settings.py").open("a") as file:
        file.write(
            'DATABASES["default"] = {"ENGINE": "django.db.backends.postgresql", "NAME": "shop", "HOST": "db.invalid"}\n'
        )
    text = (other / "djbench.toml").read_text().replace('database = "sqlite"', 'database = "postgres"')
    (other / "djbench.toml").write_text(text)
    done = djbench_here("look", "--json", cwd=other)
    content = json.loads(done.stdout)
    by_topic = {remark["topic"]: remark for remark in (*content["project"], *content["requests"])}
    assert "a temporary PostgreSQL database takes its place" in by_topic["database"]["what"]
    assert by_topic["CONN_MAX_AGE"]["level"] == "note"
    assert by_topic["latest sync"]["what"].startswith("GET /polls/: 200, 2 rows read by 1 query")


def test_the_built_in_site_has_no_project_to_look_at(tmp_path: Path) -> None:
    done = djbench_here("look", cwd=tmp_path)
    assert done.returncode == 2
    assert "has no Django project" in done.stderr
