"""What makes an answer with the expected status suspicious: it is hardly the page that was meant. Pure."""

import json
import re
from collections.abc import Iterator

from djbench.request import Request

_HEADING = re.compile(rb"(?is)<(title|h1)\b[^>]*>\s*(.*?)\s*</\1>")
_PASSWORD_FIELD = re.compile(rb"""(?i)<input\b[^>]*\btype\s*=\s*["']?password\b""")
_LOGIN = re.compile(r"(?i)\b(?:log|sign)[ -]?in\b")
_ERROR = re.compile(
    r"(?i)(?:error\W*)?(?:[45]\d\d\W+)?"
    r"(?:(?:internal )?server error|page not found|not found|bad request|forbidden|error|something went wrong)"
    r"(?:\W+[45]\d\d\W*)?\s*(?:[|\u2013\u2014:·-].*)?"
)
# The heading of Django's page for an exception, with DEBUG: ValueError at /polls/.
_EXCEPTION = re.compile(r"[A-Za-z_]\w* at /.*", re.DOTALL)
_TRACEBACK = b"Traceback (most recent call last)"
_BODILESS = (204, 205, 304)


def suspicion(request: Request, body: bytes, media_type: str) -> str | None:
    """Why this can hardly be the right answer, as what follows its request in a message; None if it may well be."""
    if request.method == "HEAD" or request.expected_status in _BODILESS or 300 <= request.expected_status < 400:
        return None
    return next(_suspicions(request, body, media_type), None)


def _suspicions(request: Request, body: bytes, media_type: str) -> Iterator[str]:
    if not body:
        yield "with an empty body"
    if media_type.endswith(("/json", "+json")) and not _is_json(body):
        yield f"with {media_type} that is not JSON, or not all of it"
    if request.expected_status >= 400:
        return
    if _TRACEBACK in body:
        yield "with a traceback"
    headings = headings_of(body)
    if wrong := next((heading for heading in headings if _ERROR.fullmatch(heading) or _EXCEPTION.match(heading)), None):
        yield f"with an error page, {wrong!r}"
    if _PASSWORD_FIELD.search(body) and any(map(_LOGIN.search, headings)) and not _asks_for_login(request.path):
        yield "with a login page" + ("" if not request.user else f", although it is sent as {request.user}")


def headings_of(body: bytes) -> list[str]:
    """The title of a page and its main headings."""
    texts = (match[2].decode(errors="replace") for match in _HEADING.finditer(body))
    return [" ".join(re.sub(r"<[^>]*>", "", text).split()) for text in texts]


def _asks_for_login(path: str) -> bool:
    return any(word in path.lower() for word in ("login", "log-in", "log_in", "signin", "sign-in", "sign_in", "auth"))


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True
