"""HAR files (1.1 and 1.2) as browsers, Playwright and proxies write them, read into exchanges."""

import base64
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from djbench.errors import UsageError
from runners.importing.imported_file import file_content
from runners.importing.recordings.recorded_exchange import Exchange, payload_of
from runners.importing.url_paths import sound_path

# Headers that are none of the request's own: they follow from the connection.
_OF_CONNECTION = frozenset(
    {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "te", "upgrade", "content-length", "host"}
)
_LONGEST_MS = 1e9
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{16,}={0,2}\s*")
_TEXTUAL = ("text/", "json", "xml", "javascript", "x-www-form-urlencoded")


def _seconds(text: object) -> float | None:
    """The time of an entry; None for one that cannot be read."""
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except (ValueError, OverflowError):
        return None


def _milliseconds(value: object) -> float:
    """A length of time; 0 for one that was not recorded, such as -1."""
    return float(value) if isinstance(value, int | float) and 0 <= value < _LONGEST_MS else 0.0


class _Part(BaseModel):
    """A part of a HAR file. What is null counts as missing, and what is not asked for is passed over."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: object) -> object:
        return {key: part for key, part in value.items() if part is not None} if isinstance(value, dict) else value


class _Named(_Part):
    name: str
    value: str = ""


class _Param(_Named):
    file_name: str = Field("", alias="fileName")


class _PostData(_Part):
    mime_type: str = Field("", alias="mimeType")
    text: str = ""
    encoding: str = ""
    params: list[_Param] = []


class _Sent(_Part):
    method: str = "GET"
    url: str
    headers: list[_Named] = []
    cookies: list[_Named] = []
    post_data: _PostData = Field(default_factory=lambda: _PostData.model_validate({}), alias="postData")


class _Content(_Part):
    mime_type: str = Field("", alias="mimeType")
    text: str = ""
    encoding: str = ""


class _Answer(_Part):
    status: int = 0
    headers: list[_Named] = []
    cookies: list[_Named] = []
    content: _Content = Field(default_factory=lambda: _Content.model_validate({}))
    from_worker: bool = Field(False, alias="_fetchedViaServiceWorker")


class _HarEntry(_Part):
    started: Annotated[float | None, BeforeValidator(_seconds)] = Field(None, alias="startedDateTime")
    time_ms: Annotated[float, BeforeValidator(_milliseconds)] = Field(0.0, alias="time")
    request: _Sent
    response: _Answer = Field(default_factory=lambda: _Answer.model_validate({}))
    resource: str = Field("", alias="_resourceType")
    from_cache: str = Field("", alias="_fromCache")


@dataclass(frozen=True, slots=True, kw_only=True)
class HarFile:
    """The content of a HAR file."""

    #: Requests and their answers, in the order in which they were sent.
    exchanges: tuple[Exchange, ...]
    #: What is wrong with each entry that cannot be read.
    unreadable: tuple[str, ...]


def read_har(path: Path) -> HarFile:
    """Read a HAR file. Raises UsageError with one line if it is none."""
    return parse_har(file_content(path, "recording"), str(path))


def parse_har(content: bytes, source: str) -> HarFile:
    """The content of a HAR file. Raises UsageError that names ``source`` if it is none."""
    entries = _entries(content, source)
    exchanges: list[Exchange] = []
    unreadable: list[str] = []
    for number, entry in enumerate(entries, 1):
        try:
            exchanges.append(_exchange(_HarEntry.model_validate(entry)))
        except ValidationError as error:
            problem = error.errors()[0]
            place = ".".join(map(str, problem["loc"])) or "entry"
            unreadable.append(f"entry {number}: {place}: {problem['msg'].lower()}")
        except ValueError as error:
            unreadable.append(f"entry {number}: {error}")
    if all(exchange.sent_s is not None for exchange in exchanges):
        exchanges.sort(key=lambda exchange: exchange.sent_s or 0.0)
    return HarFile(exchanges=tuple(exchanges), unreadable=tuple(unreadable))


def _entries(content: bytes, source: str) -> Sequence[object]:
    """The entries of a HAR file. Raises UsageError if it is none."""
    if content[:2] == b"PK":
        raise UsageError(f"{source} is a ZIP archive; unpack it and name the .har file in it")
    try:
        recorded = json.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        reason = str(error).partition("\n")[0]
        raise UsageError(f"{source} is not a HAR file: {reason}; export one as HAR 1.2") from None
    log = recorded.get("log") if isinstance(recorded, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        raise UsageError(f"{source} is not a HAR file: it has no log with a list of entries; export one as HAR 1.2")
    return entries


def _exchange(entry: _HarEntry) -> Exchange:
    """An entry as an exchange. Raises ValueError for a URL that is none."""
    url = urlsplit(entry.request.url)
    headers = _headers(entry.request.headers)
    content = entry.response.content
    answer_headers = _headers(entry.response.headers)
    answer_type = (answer_headers.get("content-type") or content.mime_type).partition(";")[0].strip().lower()
    post = entry.request.post_data
    return Exchange(
        sent_s=entry.started,
        took_s=entry.time_ms / 1000,
        method=entry.request.method.upper(),
        host=url.netloc.rpartition("@")[2].lower(),
        path=sound_path(entry.request.url),
        headers=headers,
        cookies=_cookies(entry.request.cookies, headers),
        payload=payload_of(
            _text(post.text, post.encoding, "text/"),
            tuple((param.name, param.value) for param in post.params if not param.file_name),
            tuple(param.name for param in post.params if param.file_name),
            headers.get("content-type", ""),
            post.mime_type,
        ),
        status=entry.response.status,
        answer_headers=answer_headers,
        set_cookies={cookie.name: cookie.value for cookie in entry.response.cookies} | dict(_set(answer_headers)),
        answer_type=answer_type,
        answer=_text(content.text, content.encoding, answer_type),
        resource=entry.resource.lower(),
        from_cache=bool(entry.from_cache),
        from_worker=entry.response.from_worker,
    )


def _headers(named: Sequence[_Named]) -> dict[str, str]:
    """Headers by name in lower case, without HTTP/2's pseudo-headers and those of the connection."""
    headers: dict[str, str] = {}
    for header in named:
        name = header.name.lower()
        if not name.startswith(":") and name not in _OF_CONNECTION:
            headers[name] = f"{headers[name]}\n{header.value}" if name in headers else header.value
    return headers


def _cookies(named: Sequence[_Named], headers: dict[str, str]) -> dict[str, str]:
    """The cookies of a request: those of the list, and those of the header."""
    pairs = (pair.strip().partition("=") for pair in headers.get("cookie", "").replace("\n", ";").split(";"))
    return {name: value for name, sign, value in pairs if sign} | {cookie.name: cookie.value for cookie in named}


def _set(headers: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The cookies that the headers of an answer set. One that is deleted has an empty value."""
    for line in headers.get("set-cookie", "").splitlines():
        name, _, value = line.partition(";")[0].partition("=")
        deleted = "max-age=0" in line.lower() or "01 jan 1970" in line.lower().replace("-", " ")
        yield name.strip(), "" if deleted else value.strip().strip('"')


def _text(text: str, encoding: str, media_type: str) -> str:
    """A recorded text as it was sent; empty if it is no text. Some tools write Base64 and do not say so."""
    if not any(part in media_type for part in _TEXTUAL) or not text:
        return ""
    if encoding.lower() == "base64":
        return _from_base64(text, "replace")
    decoded = _from_base64(text, "strict") if _BASE64.fullmatch(text) else text
    return decoded if decoded.lstrip()[:1] in ("<", "{", "[") else text


def _from_base64(text: str, errors: str) -> str:
    """The text that Base64 stands for; the text itself if it is no Base64."""
    try:
        return base64.b64decode(text, validate=errors == "strict").decode("utf-8", errors)
    except ValueError:
        return text
