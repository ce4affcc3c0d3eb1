"""Which requests are sent, how often, and what a right answer is. Frozen data, no Locust."""

import re
from dataclasses import dataclass
from typing import ClassVar

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(r"/[\x21-\x7e]*")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_FRAMING = ("content-length", "transfer-encoding")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One kind of request.

    expected_body, expected_length: what a right answer's body is, or how long; with neither any body is right.
    weight: its share of the mix. websocket: ``body`` is a message over a WebSocket at that path, and the answer another
    one, whose status is that of the handshake. event_end: of an answer that goes on and on, what each event ends with;
    event_gap_s: from one event to the next, as it should be.
    """

    name: str
    path: str
    method: str = "GET"
    body: bytes = b""
    expected_status: int = 200
    expected_body: bytes | None = None
    expected_length: int | None = None
    weight: int = 1
    headers: tuple[tuple[str, str], ...] = ()
    websocket: bool = False
    event_end: bytes = b""
    event_gap_s: float = 0.0

    __pydantic_config__: ClassVar = {"ser_json_bytes": "base64", "val_json_bytes": "base64"}  # bodies need not be UTF-8

    def encode(self, host: str, port: int) -> bytes:
        """The bytes that go over the wire, HTTP/1.1 and keep-alive; of a WebSocket, the message."""
        if self.websocket:
            return self.body
        return encode(self.method, self.path, f"{host}:{port}", {"Accept": "*/*", **dict(self.headers)}, self.body)


def encode(method: str, path: str, host: str, headers: dict[str, str], body: bytes) -> bytes:
    """A request as it goes over the wire. Raises ValueError for what would not be one HTTP/1.1 request (RFC 9112).

    ``headers`` may name another Host; what says where the body ends is for this function to write.
    """
    if not _TOKEN.fullmatch(method) or not _TARGET.fullmatch(path):
        raise ValueError(f"{method} {path!r} is no HTTP/1.1 request: a path begins with / and has no spaces")
    sent = {name.lower(): (name, value) for name, value in (("Host", host), *headers.items())}
    for name, value in sent.values():
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value) or name.lower() in _FRAMING:
            raise ValueError(f"{method} {path}: {name!r}: {value!r} is no header that a request may have here")
    if body or method in ("POST", "PUT", "PATCH"):
        sent["content-length"] = ("Content-Length", str(len(body)))
    head = "".join(f"{name}: {value}\r\n" for name, value in sent.values())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """The requests a user draws from, each time by weight."""

    requests: tuple[Request, ...]
