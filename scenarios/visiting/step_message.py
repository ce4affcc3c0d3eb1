"""One step's request on its way to bytes: what is known in advance, and the blanks that a user's values fill. Pure."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from urllib.parse import quote, quote_plus, urlsplit

from djbench.request import Request, encode

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_BOUNDARY = re.compile(r'boundary="?([^";,]+)', re.IGNORECASE)
_FIELD = "csrfmiddlewaretoken"
_ONE_BLANK = re.compile(rb"/\{[^{}]*\}")
_LENGTH = re.compile(rb"\r\nContent-Length: \d+")


class _Filling:
    """Bytes with blanks, which stand for values by name. escaped: a value as it stands there."""

    def __init__(self, text: bytes, names: Collection[str], escaped: Callable[[str], bytes]) -> None:
        blank = "|".join(re.escape(name) for name in sorted(names)) or r"(?!)"
        self._pieces = re.split(rb"\{(%b)\}" % blank.encode(), text)
        self._escaped = escaped

    @property
    def blank(self) -> bool:
        """Is there anything to fill in?"""
        return len(self._pieces) > 1

    def filled(self, values: Mapping[str, str]) -> bytes:
        """The bytes with their values; a blank whose value is not there yet stays as it is."""
        if not self.blank:
            return self._pieces[0]
        pieces = list(self._pieces)
        pieces[1::2] = [self._value(name.decode(), values) for name in self._pieces[1::2]]
        return b"".join(pieces)

    def _value(self, name: str, values: Mapping[str, str]) -> bytes:
        return self._escaped(values[name]) if name in values else b"{%b}" % name.encode()


class StepMessage:
    """What is sent for a step.

    names: of the values that users can carry. csrf: where Django's token goes, as ``Step`` has it. Raises ValueError if
    the request is not one of HTTP/1.1.
    """

    def __init__(self, request: Request, authority: str, names: Collection[str], csrf: str) -> None:
        path, body, headers = request.path, request.body, dict(request.headers)
        self.path = path
        self.csrf = csrf
        content_type = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
        if csrf == "form" and not content_type:
            headers["Content-Type"] = content_type = _FORM
        self._own_cookies = b"; ".join(
            value.encode("latin-1") for name, value in headers.items() if name.lower() == "cookie"
        )
        headers = {name: value for name, value in headers.items() if name.lower() != "cookie"}
        encoded = encode(request.method, path, authority, {"Accept": "*/*", **headers}, body)
        head = encoded[: len(encoded) - len(body) - 2]
        line, _, rest = head.partition(b"\r\n")
        method, target, version = line.split(b" ")
        # A value that is all of the path is a link that the site itself has written.
        whole = _ONE_BLANK.fullmatch(target)
        self._start = method + b" "
        self._target = _Filling(target, names, _link if whole else _segment)
        self._has_length = _LENGTH.search(b"\r\n" + rest) is not None or csrf == "form"
        self._headers = _Filling(_LENGTH.sub(b"", b" " + version + b"\r\n" + rest), names, _header)
        self._body = _Filling(body, names, _escape_of(content_type))
        boundary = _BOUNDARY.search(content_type)
        self._boundary = boundary[1].encode() if boundary else None
        # Of a step without anything to fill in: what stands before the user's cookies, and after them.
        fillings = (self._target, self._headers, self._body)
        fixed = not csrf and not self._own_cookies and not any(filling.blank for filling in fillings)
        self._fixed = self._around({}, None) if fixed else None

    def encoded(self, values: Mapping[str, str], cookies: bytes, token: str | None) -> bytes:
        """The bytes on the wire. cookies: the user's header. token: for CSRF."""
        before, after = self._fixed or self._around(values, token)
        return b"%b%b%b" % (before, self._cookies(cookies), after)

    def _around(self, values: Mapping[str, str], token: str | None) -> tuple[bytes, bytes]:
        """What stands before the user's cookies, and after them."""
        body = self._body.filled(values)
        if self.csrf == "form" and token is not None:
            body = self._with_token(body, token)
        before = b"%b%b%b" % (self._start, self._target.filled(values), self._headers.filled(values))
        header = b"X-CSRFToken: %b\r\n" % token.encode("latin-1") if self.csrf == "header" and token else b""
        length = b"Content-Length: %d\r\n" % len(body) if self._has_length else b""
        return before, b"%b%b\r\n%b" % (header, length, body)

    def _cookies(self, line: bytes) -> bytes:
        """The user's cookies after those that the step itself has: of two with one name, Django reads the last."""
        if not self._own_cookies:
            return line
        others = line.removeprefix(b"Cookie: ").removesuffix(b"\r\n")
        return b"Cookie: %b\r\n" % b"; ".join(filter(None, (self._own_cookies, others)))

    def _with_token(self, body: bytes, token: str) -> bytes:
        if self._boundary is None:
            return b"%b%b%b=%b" % (body, b"&" if body else b"", _FIELD.encode(), quote_plus(token).encode())
        part = b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        return part % (self._boundary, _FIELD.encode(), token.encode()) + body


def _segment(value: str) -> bytes:
    """A part of a path or query: nothing in it can end it."""
    return quote(value, safe="").encode()


def _link(value: str) -> bytes:
    """A whole link without what the path begins with, and without host: all requests go to one site."""
    try:
        parts = urlsplit(value)
        link = f"{parts.path}?{parts.query}" if parts.query else parts.path
    except ValueError:  # no address at all: the site will say so
        link = value
    return quote(link.lstrip("/"), safe="/?&=%:;,@!$'()*+~-._").encode()


def _header(value: str) -> bytes:
    """A header ends with its line."""
    return "".join(value.splitlines()).encode("latin-1", "replace")


def _escape_of(content_type: str) -> Callable[[str], bytes]:
    """How a value stands in a body of that type."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == _FORM:
        return lambda value: quote_plus(value).encode()
    if kind == _JSON or kind.endswith("+json"):
        return lambda value: json.dumps(value)[1:-1].encode()
    return lambda value: value.encode()
