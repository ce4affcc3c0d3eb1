"""A request of a recording and its answer, as values, and what a request carried. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urljoin, urlsplit

Pairs = tuple[tuple[str, str], ...]
FORM = "application/x-www-form-urlencoded"
_MULTIPART = re.compile(r"multipart/form-data", re.IGNORECASE)
_BOUNDARY = re.compile(r'boundary="?([^";,\s]+)', re.IGNORECASE)
_PART_NAME = re.compile(r'\bname="([^"]*)"')
_FILE_NAME = re.compile(r"\bfilename\*?=", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What a request carried: a form, JSON, another text, or nothing."""

    #: The fields of a form, in their order; None if it was no form.
    form: Pairs | None = None
    #: The fields of a form that were files. Their content is not kept.
    files: tuple[str, ...] = ()
    #: Is the text JSON?
    is_json: bool = False
    #: The text, if it was no form.
    text: str = ""
    #: The media type of the text.
    media_type: str = ""

    @property
    def fields(self) -> Pairs:
        """The fields of a form; none if it was no form."""
        return self.form or ()

    @property
    def json(self) -> Any:
        """The JSON value; None if it is none."""
        return json.loads(self.text) if self.is_json else None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its fields, of a form or of a JSON object."""
        value = self.json
        return (*(name for name, _ in self.fields), *(value if isinstance(value, dict) else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request of a recording and its answer."""

    #: When it was sent, in seconds since 1970; None if that was not recorded.
    sent_s: float | None
    #: How long it took, in seconds.
    took_s: float
    #: The HTTP method.
    method: str
    #: Host and port of its URL, in lower case.
    host: str
    #: The path and query of its URL.
    path: str
    #: Its headers, with names in lower case.
    headers: Mapping[str, str]
    #: The cookies that it carried.
    cookies: Mapping[str, str]
    #: What it carried.
    payload: Payload
    #: The status of the answer; 0 if there was none.
    status: int
    #: The headers of the answer, with names in lower case; several values have line breaks between them.
    answer_headers: Mapping[str, str]
    #: The cookies that the answer set.
    set_cookies: Mapping[str, str]
    #: The media type of the answer, without parameters.
    answer_type: str
    #: The text of the answer; empty if it was not recorded or is no text.
    answer: str
    #: What the browser asked for it for, such as ``document`` or ``xhr``; empty if that was not recorded.
    resource: str
    #: Did the browser answer it from its cache?
    from_cache: bool = False
    #: Did a service worker of the page pass it on, which the recording has once more?
    from_worker: bool = False

    @property
    def plain_path(self) -> str:
        """The path without its query."""
        return self.path.partition("?")[0]

    @property
    def is_document(self) -> bool:
        """Is the answer a page?"""
        return self.resource == "document" or self.answer_type in ("text/html", "application/xhtml+xml")


def redirect_target(exchange: Exchange) -> str:
    """The path and query that an answer redirects to; empty if it does not."""
    if exchange.status not in range(300, 400) or "location" not in exchange.answer_headers:
        return ""
    try:
        url = urlsplit(urljoin(f"//{exchange.host}{exchange.path}", exchange.answer_headers["location"]))
    except ValueError:  # such as of a host with half a pair of brackets
        return ""
    return url.path + (f"?{url.query}" if url.query else "") if url.netloc == exchange.host else ""


def payload_of(text: str, params: Pairs, files: tuple[str, ...], header_type: str, recorded_type: str) -> Payload:
    """What a request carried, by the text or the fields that were recorded.

    header_type: the media type of the request's header, which is what the site saw. recorded_type: what the recording
    says of the text; it counts if there is no such header.
    """
    media_type = header_type or recorded_type
    if _MULTIPART.match(media_type):
        return _multipart(text, params, files, media_type)
    if not text:
        return Payload(form=tuple((_decoded(name), _decoded(value)) for name, value in params)) if params else Payload()
    is_json = _is_json(text)
    if media_type.lower().startswith(FORM) and not is_json:
        return Payload(form=tuple(parse_qsl(text, keep_blank_values=True)))
    if not media_type:
        media_type = "application/json" if is_json else "text/plain"
    return Payload(is_json=is_json, text=text, media_type=media_type)


def _decoded(text: str) -> str:
    """The text of a field that was recorded by itself: browsers escape it there, proxies do not."""
    return unquote_plus(text) if re.search(r"%[0-9A-Fa-f]{2}", text) else text


def _is_json(text: str) -> bool:
    """Is it a JSON object or list? A plain number or word may be anything."""
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _multipart(text: str, params: Pairs, files: tuple[str, ...], media_type: str) -> Payload:
    """The fields of a form with parts: those that were recorded by themselves, or else those of its text."""
    if params or files:
        return Payload(form=params, files=files)
    boundary = _BOUNDARY.search(media_type)
    mark = f"--{boundary[1]}" if boundary else text.partition("\n")[0].strip()
    fields: list[tuple[str, str]] = []
    file_names: list[str] = []
    for part in text.split(mark)[1:] if mark else []:
        head, _, content = part.replace("\r\n", "\n").lstrip("\n").partition("\n\n")
        if name := _PART_NAME.search(head):
            if _FILE_NAME.search(head):
                file_names.append(name[1])
            else:
                fields.append((name[1], content.removesuffix("\n")))
    return Payload(form=tuple(fields), files=tuple(file_names))
