"""A user's cookies, as far as a Django site needs them (RFC 6265). Pure: it holds no clock.

All requests of a user go to one site. So ``Domain`` says nothing here. Nor does ``Secure``: a server that is measured
over plain HTTP stands behind something that adds TLS.
"""

import re
from email.utils import mktime_tz, parsedate_tz
from math import inf
from typing import NamedTuple

_SET_COOKIE = re.compile(rb"\r\nset-cookie:[ \t]*([^\r\n]*)", re.IGNORECASE)


class _Cookie(NamedTuple):
    """One cookie."""

    #: What it is called.
    name: str
    #: As it came, with quotes and escapes.
    value: str
    #: The part of the site that it is sent to.
    path: str
    #: When it ends, in seconds of the wall clock.
    expires_s: float


class CookieJar:
    """The cookies of one user. header: those to begin with, as a ``Cookie`` header has them, for the whole site."""

    def __init__(self, header: str = "") -> None:
        pairs = (pair.partition("=") for pair in header.split(";") if pair.strip())
        self._cookies = {
            (name.strip(), "/"): _Cookie(name.strip(), value.strip(), "/", inf) for name, _, value in pairs
        }
        # The line for a path while nothing changes.
        self._lines: dict[str, bytes] = {}
        self._next_end_s = inf

    def update(self, head: bytes, path: str, now_s: float) -> None:
        """Take the cookies that an answer sets. head: its status line and headers. path: what was asked for."""
        if b"ookie" not in head and b"OOKIE" not in head:
            return  # most answers; far cheaper than the expression
        for line in _SET_COOKIE.findall(head):
            cookie = _parsed(line.decode("latin-1"), path, now_s)
            if cookie is None:
                continue
            self._lines.clear()
            if cookie.expires_s > now_s:
                self._cookies[cookie.name, cookie.path] = cookie
                self._next_end_s = min(self._next_end_s, cookie.expires_s)
            else:
                self._cookies.pop((cookie.name, cookie.path), None)

    def line(self, path: str, now_s: float) -> bytes:
        """The header for a request of that path, with the line's end; empty without cookies."""
        if now_s >= self._next_end_s:
            self._forget_ended(now_s)
        path = path.partition("?")[0]
        line = self._lines.get(path)
        if line is None:
            line = self._lines[path] = self._written(path)
        return line

    def value(self, name: str) -> str | None:
        """The value of a cookie, whatever its path; None without it."""
        return next((cookie.value for cookie in self._cookies.values() if cookie.name == name), None)

    def _forget_ended(self, now_s: float) -> None:
        self._cookies = {key: cookie for key, cookie in self._cookies.items() if cookie.expires_s > now_s}
        self._next_end_s = min((cookie.expires_s for cookie in self._cookies.values()), default=inf)
        self._lines.clear()

    def _written(self, path: str) -> bytes:
        """Cookies with the longer path come first (RFC 6265, 5.4)."""
        sent = [cookie for cookie in self._cookies.values() if _is_below(path, cookie.path)]
        sent.sort(key=lambda cookie: -len(cookie.path))
        pairs = "; ".join(f"{cookie.name}={cookie.value}" for cookie in sent).encode("latin-1")
        return b"Cookie: %b\r\n" % pairs if sent else b""


def _parsed(line: str, asked_path: str, now_s: float) -> _Cookie | None:
    """The value of a ``Set-Cookie`` header; None for a line without a name."""
    pair, *attributes = line.split(";")
    name, equals, value = pair.partition("=")
    if not equals or not name.strip():
        return None
    texts = {key.strip().lower(): text.strip() for key, _, text in (one.partition("=") for one in attributes)}
    path = texts.get("path", "")
    if not path.startswith("/"):
        path = _folder_of(asked_path)
    return _Cookie(name.strip(), value.strip(), path, _end_s(texts, now_s))


def _end_s(attributes: dict[str, str], now_s: float) -> float:
    """When a cookie ends: ``Max-Age`` counts more than ``Expires``; without both, not before the user goes."""
    max_age = attributes.get("max-age", "")
    if max_age.removeprefix("-").isdecimal():
        return now_s + float(max_age)
    try:
        date = parsedate_tz(attributes.get("expires", ""))
        return mktime_tz(date) if date else inf
    except (ValueError, OverflowError, IndexError, TypeError):
        return inf  # a date that is none


def _folder_of(path: str) -> str:
    """The default path of a cookie (RFC 6265, 5.1.4)."""
    return path.partition("?")[0].rpartition("/")[0] or "/"


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder if folder.endswith("/") else f"{folder}/")
