"""HAR files as tools really write them."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djbench.errors import UsageError
from runners.importing.recordings.har_file import parse_har
from runners.importing.recordings.recorded_exchange import Payload
from tests.unit.runners.importing.recordings.recorded import entry, har, named


def payload(post: dict[str, Any] | None, **headers: str) -> Payload:
    """What is read of a request with that body."""
    (exchange,) = parse_har(har(entry("POST", post=post, headers=headers)), "a.har").exchanges
    return exchange.payload


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "not a HAR file: Expecting value"),
        (b"<html>", "not a HAR file: Expecting value"),
        (b'{"openapi": "3.0"}', "it has no log with a list of entries"),
        (b'{"log": {"entries": {}}}', "it has no log with a list of entries"),
        (b"[" * 100_000, "not a HAR file"),
        (b"\xff\xfe\xff", "not a HAR file"),
        (b"PK\x03\x04", "is a ZIP archive; unpack it"),
    ],
)
def test_what_is_no_har_gets_one_line(content: bytes, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint) as raised:
        parse_har(content, "a.har")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("encoded", [b"\xef\xbb\xbf", b""])
def test_a_byte_order_mark_is_passed_over(encoded: bytes) -> None:
    assert len(parse_har(encoded + har(entry()), "a.har").exchanges) == 1


def test_utf_16_is_read() -> None:
    assert len(parse_har(har(entry()).decode().encode("utf-16"), "a.har").exchanges) == 1


def test_entries_that_cannot_be_read_are_counted() -> None:
    broken = {**entry(), "request": {"method": "GET"}}
    recording = parse_har(har({}, None, broken, entry(), entry(site="http://[::1")), "a.har")
    assert len(recording.exchanges) == 1
    assert [problem.partition(":")[0] for problem in recording.unreadable] == [
        "entry 1",
        "entry 2",
        "entry 3",
        "entry 5",
    ]
    assert "request.url: field required" in recording.unreadable[2]


def test_what_is_missing_or_null_counts_as_empty() -> None:
    bare = {"request": {"method": None, "url": "http://a/"}, "response": {"content": None, "headers": None}, "time": -1}
    (exchange,) = parse_har(har(bare), "a.har").exchanges
    assert (exchange.method, exchange.status, exchange.sent_s, exchange.took_s) == ("GET", 0, None, 0.0)
    assert (exchange.payload, exchange.answer) == (Payload(), "")


@pytest.mark.parametrize("time_ms", [10**400, -1, 1e300, "5", None])
def test_a_length_of_time_that_is_none_is_nothing(time_ms: object) -> None:
    (exchange,) = parse_har(har({**entry(), "time": time_ms}), "a.har").exchanges
    assert exchange.took_s == 0.0


def test_entries_are_put_in_the_order_in_which_they_were_sent() -> None:
    recording = parse_har(har(entry(path="/b", at_s=2), entry(path="/a", at_s=1)), "a.har")
    assert [exchange.path for exchange in recording.exchanges] == ["/a", "/b"]


def test_headers_of_the_connection_and_pseudo_headers_are_left_out() -> None:
    headers = {
        ":method": "GET", ":authority": "shop.example", "Connection": "keep-alive", "Transfer-Encoding": "chunked",
        "Content-Length": "9", "Host": "shop.example", "Accept": "text/css",
    }  # fmt: skip
    (exchange,) = parse_har(har(entry(headers=headers)), "a.har").exchanges
    assert exchange.headers == {"accept": "text/css"}


def test_a_password_in_a_url_and_signs_that_no_path_has_are_replaced() -> None:
    (exchange,) = parse_har(har(entry(site="http://me:pw@shop.example:8000", path="/a b/{x}/é?q=ü")), "a.har").exchanges
    assert (exchange.host, exchange.path) == ("shop.example:8000", "/a%20b/%7Bx%7D/%C3%A9?q=%C3%BC")


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("post", "header", "expected"),
    [
        ({"mimeType": FORM, "text": "a=1&b=x%20y&c="}, FORM, Payload(form=(("a", "1"), ("b", "x y"), ("c", "")))),
        ({"text": "a=1"}, FORM, Payload(form=(("a", "1"),))),
        ({"mimeType": FORM, "params": named({"a": "x%20y"})}, "", Payload(form=(("a", "x y"),))),
        ({"mimeType": FORM, "params": named({"a": "100 %"})}, "", Payload(form=(("a", "100 %"),))),
        (
            {"mimeType": "text/plain", "text": '{"a": 1}'},
            "application/json",
            Payload(is_json=True, text='{"a": 1}', media_type="application/json"),
        ),
        ({"text": "[1]"}, "", Payload(is_json=True, text="[1]", media_type="application/json")),
        (
            {"mimeType": "application/json", "text": '{"a":1}'},
            FORM,
            Payload(is_json=True, text='{"a":1}', media_type=FORM),
        ),
        ({"mimeType": "", "text": "just words"}, "", Payload(text="just words", media_type="text/plain")),
        ({"mimeType": "", "text": "", "params": []}, "", Payload()),
        ({}, "", Payload()),
        (None, "", Payload()),
    ],
)
def test_the_header_says_what_a_body_is_and_the_recording_where_there_is_none(
    post: dict[str, Any] | None, header: str, expected: Payload
) -> None:
    assert payload(post, **({"Content-Type": header} if header else {})) == expected


def test_forms_with_parts_are_read_from_fields_or_from_text() -> None:
    header = "multipart/form-data; boundary=XX"
    text = (
        '--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\nc\r\n'
        '--XX\r\nContent-Disposition: form-data; name="photo"; filename="p.png"\r\n'
        "Content-Type: image/png\r\n\r\n\x89\r\n"
        "--XX--\r\n"
    )
    expected = Payload(form=(("a", "b\nc"),), files=("photo",))
    assert payload({"mimeType": header, "text": text}, **{"Content-Type": header}) == expected
    params = [{"name": "a", "value": "b\nc"}, {"name": "photo", "fileName": "p.png", "contentType": "image/png"}]
    assert payload({"mimeType": "multipart/form-data", "params": params}) == expected
    assert payload({"mimeType": "multipart/form-data", "text": text}) == expected
    assert payload({"mimeType": "multipart/form-data", "text": ""}) == Payload(form=())


def test_answers_in_base64_are_read_whether_or_not_it_is_said() -> None:
    page = "<a href='/é/'>" * 3
    text = base64.b64encode(page.encode()).decode()
    for content in (
        {"text": text, "encoding": "base64"},
        {"text": text},
        {"text": page},
        {"text": page, "encoding": ""},
    ):
        recorded = entry()
        recorded["response"]["content"] = {"mimeType": "text/html", **content}
        assert parse_har(har(recorded), "a.har").exchanges[0].answer == page


def test_a_text_that_only_looks_like_base64_is_kept() -> None:
    for text in ("A" * 16, "plain words and nothing else", "cGxhaW4gd29yZHMgYW5k"):
        assert parse_har(har(entry(answer=text)), "a.har").exchanges[0].answer == text


def test_what_is_no_text_is_not_kept() -> None:
    assert parse_har(har(entry(answer="\x89PNG", answer_type="image/png")), "a.har").exchanges[0].answer == ""


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["log", "entries", "request", "response", "url", "method", "headers", "postData", "name"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(_JSON, max_size=4))
def test_no_entry_is_too_strange(entries: list[object]) -> None:
    recording = parse_har(json.dumps({"log": {"entries": entries}}).encode(), "a.har")
    assert len(recording.exchanges) + len(recording.unreadable) == len(entries)
