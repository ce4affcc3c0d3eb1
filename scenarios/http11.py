"""A parser for HTTP/1.1 responses that does no I/O: bytes in, responses out (RFC 9112).

It knows what a load generator needs: status, body and whether the connection may be used again. It reads any split of
the bytes, refuses what is malformed and holds limits, so that a broken server shows up as an error, not as a hang.
"""

import re
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 256 * 1024 * 1024
_MAX_CHUNK_LINE = 1024
# One server's answers repeat, but for the date once a second: what was parsed once need not be parsed again. Longer
# ones cost as much to look up as to parse.
_MAX_KNOWN_BYTES, _KNOWN = 2048, 256
# A server that speaks HTTP/2 alone begins with a SETTINGS frame (RFC 9113, 3.4): three bytes of length, type 4.
_HTTP2_SETTINGS = 4

_STATUS = rb"HTTP/1\.([01]) ([1-9]\d\d)(?: [^\r\n]*)?"
_FIELD = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n]*"
_STATUS_LINE, _HEADER = re.compile(_STATUS), re.compile(_FIELD)
_HEAD = re.compile(rb"%b((?:\r\n%b)*)" % (_STATUS, _FIELD))
# The headers that say where the body ends and whether the connection is kept; their values without leading blanks.
_TELLING = re.compile(rb"\r\n(content-length|transfer-encoding|connection):[ \t]*([^\r\n]*)", re.IGNORECASE)


class ProtocolError(Exception):
    """The bytes are no valid HTTP/1.1 response."""


class Response(NamedTuple):
    """A whole response."""

    #: Its status.
    status: int
    #: Its body, without the transfer encoding.
    body: bytes
    #: The connection may carry another request.
    keep_alive: bool
    #: Status line and headers, as they came.
    head: bytes

    def headers(self) -> dict[str, str]:
        """The headers by lower-case name; the values of a repeated one joined by commas (RFC 9110, 5.3)."""
        headers: dict[str, str] = {}
        for line in self.head.split(b"\r\n")[1:]:
            name, _, value = line.decode("latin-1").partition(":")
            key, value = name.lower(), value.strip(" \t")
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        return headers


class _Expect(Enum):
    HEAD = 0
    LENGTH = 1
    CHUNK_LINE = 2
    CHUNK_DATA = 3
    TRAILER = 4
    CLOSE = 5


class _Head(NamedTuple):
    """What the status line and the headers say."""

    #: The status.
    status: int
    #: The server keeps the connection, provided that the response's end can be told.
    keep_alive: bool
    #: The Content-Length; None without one.
    length: int | None
    #: The body comes in chunks.
    chunked: bool
    #: Status line and headers, as they came.
    raw: bytes = b""


class ResponseParser:
    """Parses a connection's responses, one at a time.

    ``method`` is that of the request, to be set before its response arrives: an answer to HEAD has no body.
    """

    def __init__(self, method: str = "GET") -> None:
        self.method = method
        self._buffer = bytearray()
        self._at_start = True
        self._expect = _Expect.HEAD
        self._head = _Head(0, False, None, False)
        self._body = bytearray()
        self._needed = 0

    def feed(self, data: bytes) -> Response | None:
        """Take what was received. Returns the response once it is whole; raises ProtocolError for anything else."""
        # By far the most answers come in one piece; worth a short way.
        if self._at_start and self.method != "HEAD":
            response = _known_whole(data) if len(data) <= _MAX_KNOWN_BYTES else _whole(data)
            if response is not None:
                return response
        self._at_start = False
        self._buffer += data
        while True:
            match self._expect:
                case _Expect.HEAD:
                    step = self._read_head()
                case _Expect.LENGTH:
                    step = self._read_length()
                case _Expect.CHUNK_LINE:
                    step = self._read_chunk_line()
                case _Expect.CHUNK_DATA:
                    step = self._read_chunk_data()
                case _Expect.TRAILER:
                    step = self._read_trailer()
                case _Expect.CLOSE:
                    self._take(len(self._buffer))
                    step = None
            if step is None:
                return None
            if isinstance(step, Response):
                return step

    def begun(self) -> tuple[int, bytes]:
        """Of a response that goes on and on: its status, 0 before that is here, and the body since the last call."""
        body = bytes(self._body)
        self._body.clear()
        return self._head.status, body

    def end(self) -> Response | None:
        """The server closed the connection. Returns the response whose end this is; None when nothing had begun.

        Raises ProtocolError when it closed in the middle of a response.
        """
        if self._expect is _Expect.CLOSE:
            return self._finish()
        if self._at_start:
            return None
        raise ProtocolError("the connection was closed in the middle of a response")

    # Each step returns None to ask for more bytes, True to go on with the next step, or the finished response.

    def _read_head(self) -> Response | bool | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) >= 4 and self._buffer[0] == 0 and self._buffer[3] == _HTTP2_SETTINGS:
                raise ProtocolError("the server speaks HTTP/2, and this client only HTTP/1.1")
            if b"\n\n" in self._buffer:
                raise ProtocolError("a line of the response's head ends without a carriage return")
            _require_short(len(self._buffer))
            return None
        head = _parse_head(bytes(self._buffer[:end]))
        del self._buffer[: end + 4]
        if 100 <= head.status < 200:
            if head.status == 101:
                raise ProtocolError("the server switched protocols, which nobody asked for")
            return True  # an interim response; the real one follows
        self._head = head
        if self.method == "HEAD" or head.status in (204, 304):
            return self._finish()
        if head.chunked:
            self._expect = _Expect.CHUNK_LINE
        elif head.length is not None:
            self._needed = head.length
            self._expect = _Expect.LENGTH
        else:
            self._expect = _Expect.CLOSE
        return True

    def _read_length(self) -> Response | None:
        if len(self._buffer) < self._needed:
            return None
        self._take(self._needed)
        return self._finish()

    def _read_chunk_line(self) -> bool | None:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            if len(self._buffer) > _MAX_CHUNK_LINE:
                raise ProtocolError("a chunk's size line never ends")
            return None
        size = bytes(self._buffer[:end]).partition(b";")[0].strip(b" \t")
        if not size or len(size) > 16 or size.strip(b"0123456789abcdefABCDEF"):
            raise ProtocolError(f"{size[:20]!r} is not a chunk size")
        del self._buffer[: end + 2]
        self._needed = int(size, 16)
        if len(self._body) + self._needed > MAX_BODY_BYTES:
            raise ProtocolError(f"the response's body is longer than {MAX_BODY_BYTES} bytes")
        self._expect = _Expect.CHUNK_DATA if self._needed else _Expect.TRAILER
        return True

    def _read_chunk_data(self) -> bool | None:
        if len(self._buffer) < self._needed + 2:
            return None
        self._take(self._needed)
        if self._buffer[:2] != b"\r\n":
            raise ProtocolError("a chunk is longer than its size says")
        del self._buffer[:2]
        self._expect = _Expect.CHUNK_LINE
        return True

    def _read_trailer(self) -> Response | bool | None:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise ProtocolError("the trailer never ends")
            return None
        del self._buffer[: end + 2]
        return self._finish() if end == 0 else True

    def _take(self, count: int) -> None:
        if len(self._body) + count > MAX_BODY_BYTES:
            raise ProtocolError(f"the response's body is longer than {MAX_BODY_BYTES} bytes")
        self._body += self._buffer[:count]
        del self._buffer[:count]

    def _finish(self) -> Response:
        if self._buffer:
            raise ProtocolError("the server sent more than one response to one request")
        head = self._head
        # An end by the connection's close leaves no connection; anything else, no body among it, has its own end.
        keep_alive = head.keep_alive and self._expect is not _Expect.CLOSE
        response = Response(head.status, bytes(self._body), keep_alive, head.raw)
        self._expect = _Expect.HEAD
        self._at_start = True
        self._body.clear()
        return response


def _require_short(head_bytes: int) -> None:
    if head_bytes > MAX_HEAD_BYTES:
        raise ProtocolError(f"the response's head is longer than {MAX_HEAD_BYTES} bytes")


def _parse_head(head: bytes) -> _Head:
    """What the status line and the headers say. Raises ProtocolError."""
    _require_short(len(head))
    match = _HEAD.fullmatch(head)
    if match is None:
        raise ProtocolError(_fault_of(head))
    length: int | None = None
    chunked = False
    connection = b""
    for name, value in _TELLING.findall(head, match.start(3)):
        word = name.lower()
        if word == b"content-length":
            length = _length(value, length)
        elif word == b"connection":
            connection += b"," + value.lower()
        elif value.rstrip(b" \t").lower() == b"chunked":
            chunked = True
        else:
            raise ProtocolError(f"the transfer encoding {value[:20]!r} is not supported, only chunked")
    keep_alive = match[1] == b"1"
    if connection:
        options = {option.strip(b" \t") for option in connection.split(b",")}
        keep_alive = b"close" not in options if keep_alive else b"keep-alive" in options
    return _Head(int(match[2]), keep_alive, length, chunked, head)


def _length(value: bytes, before: int | None) -> int:
    """The value of a Content-Length; ``before``: what another one has said."""
    digits = value.rstrip(b" \t")
    if not digits.isdigit() or len(digits) > 15 or (before is not None and before != int(digits)):
        raise ProtocolError(f"{value[:20]!r} is not a length, or not the only one")
    length = int(digits)
    if length > MAX_BODY_BYTES:
        raise ProtocolError(f"the response's body is longer than {MAX_BODY_BYTES} bytes")
    return length


def _fault_of(head: bytes) -> str:
    """What is wrong with a head that is none."""
    lines = head.split(b"\r\n")
    if head.count(b"\n") != len(lines) - 1:
        return "a line of the response's head ends without a carriage return"
    if not _STATUS_LINE.fullmatch(lines[0]):
        return f"{lines[0][:60]!r} is not an HTTP/1.1 status line"
    wrong = next((line for line in lines[1:] if not _HEADER.fullmatch(line)), b"")
    return f"{wrong[:60]!r} is not a header"


def _whole(data: bytes) -> Response | None:
    """The response, when the data is exactly one with a length; None for anything else. Raises ProtocolError."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = _parse_head(data[:end])
    if head.length is None or head.chunked or head.status < 200 or head.status in (204, 304):
        return None
    if len(data) != end + 4 + head.length:
        return None
    return Response(head.status, data[end + 4 :], head.keep_alive, head.raw)


_known_whole = lru_cache(maxsize=_KNOWN)(_whole)
