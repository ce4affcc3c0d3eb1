"""What later steps have from an answer."""

import pytest

from djbench.journey import Take
from scenarios.http11 import Response
from scenarios.visiting.taken import csrf_token_in, reader_of


def taken(source: str, expression: str, body: bytes = b"", head: bytes = b"HTTP/1.1 200 OK") -> str | None:
    take = Take(name="x", source=source, expression=expression)  # type: ignore[arg-type]
    return reader_of(take)(Response(200, body, True, head))


@pytest.mark.parametrize(
    ("expression", "body", "value"),
    [
        (r'name="choice" value="(\d+)"', b'<input name="choice" value="7"><input name="choice" value="8">', "7"),
        (r"(?:a|b(\d)?)", b"a", None),
        (r"id=(\w+)", b"nothing", None),
        ("(ä)", "ä".encode(), "ä"),
        ("x(.)", b"x\xff", "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_regular_expression_takes_its_group_from_the_body(expression: str, body: bytes, value: str | None) -> None:
    assert taken("body", expression, body) == value


@pytest.mark.parametrize(
    ("path", "body", "value"),
    [
        ("items.1.id", b'{"items": [{"id": 3}, {"id": 4}]}', "4"),
        ("name", b'{"name": "a b"}', "a b"),
        ("done", b'{"done": true}', "true"),
        ("0", b"[1.5]", "1.5"),
        ("items.2", b'{"items": [1]}', None),
        ("items.x", b'{"items": [1]}', None),
        ("a.b", b'{"a": 1}', None),
        ("a", b"<html>", None),
    ],
)
def test_a_path_leads_into_json(path: str, body: bytes, value: str | None) -> None:
    assert taken("json", path, body) == value


def test_a_header_is_taken_in_any_case() -> None:
    assert taken("header", "Location", head=b"HTTP/1.1 302 Found\r\nLOCATION: /polls/1/results/") == "/polls/1/results/"
    assert taken("header", "X-Other") is None


@pytest.mark.parametrize(
    ("expression", "said"), [("(", "is not a regular expression"), ("a", "0 groups"), ("(a)(b)", "2")]
)
def test_an_expression_without_one_group_is_refused(expression: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        taken("body", expression)


@pytest.mark.parametrize(
    ("body", "token"),
    [
        (b'<form><input type="hidden" name="csrfmiddlewaretoken" value="abc"></form>', "abc"),
        (b"<input value='abc' type='hidden' name='csrfmiddlewaretoken'/>", "abc"),
        (b'<input name="q" value="no"><input name="csrfmiddlewaretoken" value="abc">', "abc"),
        (b'<meta name="csrfmiddlewaretoken" value="abc">', None),
        (b"no form", None),
    ],
)
def test_the_token_of_a_page_is_that_of_its_form(body: bytes, token: str | None) -> None:
    assert csrf_token_in(body) == token
