"""Whatever a server answers, a user takes it or leaves it: nothing of it may end the generator."""

import json

from hypothesis import given
from hypothesis import strategies as st

from djbench.journey import Journey, Step, Take
from djbench.request import Request, Workload
from scenarios.http11 import Response
from scenarios.visiting.cookies import CookieJar
from scenarios.visiting.visit import Itinerary, Visit

NOW_S = 1_800_000_000.0
PLACES = (
    Request(name="path", path="/a/{x}/?q={x}", headers=(("X-Y", "{x}"),)),
    Request(name="link", path="/{x}"),
    Request(name="form", path="/", body=b"x={x}", headers=(("Content-Type", "application/x-www-form-urlencoded"),)),
    Request(name="json", path="/", body=b'{"x": "{x}"}', headers=(("Content-Type", "application/json"),)),
    Request(name="text", path="/", body=b"{x}"),
)
attributes = st.sampled_from(["Max-Age=", "expires=", "Path=", "Domain=", ""])
cookie_lines = st.lists(
    st.tuples(attributes, st.text(alphabet=st.characters(max_codepoint=255, exclude_characters="\r\n"))), max_size=4
).map(lambda parts: "Set-Cookie: " + ";".join(f"{name}{value}" for name, value in parts))


@given(st.lists(cookie_lines, max_size=4))
def test_any_cookie_is_taken_or_left(lines: list[str]) -> None:
    jar = CookieJar()
    jar.update("\r\n".join(["HTTP/1.1 200 OK", *lines]).encode("latin-1"), "/a/b", NOW_S)
    line = jar.line("/a/b", NOW_S)
    assert not line or (line.startswith(b"Cookie: ") and line.count(b"\r\n") == 1)


@given(st.sampled_from(["Max-Age=" + "9" * 5000, "expires=Thu, 01 Jan 99999 00:00:00 GMT", "expires=0 0 0 0 0 0 0"]))
def test_a_date_beyond_all_bounds_is_far_away(attribute: str) -> None:
    jar = CookieJar()
    jar.update(f"HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/; {attribute}".encode(), "/", NOW_S)
    assert jar.line("/", NOW_S) == b"Cookie: a=1\r\n"


def visit(take: Take, request: Request) -> Visit:
    journey = Journey(steps=(Step(takes=(take,)), Step(csrf="form")))
    return Visit(Itinerary(Workload(requests=(Request(name="a", path="/"), request), journey=journey), "h:1"), "", 0)


def is_one_request(encoded: bytes) -> bool:
    head, _, body = encoded.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    lengths = [int(line.partition(b":")[2]) for line in lines if line.startswith(b"Content-Length:")]
    return lines[0].count(b" ") == 2 and all(b":" in line for line in lines[1:]) and lengths == [len(body)]


@given(
    st.sampled_from(PLACES),
    st.text() | st.sampled_from(["http://[", "//", "\ud800", "\r\n\r\nGET / HTTP/1.1", "a\x85b"]),
)
def test_any_value_makes_one_request(request_: Request, value: str) -> None:
    user = visit(Take(name="x", source="json", expression="v"), request_)
    body = json.dumps({"v": value}).encode()
    assert user.answered(0, Response(200, body, True, b"HTTP/1.1 200 OK"), NOW_S) is None
    assert is_one_request(user.encoded(1, NOW_S))


@given(st.sampled_from(["body", "json", "header"]), st.binary())
def test_any_answer_has_the_value_or_not(source: str, body: bytes) -> None:
    expressions = {"body": "a(.*)", "json": "a.0", "header": "X-A"}
    user = visit(Take(name="x", source=source, expression=expressions[source]), PLACES[0])  # type: ignore[arg-type]
    assert user.answered(0, Response(200, body, True, b"HTTP/1.1 200 OK\r\n" + body), NOW_S) in ("x", None)


def test_json_that_never_ends_has_no_value() -> None:
    user = visit(Take(name="x", source="json", expression="a"), PLACES[0])
    assert user.answered(0, Response(200, b"[" * 100_000, True, b"HTTP/1.1 200 OK"), NOW_S) == "x"
