"""Values that later requests of a user have from an earlier answer. Pure."""

import json
import re
from collections.abc import Callable
from typing import Any

from djbench.journey import Take
from scenarios.http11 import Response

# What reads a value; None if the answer does not have it.
Reader = Callable[[Response], str | None]
# Django's hidden field, as {% csrf_token %} writes it and as others do.
_TOKEN_FIELD = b"csrfmiddlewaretoken"
_TOKEN = re.compile(
    rb"""<input[^>]*?\bname=["']csrfmiddlewaretoken["'][^>]*?\bvalue=["']([^"']+)["']"""
    rb"""|<input[^>]*?\bvalue=["']([^"']+)["'][^>]*?\bname=["']csrfmiddlewaretoken["']"""
)


def reader_of(take: Take) -> Reader:
    """What reads this value. Raises ValueError with one line for an expression that cannot be one."""
    if take.source == "header":
        return lambda response: response.headers().get(take.expression.lower())
    if take.source == "json":
        return lambda response: _in_json(response.body, take.expression.split("."))
    pattern = take.pattern()
    return lambda response: _in_text(response.body, pattern)


def csrf_token_in(body: bytes) -> str | None:
    """The token in a page's first form that has one; None without it."""
    if _TOKEN_FIELD not in body:
        return None
    match = _TOKEN.search(body)
    return (match[1] or match[2]).decode("latin-1") if match else None


def _in_text(body: bytes, pattern: "re.Pattern[bytes]") -> str | None:
    match = pattern.search(body)
    return None if match is None or match[1] is None else match[1].decode(errors="replace")


def _in_json(body: bytes, path: list[str]) -> str | None:
    """What a path such as ``items.0.id`` leads to: text as it is, anything else as JSON writes it."""
    try:
        value: Any = json.loads(body)
        for key in path:
            value = value[int(key)] if isinstance(value, list) else value[key]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    # Half of a surrogate pair is no text that could be sent.
    return value.encode(errors="replace").decode() if isinstance(value, str) else json.dumps(value)
