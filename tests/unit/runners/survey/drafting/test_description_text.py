"""The text of a djbench.toml: valid, whatever a project's names and errors are."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.records.store import StoreError
from runners.survey.discovery import DjangoProject
from runners.survey.drafting.description_text import description_text, write_description
from runners.survey.drafting.outline import Outline
from runners.survey.drafting.request_drafts import answered, askable, drafts_of
from runners.survey.inspection import PageAnswer, PageAnswers, Route
from runners.targets.describing.description import Description
from tests.unit.runners.survey.facts import a_route, some_settings, some_urls

PROJECT = DjangoProject(
    folder=Path("/site"),
    home=Path("/site/src"),
    managed=True,
    settings="mysite.settings",
    settings_source="manage.py",
    python=Path("/site/.venv/bin/python"),
    python_source="the environment .venv",
)


def the_text(*routes: Route, answer: dict[str, Any] | None = None, rows: bool = False, **changes: Any) -> str:
    """The text for these routes, all answered alike; those with arguments if there are rows."""
    settings = some_settings(**changes)
    urls = some_urls(*routes)
    named = askable(urls, settings)
    drafts = drafts_of(named, urls)
    asked = [draft for draft in drafts if rows or not draft.values]
    answers = [PageAnswer(**{"name": draft.name, "status": 200, **(answer or {})}) for draft in asked]
    outline = Outline(project=PROJECT).with_facts(settings, "sqlite")
    return description_text(outline, answered(drafts, PageAnswers(answers=answers)))


def uncommented(text: str) -> dict[str, Any]:
    return tomllib.loads(re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE))


def test_paths_are_relative_to_the_file() -> None:
    content = tomllib.loads(the_text(a_route("/a/")))
    assert (content["name"], content["python"]) == ("site", ".venv/bin/python")
    assert (content["path"], content["working_directory"]) == (["src"], "src")
    assert Description.model_validate(content).settings == "mysite.settings"


def test_settings_that_would_redirect_load_are_replaced() -> None:
    text = the_text(a_route("/a/"), ssl_redirect=True, session_cookie_secure=True, csrf_cookie_secure=True)
    assert tomllib.loads(text)["overrides"] == {
        "DEBUG": False,
        "ALLOWED_HOSTS": ["*"],
        "SECURE_SSL_REDIRECT": False,
        "SESSION_COOKIE_SECURE": False,
        "CSRF_COOKIE_SECURE": False,
    }


def test_static_files_are_collected_if_pages_name_them_by_a_manifest() -> None:
    apps = ["django.contrib.staticfiles"]
    manifest = {"staticfiles": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    commands = tomllib.loads(the_text(a_route("/a/"), apps=apps, storages=manifest))["prepare"]
    assert [command[2] for command in commands] == ["migrate", "collectstatic"]
    plain = {"staticfiles": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    commands = tomllib.loads(the_text(a_route("/a/"), apps=apps, storages=plain))["prepare"]
    assert [command[2] for command in commands] == ["migrate"]


def test_a_get_that_writes_says_so() -> None:
    assert tomllib.loads(the_text(a_route("/a/"), answer={"writes": 2}))["requests"]["a"]["writes"] is True


LOOKUPS = {"pk": "pk", "slug": "slug"}
DETAIL = (
    a_route("/a/{pk}/", arguments={"pk": "int"}, model="polls.Question", lookups=LOOKUPS),
    a_route("/b/{slug}/", arguments={"slug": "slug"}, model="polls.Question", lookups=LOOKUPS),
)
TABLE = {"polls_question": {"query": "polls.Question", "fields": ["pk", "slug"]}}


def test_fields_of_one_model_are_one_table() -> None:
    text = the_text(*DETAIL)
    assert "requests" not in tomllib.loads(text)
    assert "There is none: fill in one of those below." in text
    assert uncommented(text)["values"] == TABLE


def test_with_rows_in_the_database_paths_with_arguments_are_measured() -> None:
    content = tomllib.loads(the_text(*DETAIL, rows=True))
    assert content["values"] == TABLE
    assert [table["path"] for table in content["requests"].values()] == [
        "/a/{polls_question.pk}/",
        "/b/{polls_question.slug}/",
    ]


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "djbench.toml").mkdir()
    with pytest.raises(StoreError, match=r"cannot write .*djbench.toml: Is a directory"):
        write_description("", tmp_path, "djbench.toml")
    assert [path.name for path in tmp_path.iterdir()] == ["djbench.toml"]


@given(name=st.text(), view=st.text(), error=st.text(), status=st.sampled_from([200, 302, 500]), location=st.text())
def test_no_name_and_no_error_breaks_the_file(name: str, view: str, error: str, status: int, location: str) -> None:
    answer = {"status": status, "error": error, "location": location}
    routes = (a_route("/a/", name=name, view=view), a_route("/b/{pk}/", arguments={"pk": name}, view=view))
    text = the_text(*routes, answer=answer)
    tomllib.loads(text)
    assert len(uncommented(text)["requests"]) == 2
