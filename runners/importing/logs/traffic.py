"""What an access log says of a site's traffic: which requests count, how often they came, and when. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from runners.importing.logs.log_line import LogLine, parsed_line
from runners.importing.url_paths import STATIC_FILE, sound_path

HOUR_S = 3600
_BOT = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|monitor|pingdom|uptime|probe|health|scan|nagios|zabbix|prometheus|lighthouse|"
    r"facebookexternalhit|preview",
    re.IGNORECASE,
)
_SAFE_METHODS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A request that counts."""

    #: The HTTP method.
    method: str
    #: The path and query.
    url: str
    #: The status of its answer. That of an answer which the browser had already is 200.
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """The sum of a log."""

    #: How often each request came.
    requests: Counter[LoggedRequest]
    #: How many requests that count came in each hour, by hours since 1970.
    hours: Counter[int]
    #: The first and the last time of a line, in seconds since 1970; None if no line has one.
    span_s: tuple[float, float] | None
    #: All answers by the first digit of their status.
    statuses: Counter[int]
    #: What was left out, by reason.
    left_out: Counter[str]
    #: How many lines there are.
    lines: int
    #: How many lines have no format that is known, and the first of them.
    unknown: int
    first_unknown: str


def traffic_in(lines: Iterable[str], keys: Mapping[str, str], *, all_methods: bool) -> Traffic:
    """The sum of the lines of a log. keys: as ``parsed_line`` takes them."""
    requests: Counter[LoggedRequest] = Counter()
    hours: Counter[int] = Counter()
    statuses: Counter[int] = Counter()
    left_out: Counter[str] = Counter()
    first_s, last_s = float("inf"), float("-inf")
    number, unknown, first_unknown = 0, 0, ""
    for number, text in enumerate(filter(str.strip, lines), 1):  # noqa: B007  how many there were
        line = parsed_line(text, keys)
        if line is None:
            unknown, first_unknown = unknown + 1, first_unknown or text
            continue
        statuses[line.status // 100] += 1
        if line.at_s is not None:
            first_s, last_s = min(first_s, line.at_s), max(last_s, line.at_s)
        if reason := _reason(line, all_methods=all_methods):
            left_out[reason] += 1
            continue
        requests[_request(line)] += 1
        if line.at_s is not None:
            hours[int(line.at_s // HOUR_S)] += 1
    return Traffic(
        requests=requests,
        hours=hours,
        span_s=(first_s, last_s) if first_s <= last_s else None,
        statuses=statuses,
        left_out=left_out,
        lines=number,
        unknown=unknown,
        first_unknown=first_unknown.strip(),
    )


def _reason(line: LogLine, *, all_methods: bool) -> str:
    """Why a request is left out; empty if it counts."""
    if not line.url.startswith(("/", "http://", "https://")):
        return "without a path"
    try:
        path = sound_path(line.url).partition("?")[0]
    except ValueError:
        return "without a path"
    if _BOT.search(line.agent):
        return "from bots and monitors"
    if STATIC_FILE.search(path):
        return "for static files"
    if line.method not in _SAFE_METHODS and not all_methods:
        return "of other methods than GET and HEAD"
    if not 200 <= line.status < 400:
        return "answered with an error (4xx, 5xx) or not at all"
    return ""


def _request(line: LogLine) -> LoggedRequest:
    return LoggedRequest(line.method, sound_path(line.url), 200 if line.status in (206, 304) else line.status)
