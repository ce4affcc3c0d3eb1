"""Requests with their blanks filled in."""

from dataclasses import replace

import pytest

from djbench.data import Row
from djbench.journey import Journey, Step, Take
from djbench.request import Request, Variant, Workload
from runners.services.contents.filled_workload import MOST_VARIANTS, filled_workload
from runners.services.contents.fillings import Credentials, Fillings

ANNA = Credentials(session_cookie="sessionid=anna", csrf_cookie="csrftoken=a", csrf_token="a")
BERT = Credentials(session_cookie="sessionid=bert", csrf_cookie="csrftoken=b", csrf_token="b")
NOBODY = Credentials(csrf_cookie="csrftoken=n", csrf_token="n")
QUESTIONS: tuple[Row, ...] = ({"pk": "1", "title": 'a & "b"'}, {"pk": "2", "title": "ü/x"})
FILLINGS = Fillings(
    rows={"question": QUESTIONS, "page": ({"": "7"},)},
    credentials={"member": (ANNA, BERT), "": (NOBODY,)},
)


def filled(request: Request, fillings: Fillings = FILLINGS) -> Request:
    (only,) = filled_workload(Workload(requests=(request,)), fillings).requests
    return only


def paths(request: Request) -> list[str]:
    return [variant.path for variant in request.variants]


def test_a_request_without_blanks_stays_as_it_is() -> None:
    request = Request(name="home", path="/{strange}/", body=b'{"a": {"b": 1}}\xff')
    assert filled(request) == request


def test_there_is_a_variant_for_each_row() -> None:
    assert paths(filled(Request(name="detail", path="/polls/{question.pk}/?page={page}"))) == [
        "/polls/1/?page=7",
        "/polls/2/?page=7",
    ]


def test_a_request_with_one_choice_needs_no_variants() -> None:
    request = filled(Request(name="list", path="/?page={page}", headers=(("X-Page", "{page}"), ("Accept", "*/*"))))
    assert (request.path, request.variants) == ("/?page=7", ())
    assert request.headers == (("X-Page", "7"), ("Accept", "*/*"))


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        (
            "application/json; charset=utf-8",
            '{"t": "{question.title}"}',
            ['{"t": "a & \\"b\\""}', '{"t": "\\u00fc/x"}'],
        ),
        ("application/x-www-form-urlencoded", "t={question.title}", ["t=a+%26+%22b%22", "t=%C3%BC%2Fx"]),
        ("text/plain", "{question.title}", ['a & "b"', "ü/x"]),
    ],
)
def test_a_value_is_written_as_the_body_needs_it(content_type: str, body: str, expected: list[str]) -> None:
    headers = (("Content-Type", content_type),)
    request = filled(Request(name="add", path="/", method="POST", body=body.encode(), headers=headers))
    assert [variant.body.decode() for variant in request.variants] == expected


def test_a_value_in_a_path_is_quoted() -> None:
    assert paths(filled(Request(name="search", path="/?q={question.title}"))) == [
        "/?q=a%20%26%20%22b%22",
        "/?q=%C3%BC/x",
    ]


def test_a_user_sends_the_cookie_of_each_session() -> None:
    request = filled(Request(name="home", path="/", user="member", headers=(("Cookie", "theme=dark"),)))
    assert request.variants == (
        Variant(path="/", headers=(("Cookie", "theme=dark; sessionid=anna"),)),
        Variant(path="/", headers=(("Cookie", "theme=dark; sessionid=bert"),)),
    )


def test_every_user_asks_for_every_row() -> None:
    assert paths(filled(Request(name="detail", path="/{question.pk}/", user="member"))) == ["/1/", "/1/", "/2/", "/2/"]


def test_a_csrf_token_fits_its_cookie() -> None:
    member = filled(Request(name="add", path="/", method="POST", user="member", csrf=True))
    assert [dict(variant.headers) for variant in member.variants] == [
        {"Cookie": "sessionid=anna; csrftoken=a", "X-CSRFToken": "a"},
        {"Cookie": "sessionid=bert; csrftoken=b", "X-CSRFToken": "b"},
    ]
    nobody = filled(Request(name="add", path="/", method="POST", csrf=True))
    assert dict(nobody.headers) == {"Cookie": "csrftoken=n", "X-CSRFToken": "n"}


@pytest.mark.parametrize("user", ["", "member"])
def test_there_are_no_more_variants_than_are_useful(user: str) -> None:
    rows: tuple[Row, ...] = tuple({"": str(number)} for number in range(MOST_VARIANTS + 1))
    fillings = replace(FILLINGS, rows={"number": rows})
    request = Request(name="detail", path="/{number}/", user=user)
    assert len(filled(request, fillings).variants) == MOST_VARIANTS
    assert filled(request, fillings) == filled(request, fillings)


def test_the_steps_of_a_journey_are_about_the_same_rows() -> None:
    steps = (
        Request(name="page", path="/{question.pk}/", user="member"),
        Request(name="home", path="/", user="member"),
        Request(name="vote", path="/{question.pk}/vote/{choice}/", user="member"),
    )
    takes = (Take(name="choice", source="body", expression="x(.)"),)
    journey = Journey(steps=(Step(takes=takes), Step(), Step()))
    workload = filled_workload(Workload(requests=steps, journey=journey), FILLINGS)
    page, home, vote = workload.requests
    assert paths(page) == ["/1/", "/2/"]
    assert paths(vote) == ["/1/vote/{choice}/", "/2/vote/{choice}/"]
    assert (home.variants, home.path) == ((), "/")
    assert workload.journey == replace(journey, sessions=("sessionid=anna", "sessionid=bert"))


def test_a_journey_with_a_token_begins_with_the_cookie_that_fits() -> None:
    request = Request(name="vote", path="/", method="POST", user="member")
    journey = Journey(steps=(Step(csrf="header"),))
    workload = filled_workload(Workload(requests=(request,), journey=journey), FILLINGS)
    assert workload.journey is not None
    assert workload.journey.sessions == ("sessionid=anna; csrftoken=a", "sessionid=bert; csrftoken=b")
