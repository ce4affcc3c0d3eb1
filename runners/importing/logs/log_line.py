"""Lines of access logs: combined and common format, gunicorn, uWSGI, uvicorn, runserver, and JSON. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any

#: What is said when lines have another format.
KNOWN_FORMATS = "combined or common (nginx, Apache, gunicorn), uWSGI, uvicorn, runserver, one JSON object per line"
#: What can be read from a line of JSON, each with the keys that are known to have it.
KEYS: Mapping[str, tuple[str, ...]] = {
    "method": (
        "method", "request_method", "requestmethod", "verb", "http_method", "http.method", "request.method",
        "http.request.method", "httprequest.requestmethod",
    ),
    "path": (
        "path", "uri", "request_uri", "requestpath", "request_path", "url", "url_path", "request.uri", "request.url",
        "request.path", "http.url", "http.target", "url.path", "url.original", "httprequest.requesturl",
    ),
    "status": (
        "status", "status_code", "statuscode", "code", "response.status", "response_status", "http.status_code",
        "downstreamstatus", "http.response.status_code", "httprequest.status", "response.status_code",
    ),
    "time": (
        "time", "timestamp", "ts", "@timestamp", "time_iso8601", "time_local", "datetime", "date", "msec",
        "starttime", "startutc", "asctime",
    ),
    "agent": (
        "http_user_agent", "user_agent", "useragent", "agent", "ua", "request.headers.user-agent",
        "request_user-agent", "user_agent.original", "httprequest.useragent",
    ),
    "line": ("request", "request_line", "requestline", "message", "log", "msg"),
}  # fmt: skip
_REQUEST = re.compile(
    r'"(?P<method>[A-Z]{3,10}) (?P<path>[^"]*?)(?: (?:HTTP/)?\d(?:\.\d)?)?" (?P<status>\d{3})\b(?P<rest>.*)', re.DOTALL
)
_UWSGI = re.compile(r"\] (?P<method>[A-Z]{3,10}) (?P<path>\S+) => .*?\(HTTP/[\d.]+ (?P<status>\d{3})\)(?P<rest>)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_REQUEST_LINE = re.compile(r"(?P<method>[A-Z]{3,10}) (?P<path>\S+)(?: HTTP/[\d.]+)?")
_CLF_TIME = re.compile(r"(\d{2})/([A-Z][a-z]{2})/(\d{4})[: ](\d{2}:\d{2}:\d{2})(?: ?([+-]\d{2}):?(\d{2}))?")
_ISO_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?")
_C_TIME = re.compile(r"\[[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d{2}:\d{2}:\d{2}) (\d{4})\]")
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
# Times of a log that are numbers have one of these units, each so many times smaller than the one before.
_LARGEST_SECONDS = 1e11


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A request, as an access log has it."""

    #: The HTTP method.
    method: str
    #: The URL, or its path and query.
    url: str
    #: The status of the answer.
    status: int
    #: When it came, in seconds since 1970; None if the line does not say it.
    at_s: float | None
    #: What sent it; empty if the line does not say it.
    agent: str


def parsed_line(text: str, keys: Mapping[str, str]) -> LogLine | None:
    """A line; None if it has no format that is known.

    keys: for what ``KEYS`` lists, the key that a line of JSON has it under, if it is another one.
    """
    if text.lstrip().startswith("{"):
        return _from_json(text, keys)
    match = _REQUEST.search(text) or _UWSGI.search(text)
    if match is None:
        return None
    quoted = _QUOTED.findall(match["rest"])
    return LogLine(
        method=match["method"],
        url=match["path"].strip(),
        status=int(match["status"]),
        at_s=time_in(text[: match.start() + 1]),
        agent=quoted[1] if len(quoted) > 1 else "",
    )


def time_in(text: str) -> float | None:
    """The time in a text, in seconds since 1970; None without one. A time without a zone counts as UTC."""
    if match := _CLF_TIME.search(text):
        day, month, year, clock, hours, minutes = match.groups()
        return _time(f"{year}-{_month(month)}-{day}T{clock}{hours or '+00'}:{minutes or '00'}")
    if match := _ISO_TIME.search(text):
        return _time(match[0].replace(",", "."))
    if match := _C_TIME.search(text):
        month, day, clock, year = match.groups()
        return _time(f"{year}-{_month(month)}-{int(day):02}T{clock}+00:00")
    return None


def _month(name: str) -> str:
    """Its number in two digits; 00 for what is none."""
    return f"{_MONTHS.find(name) // 3 + 1:02}"


def _time(text: str) -> float | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    at_s = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    return at_s if at_s >= 0 else None


def _from_json(text: str, keys: Mapping[str, str]) -> LogLine | None:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    values = dict(_flat(content)) if isinstance(content, dict) else {}
    known = {what: _value(values, (keys[what].lower(),) if what in keys else names) for what, names in KEYS.items()}
    line = str(known["line"] or "")
    inner = parsed_line(line, keys) if '"' in line or line.lstrip().startswith("{") else None
    at_s = _moment(known["time"])
    if inner and "path" not in keys:
        return inner if inner.at_s is not None else LogLine(**{**_fields(inner), "at_s": at_s})
    if request := _REQUEST_LINE.fullmatch(line):
        known = {**known, "method": known["method"] or request["method"], "path": known["path"] or request["path"]}
    status = str(known["status"] or "")
    if not (known["method"] and known["path"] and status.isdecimal() and len(status) == 3):
        return None
    return LogLine(
        method=str(known["method"]).upper(),
        url=str(known["path"]),
        status=int(status),
        at_s=at_s,
        agent=str(known["agent"] or ""),
    )


def _fields(line: LogLine) -> dict[str, Any]:
    return {"method": line.method, "url": line.url, "status": line.status, "agent": line.agent}


def _flat(value: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """The values of an object by key, in lower case and with dots for objects in it. Of a list, the first value."""
    for key, part in value.items():
        first = part[0] if isinstance(part, list) and part else part
        if isinstance(first, dict):
            yield from _flat(first, f"{before}{key}.".lower())
        else:
            yield f"{before}{key}".lower(), first


def _value(values: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((values[name] for name in names if values.get(name) not in (None, "")), None)


def _moment(value: Any) -> float | None:
    """A time as text, or as seconds, milliseconds, microseconds or nanoseconds since 1970."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return time_in(str(value)) if value else None
    except OverflowError:
        return None
    if not isfinite(number) or number < 0:
        return None
    while number > _LARGEST_SECONDS:
        number /= 1000
    return number
