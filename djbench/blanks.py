"""Blanks in a project's requests, such as ``{question.pk}``: a value's name, and its field if it has several.

Other braces stay as they are, so that a JSON body needs no escapes.
"""

import re
from collections.abc import Callable, Iterator

from djbench.request import Request

_BLANK = re.compile(r"\{([a-z_][a-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?)\}")


def blanks_of(text: str) -> tuple[str, ...]:
    """The blanks of a text without their braces, each once, such as ``question.pk``."""
    return tuple(dict.fromkeys(_BLANK.findall(text)))


def request_blanks(request: Request) -> tuple[str, ...]:
    """Those of a request's path, headers and body."""
    return tuple(dict.fromkeys(blank for text in _texts(request) for blank in blanks_of(text)))


def _texts(request: Request) -> Iterator[str]:
    yield request.path
    for _, value in request.headers:
        yield value
    yield request.body.decode(errors="replace")


def filled_text(text: str, value_of: Callable[[str], str | None]) -> str:
    """The text with its blanks filled in. ``value_of``: the text for a blank; None leaves it as it is."""

    def filling(match: "re.Match[str]") -> str:
        value = value_of(match[1])
        return match[0] if value is None else value

    return _BLANK.sub(filling, text)
