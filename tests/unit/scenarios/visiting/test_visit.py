"""One pass of a user through a journey: what each step sends, given the answers before."""

import json

import pytest

from djbench.journey import Journey, Step, Take
from djbench.request import Request, Variant, Workload
from scenarios.http11 import Response
from scenarios.visiting.visit import Itinerary, Visit

NOW_S = 1_800_000_000.0
PAGE = b'<form><input type="hidden" name="csrfmiddlewaretoken" value="tok+en"><input name="choice" value="7"></form>'
CHOICE = Take(name="choice", source="body", expression=r'name="choice" value="(\d+)"')
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


def itinerary(*steps: tuple[Request, Step]) -> Itinerary:
    workload = Workload(
        requests=tuple(request for request, _ in steps), journey=Journey(steps=tuple(step for _, step in steps))
    )
    return Itinerary(workload, "127.0.0.1:8000")


def step(path: str, **request: object) -> Request:
    return Request(name=path, path=path, **request)  # type: ignore[arg-type]


def answer(body: bytes = b"", *headers: str, status: int = 200) -> Response:
    return Response(status, body, True, b"\r\n".join([b"HTTP/1.1 200 OK", *(header.encode() for header in headers)]))


def lines_and_body(encoded: bytes) -> tuple[list[str], bytes]:
    head, _, body = encoded.partition(b"\r\n\r\n")
    return head.decode().split("\r\n"), body


def second_step(request: Request, csrf: str = "", value: str = "7", session: str = "") -> tuple[list[str], bytes]:
    """What the second of two steps sends when the first one's answer had that choice and a form with a token."""
    steps = itinerary((step("/page/"), Step(takes=(CHOICE,))), (request, Step(csrf=csrf)))  # type: ignore[arg-type]
    visit = Visit(steps, session, 0)
    page = PAGE.replace(b"7", value.encode())
    cookie = "Set-Cookie: csrftoken=secret; Path=/"
    assert visit.answered(0, answer(page, cookie), NOW_S) is None or value != "7"
    return lines_and_body(visit.encoded(1, NOW_S))


def test_a_step_without_anything_to_fill_in_is_the_request_as_it_is() -> None:
    request = step("/page/?a=1", headers=(("Accept", "text/html"),))
    visit = Visit(itinerary((request, Step())), "", 0)
    assert visit.encoded(0, NOW_S) == request.encode("127.0.0.1", 8000)


def test_a_body_has_its_length() -> None:
    request = step("/", method="POST", body=b"x=1")
    assert lines_and_body(Visit(itinerary((request, Step())), "", 0).encoded(0, NOW_S)) == (
        ["POST / HTTP/1.1", "Host: 127.0.0.1:8000", "Accept: */*", "Content-Length: 3"],
        b"x=1",
    )


def test_a_form_has_the_choice_the_token_of_its_page_and_the_cookies() -> None:
    request = step("/vote/", method="POST", body=b"choice={choice}", headers=(("Content-Type", FORM),))
    lines, body = second_step(request, csrf="form", session="sessionid=abc")
    assert body == b"choice=7&csrfmiddlewaretoken=tok%2Ben"
    assert "Cookie: sessionid=abc; csrftoken=secret" in lines
    assert f"Content-Length: {len(body)}" in lines


def test_an_empty_form_gets_its_type_with_the_token() -> None:
    lines, body = second_step(step("/logout/", method="POST"), csrf="form")
    assert body == b"csrfmiddlewaretoken=tok%2Ben"
    assert f"Content-Type: {FORM}" in lines


def test_a_form_with_a_file_has_the_token_as_its_first_part() -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nxyz\r\n--b--\r\n'
    headers = (("Content-Type", "multipart/form-data; boundary=b"),)
    lines, sent = second_step(step("/up/", method="POST", body=body, headers=headers), csrf="form")
    assert sent == b'--b\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\ntok+en\r\n' + body
    assert f"Content-Length: {len(sent)}" in lines


def test_a_script_sends_the_cookie_in_a_header() -> None:
    lines, body = second_step(step("/api/", method="DELETE"), csrf="header")
    assert "X-CSRFToken: secret" in lines
    assert body == b""


def test_the_cookie_stands_in_for_the_token_of_a_page_without_a_form_and_without_both_none_is_sent() -> None:
    steps = itinerary((step("/a/"), Step()), (step("/b/", method="POST"), Step(csrf="form")))
    visit = Visit(steps, "csrftoken=secret", 0)
    visit.answered(0, answer(b"{}"), NOW_S)
    assert visit.encoded(1, NOW_S).endswith(b"csrfmiddlewaretoken=secret")
    bare = Visit(steps, "", 0)
    bare.answered(0, answer(b"{}"), NOW_S)
    assert bare.encoded(1, NOW_S).endswith(b"Content-Length: 0\r\n\r\n")


@pytest.mark.parametrize(
    ("request_", "value", "line", "body"),
    [
        (step("/{choice}/x?q={choice}"), "a b/&?", "GET /a%20b%2F%26%3F/x?q=a%20b%2F%26%3F HTTP/1.1", b""),
        (step("/{choice}"), "/polls/1/?x=1&y=é", "GET /polls/1/?x=1&y=%C3%A9 HTTP/1.1", b""),
        (step("/{choice}"), "http://testserver/polls/1/", "GET /polls/1/ HTTP/1.1", b""),
        (step("/", headers=(("X-Id", "<{choice}>"),)), "a\r\nX: 1", "X-Id: <aX: 1>", b""),
        (step("/", body=b'{"a": "{choice}"}', headers=(("Content-Type", JSON),)), 'a"\n', "", b'{"a": "a\\"\\n"}'),
        (step("/", body=b"a={choice}", headers=(("Content-Type", FORM),)), "a&b c", "", b"a=a%26b+c"),
        (step("/", method="POST", body=b"{choice} {other}"), "é", "", "é {other}".encode()),
    ],
)  # fmt: skip
def test_a_value_is_escaped_as_its_place_needs_it(request_: Request, value: str, line: str, body: bytes) -> None:
    take = Take(name="choice", source="json", expression="v")
    visit = Visit(itinerary((step("/"), Step(takes=(take,))), (request_, Step())), "", 0)
    assert visit.answered(0, answer(f'{{"v": {json.dumps(value)}}}'.encode()), NOW_S) is None
    lines, sent = lines_and_body(visit.encoded(1, NOW_S))
    assert line in ["", *lines]
    assert sent == body


def test_an_answer_without_what_later_steps_need_is_named() -> None:
    visit = Visit(itinerary((step("/"), Step(takes=(CHOICE,)))), "", 0)
    assert visit.answered(0, answer(b"no choice"), NOW_S) == "choice"


def test_cookies_of_the_step_itself_come_before_those_of_the_user() -> None:
    visit = Visit(itinerary((step("/", headers=(("Cookie", "a=1"),)), Step())), "b=2", 0)
    assert "Cookie: a=1; b=2" in lines_and_body(visit.encoded(0, NOW_S))[0]


def test_all_steps_of_a_pass_have_the_variant_of_the_same_number() -> None:
    def drawn(name: str) -> Request:
        return step(f"/{name}/", variants=tuple(Variant(path=f"/{name}/{number}/") for number in range(3)))

    steps = itinerary((drawn("page"), Step()), (step("/plain/"), Step()), (drawn("vote"), Step()))
    visit = Visit(steps, "", 7)
    assert [visit.encoded(number, NOW_S).split()[1] for number in range(3)] == [b"/page/1/", b"/plain/", b"/vote/1/"]


def test_a_step_that_cannot_be_sent_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="a path begins with /"):
        itinerary((step("no path"), Step()))
