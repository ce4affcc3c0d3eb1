"""Which of a project's URLs become requests, how they are called, and what they wait for."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.survey.drafting.request_drafts import (
    Obstacle,
    answered,
    askable,
    can_be_asked,
    commonest_failure,
    drafts_of,
    goes_to_login,
    measurable,
)
from runners.survey.inspection import PageAnswer, PageAnswers, Route
from tests.unit.runners.survey.facts import a_route, some_settings, some_urls


def names_of(*routes: Route) -> list[str]:
    return list(askable(some_urls(*routes), some_settings(media_url="/media/")))


def test_a_request_is_called_as_its_url_is() -> None:
    routes = (
        a_route("/", name="index"),
        a_route("/polls/", name="index", namespaces=["polls"]),
        a_route("/shop/", name="index", namespaces=["polls"]),
        a_route("/again/", name="index", namespaces=["polls"]),
        a_route("/archive/{year}/", arguments={"year": ""}),
        a_route("/1984/"),
        a_route("/mix/", name="mix"),
        a_route("/all/", name="all"),
    )
    assert names_of(*routes) == ["index", "polls_index", "shop", "again", "archive", "home", "mix_2", "all_2"]


@given(st.lists(st.tuples(st.text(), st.text(min_size=1)), max_size=20))
def test_hostile_names_become_names(urls: list[tuple[str, str]]) -> None:
    routes = [a_route(f"/{path}", name=name) for name, path in urls]
    names = names_of(*routes)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,60}", name) for name in names)
    assert len({*names}) == len(names)
    assert "mix" not in names


@pytest.mark.parametrize(
    "route",
    [
        a_route(None),
        a_route("/admin/polls/", namespaces=["admin"]),
        a_route("/admin/"),  # beside what the admin has
        a_route("/static/app.css", view="whitenoise.serve"),
        a_route("/media/{path}", arguments={"path": "path"}, view="django.views.static.serve"),
        a_route("/__debug__/render/", namespaces=["djdt"]),
        a_route("/api/polls.{format}", arguments={"format": ""}),
    ],
)
def test_what_nobody_measures_is_left_out(route: Route) -> None:
    admin = a_route("/admin/", name="index", namespaces=["admin"], view="django.contrib.admin.sites.AdminSite.index")
    assert names_of(admin, route, a_route("/here/")) == ["here"]


def test_django_takes_the_first_of_two_urls_and_so_does_a_description() -> None:
    assert names_of(a_route("/a/", name="first"), a_route("/a/", name="second")) == ["first"]


@pytest.mark.parametrize(
    ("route", "answer", "obstacle"),
    [
        (a_route("/a/"), {"status": 200}, Obstacle.NOTHING),
        (a_route("/a/"), {"status": 200, "calls": ["api.example.org"]}, Obstacle.CALLS),
        (a_route("/a/"), {"status": 500, "calls": ["api.example.org"]}, Obstacle.CALLS),
        (a_route("/a/"), {"status": 500, "error": "KeyError"}, Obstacle.FAILS),
        (a_route("/a/"), {"error": "no answer within 10 s"}, Obstacle.FAILS),
        (a_route("/a/"), {"status": 302, "location": "/accounts/login/?next=/a/"}, Obstacle.LOGIN),
        (a_route("/a/"), {"status": 302, "location": "/elsewhere/"}, Obstacle.STATUS),
        (a_route("/a/"), {"status": 404}, Obstacle.STATUS),
        (a_route("/a/{pk}/", arguments={"pk": "int"}), None, Obstacle.VALUES),
        (a_route("/a/", methods=["OPTIONS", "POST"]), None, Obstacle.METHOD),
        (a_route("/a/"), None, Obstacle.FAILS),
    ],
)
def test_what_stands_in_the_way_of_a_request(
    route: Route, answer: dict[str, object] | None, obstacle: Obstacle
) -> None:
    answers = [PageAnswer.model_validate({"name": "a", **answer})] if answer else []
    page = PageAnswers(login_url="/accounts/login/", answers=answers)
    (draft,) = answered(drafts_of({"a": route}, some_urls(route)), page)
    assert draft.obstacle is obstacle
    assert measurable([draft]) == ([draft] if obstacle is Obstacle.NOTHING else [])


@pytest.mark.parametrize(
    ("location", "login_url", "goes"),
    [
        ("/accounts/login/?next=/a/", "/accounts/login/", True),
        ("/accounts/login/", "/accounts/login/", True),
        ("/sso/login?next=/a/", "/accounts/login/", True),  # a login page that a view names itself
        ("/a/", "/accounts/login/", False),
        ("", "", False),
    ],
)
def test_a_redirect_to_the_login_page_is_known(location: str, login_url: str, goes: bool) -> None:
    assert goes_to_login(PageAnswer(name="a", status=302, location=location), login_url) is goes


@pytest.mark.parametrize(
    ("route", "asked"),
    [
        (a_route("/a/"), True),
        (a_route("/a/", methods=["GET", "POST"]), True),
        (a_route("/a/", methods=["POST"]), False),
        (a_route("/a/{question_id}/", arguments={"question_id": "int"}), True),  # if there is a question
        (a_route("/a/{year}/", arguments={"year": "int"}), False),
    ],
)
def test_a_get_is_asked_if_rows_can_fill_its_path(route: Route, asked: bool) -> None:
    (draft,) = drafts_of({"a": route}, some_urls(route))
    assert can_be_asked(draft) is asked


def test_a_path_with_arguments_that_answers_can_be_measured() -> None:
    route = a_route("/a/{question_id}/", arguments={"question_id": "int"})
    drafts = drafts_of({"a": route}, some_urls(route))
    assert [draft.obstacle for draft in drafts] == [Obstacle.VALUES]
    (draft,) = answered(drafts, PageAnswers(answers=[PageAnswer(name="a", path="/a/7/", status=200)]))
    assert (draft.path, draft.obstacle) == ("/a/{polls_question.pk}/", Obstacle.NOTHING)


def test_what_most_failures_say_is_known() -> None:
    routes = {name: a_route(f"/{name}/") for name in "abcd"}
    errors = {"a": "KeyError: 'x'", "b": "no manifest", "c": "no manifest", "d": ""}
    answers = [PageAnswer(name=name, status=500 if error else 200, error=error) for name, error in errors.items()]
    drafts = answered(drafts_of(routes, some_urls()), PageAnswers(answers=answers))
    assert commonest_failure(drafts) == "no manifest"
    assert commonest_failure(drafts[3:]) == ""
