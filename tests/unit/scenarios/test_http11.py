"""The response parser: every split of valid bytes, and broken bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.http11 import MAX_HEAD_BYTES, ProtocolError, Response, ResponseParser

Seen = tuple[int, bytes, bool]


def seen(response: Response | None) -> Seen | None:
    """Status, body and whether the connection is kept; the head is as it came."""
    return response and response[:3]


WHOLE = {
    "length": (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", (200, b"hello", True)),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", (200, b"", True)),
    "lower case": (b"HTTP/1.1 404 Not Found\r\ncontent-length:2\r\n\r\nno", (404, b"no", True)),
    "close": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx", (200, b"x", False)),
    "1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", (200, b"x", False)),
    "1.0 kept": (
        b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx",
        (200, b"x", True),
    ),
    "chunked": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;ext=1\r\n0123456789\r\n0\r\n\r\n",
        (200, b"abc0123456789", True),
    ),
    "trailer": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Sum: 1\r\nX-B: 2\r\n\r\n",
        (200, b"x", True),
    ),
    "interim": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 E\r\nX: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
        (200, b"x", True),
    ),
    "204": (b"HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n", (204, b"", True)),
    "304": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", (304, b"", True)),
}


@pytest.mark.parametrize(("data", "expected"), WHOLE.values(), ids=WHOLE)
def test_every_split_in_two_gives_the_same_response(data: bytes, expected: Seen) -> None:
    for cut in range(len(data) + 1):
        parser = ResponseParser()
        found = [response for part in (data[:cut], data[cut:]) if (response := seen(parser.feed(part)))]
        assert found == [expected], cut


@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_any_split_gives_the_same_response(name: str, data: st.DataObject) -> None:
    raw, expected = WHOLE[name]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    parser = ResponseParser()
    found = [
        response
        for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)
        if (response := seen(parser.feed(raw[start:end])))
    ]
    assert found == [expected]


def outcome_of(data: bytes) -> Response | str | None:
    """What comes of these bytes and the end of the connection; any exception but ProtocolError escapes."""
    parser = ResponseParser()
    try:
        return parser.feed(data) or parser.end()
    except ProtocolError as error:
        return str(error)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_give_a_response_or_one_line_that_says_why_not(data: bytes) -> None:
    outcome = outcome_of(data)
    assert outcome is not None or not data
    assert "\n" not in str(outcome)


@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_one_changed_byte_never_escapes_as_another_exception(name: str, data: st.DataObject) -> None:
    raw = bytearray(WHOLE[name][0])
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    assert outcome_of(bytes(raw))


def test_a_body_without_length_ends_with_the_connection() -> None:
    parser = ResponseParser()
    assert parser.feed(b"HTTP/1.1 200 OK\r\n\r\nhel") is None
    assert parser.feed(b"lo") is None
    assert seen(parser.end()) == (200, b"hello", False)


def test_an_answer_to_head_needs_no_length_to_keep_the_connection() -> None:
    assert seen(ResponseParser("HEAD").feed(b"HTTP/1.1 200 OK\r\n\r\n")) == (200, b"", True)


def test_an_answer_to_head_has_no_body() -> None:
    response = ResponseParser("HEAD").feed(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
    assert seen(response) == (200, b"", True)


def test_a_close_before_the_first_byte_is_no_response() -> None:
    assert ResponseParser().end() is None


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ],
)
def test_a_close_in_the_middle_is_an_error(data: bytes) -> None:
    parser = ResponseParser()
    assert parser.feed(data) is None
    with pytest.raises(ProtocolError, match="in the middle"):
        parser.end()


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"HTTP/2 200 OK\r\n\r\n", "status line"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "status line"),
        (b"HTTP/1.1 20 OK\r\n\r\n", "status line"),
        (b"HTTP/1.1 20\r\n\r\n", "status line"),
        (b"HTTP/1.1 200 OK\nContent-Length: 1\n\nx", "without a carriage return"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: " + b"x" * MAX_HEAD_BYTES + b"\r\n\r\n", "head is longer"),
        (b"HTTP/1.1 2x0 OK\r\n\r\n", "status line"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "not a header"),
        (b"HTTP/1.1 200 OK\r\n folded: x\r\n\r\n", "not a header"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n", "longer than"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "not supported"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "chunk size"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "longer than its size"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 2000, "never ends"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy", "more than one response"),
        (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03", "HTTP/2"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "switched"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * MAX_HEAD_BYTES, "head is longer"),
    ],
)
def test_what_is_malformed_is_refused(data: bytes, complaint: str) -> None:
    with pytest.raises(ProtocolError, match=complaint):
        ResponseParser().feed(data)


def test_a_response_that_goes_on_can_be_read_as_it_comes() -> None:
    parser = ResponseParser()
    assert parser.begun() == (0, b"")
    assert parser.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab") is None
    assert parser.begun() == (200, b"")
    assert parser.feed(b"c\r\n2\r\nde\r\n") is None
    assert parser.begun() == (200, b"abcde")
    assert parser.begun() == (200, b"")
    whole = parser.feed(b"1\r\nf\r\n0\r\n\r\n")
    assert whole is not None
    assert (whole.status, whole.body) == (200, b"f")


def test_headers_by_name() -> None:
    response = ResponseParser().feed(
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-A: 1\r\nLocation:/x \r\nx-a:\t2\r\n\r\n"
    )
    assert response is not None
    assert response.headers() == {"content-length": "0", "x-a": "1, 2", "location": "/x"}


def test_a_connection_carries_one_response_after_the_other() -> None:
    """Whole ones, known ones and ones in pieces in turns, each as if it were the first."""
    parser = ResponseParser()
    for raw, expected in [*WHOLE.values(), *WHOLE.values()]:
        assert seen(parser.feed(raw)) == expected
        assert parser.feed(raw[:9]) is None
        assert seen(parser.feed(raw[9:])) == expected
