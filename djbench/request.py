"""Which requests are sent, how often, and what a right answer is."""

import re
from dataclasses import dataclass, replace
from typing import ClassVar

from djbench.journey import Journey

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(r"/[\x21-\x7e]*")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_FRAMING = ("content-length", "transfer-encoding")
# Bodies need not be UTF-8.
_AS_JSON = {"ser_json_bytes": "base64", "val_json_bytes": "base64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A request with its blanks filled in."""

    #: The path and query of its URL.
    path: str
    #: What it carries.
    body: bytes = b""
    #: Headers beside those of the request, such as a user's ``Cookie``.
    headers: tuple[tuple[str, str], ...] = ()

    __pydantic_config__: ClassVar = _AS_JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One kind of request, and what a right answer to it is."""

    #: What samples and reports call it.
    name: str
    #: The path and query of its URL.
    path: str
    #: The HTTP method.
    method: str = "GET"
    #: What it carries. Over a WebSocket: the message.
    body: bytes = b""
    #: The status of a right answer. Over a WebSocket: that of the handshake.
    expected_status: int = 200
    #: The body of a right answer; None if any body is right, or any of the expected length.
    expected_body: bytes | None = None
    #: What the body of a right answer has, in this order: it begins with the first part, ends with the last, and has
    #: anything between two of them. Empty if ``expected_body`` decides.
    expected_parts: tuple[bytes, ...] = ()
    #: The length of a right answer's body, in bytes; None if any length is right.
    expected_length: int | None = None
    #: Its share of the mix.
    weight: int = 1
    #: Headers beside those that every request has.
    headers: tuple[tuple[str, str], ...] = ()
    #: It is a message over a WebSocket at ``path``, and the answer is another message.
    websocket: bool = False
    #: What each event ends with, for an answer that goes on and on; empty for every other answer.
    event_end: bytes = b""
    #: From one event to the next, as it should be, in seconds.
    event_gap_s: float = 0.0
    #: Each time it is sent as one of these, drawn evenly; empty: it is sent as it is.
    variants: tuple[Variant, ...] = ()
    #: The user of the target in whose session it is sent; empty for nobody.
    user: str = ""
    #: It carries a CSRF cookie and the header that fits.
    csrf: bool = False
    #: Is its body compared? Else its status alone says whether an answer is right.
    compared: bool = True

    __pydantic_config__: ClassVar = _AS_JSON

    @property
    def line(self) -> str:
        """The request as messages name it: ``GET /sleep/async?delay=1``, or ``WebSocket`` and the path."""
        return f"{'WebSocket' if self.websocket else self.method} {self.path}"

    def filled(self, variant: Variant) -> "Request":
        """The request as that variant."""
        headers = (*self.headers, *variant.headers)
        return replace(self, path=variant.path, body=variant.body, headers=headers, variants=())

    def drawn(self, draw: int) -> "Request":
        """The request as the variant that this number chooses, or as it is if it has none."""
        return self.filled(self.variants[draw % len(self.variants)]) if self.variants else self

    def encode(self, host: str, port: int) -> bytes:
        """The bytes on the wire: HTTP/1.1 with keep-alive. Over a WebSocket: the message."""
        if self.websocket:
            return self.body
        return encode(self.method, self.path, f"{host}:{port}", {"Accept": "*/*", **dict(self.headers)}, self.body)


def encode(method: str, path: str, host: str, headers: dict[str, str], body: bytes) -> bytes:
    """A request as it goes over the wire. Raises ValueError for what is not exactly one HTTP/1.1 request (RFC 9112).

    ``headers`` may name another Host. This function alone writes the headers that say where the body ends.
    """
    if not _TOKEN.fullmatch(method) or not _TARGET.fullmatch(path):
        raise ValueError(f"{method} {path!r} is not an HTTP/1.1 request: a path begins with / and has no spaces")
    sent = {name.lower(): (name, value) for name, value in (("Host", host), *headers.items())}
    for name, value in sent.values():
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value) or name.lower() in _FRAMING:
            raise ValueError(f"{method} {path}: {name!r}: {value!r} is not a header that a request can have here")
    if body or method in ("POST", "PUT", "PATCH"):
        sent["content-length"] = ("Content-Length", str(len(body)))
    head = "".join(f"{name}: {value}\r\n" for name, value in sent.values())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """The requests that a user draws from."""

    #: Each is drawn by its weight. Of a journey: its steps, in order.
    requests: tuple[Request, ...]
    #: What users do instead of drawing; None if they draw.
    journey: Journey | None = None
    #: What is sent beside them and is not measured: by background users, or by the probe of a held load.
    beside: tuple[Request, ...] = ()

    @property
    def several(self) -> bool:
        """Are its requests told apart in what is shown?"""
        return len(self.requests) > 1 or self.journey is not None
