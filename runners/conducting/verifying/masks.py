"""What is not compared in a body whatever a few answers say: it varies too seldom to be seen in them. Pure."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

#: Each finds something that is not compared, after its first group, which is.
Masks: TypeAlias = Sequence[re.Pattern[bytes]]

# A value whose name says that it is drawn anew, in an attribute, in JSON or in a script:
# name="csrfmiddlewaretoken" value="…", nonce="…", "csrfToken": "…".
_TOKEN = re.compile(
    rb"""(?i)((?<!\w)(?:csrf|xsrf|nonce)[\w-]*["']?(?:\s+(?:value|content))?\s*[=:]\s*["'])[^"'<>\n]+"""
)
# The space that Django's own filters write between a number and its unit.
_SPACE = rb"(?:\s|&nbsp;|\xc2\xa0)"
# 7:03 p.m., 19:03:11.123456. No port, no part of a longer row of numbers, and not what follows a day that is still
# there after today's are masked: 2024-01-02 10:11, or Jan. 2, 2024, 10:11 a.m.
_CLOCK = re.compile(
    rb"(?i)((?<![\d:.])(?<!\d{4}-\d\d-\d\d[T ])(?<!\d{4}, ))"
    rb"\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?![\d:])(?:" + _SPACE + rb"?[ap]\.?m\b\.?)?"
)
# 3 minutes ago, an hour ago.
_AGO = re.compile(rb"((?<![\w.]))(?:\d+|an?)" + _SPACE + rb"(?:second|minute|hour)s?\b")
# The server's own address: each server has a port of its own.
_ADDRESS = re.compile(rb"(?i)()(?:127\.0\.0\.1|localhost)(?::|%3a)\d+")
# The first digits of Unix time change after a little more than a day.
_UNIX_DIGITS, _UNIX_STEP_S = 5, 100_000


def masks_at(moment: datetime, own_path: str = "") -> Masks:
    """The masks for answers that are given on that day. ``own_path``: what two ways to write the same differ in."""
    own = (_own(own_path),) if len(own_path) > 1 else ()
    return (_TOKEN, _unix_times(moment), _days(moment), _CLOCK, _AGO, _ADDRESS, *own)


def _own(path: str) -> re.Pattern[bytes]:
    return re.compile(rb"((?<![\w/-]))" + re.escape(path.encode()) + rb"(?![\w/-])")


def _unix_times(moment: datetime) -> re.Pattern[bytes]:
    """Seconds, milliseconds or microseconds since 1970, about that moment."""
    step = int(moment.timestamp()) // _UNIX_STEP_S
    first = "|".join(str(near) for near in (step - 1, step, step + 1))
    return re.compile(rf"((?<![\w.]))(?:{first})\d{{5}}(?:\d{{3}}|\d{{6}}|\.\d+)?(?![\w.])".encode())


def _days(moment: datetime) -> re.Pattern[bytes]:
    """Today's date and those beside it: midnight may pass during the run, or the target lives in another time zone."""
    dates = "|".join(_written(moment + timedelta(days=days)) for days in (-1, 0, 1))
    return re.compile(rf"((?<![\w-]))(?:{dates})(?![\d-])".encode())


def _written(day: datetime) -> str:
    """How ISO 8601, Django's formats and people write a day."""
    month, number, year = rf"{day:%b}[a-z]*\.?", day.day, day.year
    return (
        rf"{day:%Y-%m-%d}|{day:%d}[./]{day:%m}[./]{year}|{day:%m/%d/%Y}"
        rf"|{month} {number},? {year}|{number}\.? {month},? {year}"
    )
