"""Paths of URLs: what no request line can have, and which of them are those of static files. Pure."""

import re
from urllib.parse import quote, urlsplit

STATIC_FILE = re.compile(
    r"\.(?:css|js|mjs|map|png|jpe?g|gif|svg|ico|webp|avif|bmp|woff2?|ttf|otf|eot|mp4|webm|mp3|ogg|wav|wasm|webmanifest)$|"
    r"^/(?:static|media|assets)/|^/robots\.txt$|^/favicon",
    re.IGNORECASE,
)
# What a request line cannot have, and braces, which would be blanks.
_NOT_IN_PATH = re.compile(r"[^\x21-\x7a|~]")


def sound_path(url: str) -> str:
    """The path and query of a URL, escaped as a request line needs it. Raises ValueError if it is no URL."""
    if not url.startswith("/"):
        parts = urlsplit(url)
        url = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _NOT_IN_PATH.sub(lambda sign: quote(sign[0]), url.partition("#")[0])
