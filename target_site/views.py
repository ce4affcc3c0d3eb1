"""The views and sockets of every pattern that the site answers, by its path.

What a package from outside offers may be broken. The site then starts all the same, for other patterns are measured on
it, and a request for that one is answered with the reason.
"""

import logging
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from djbench.errors import error_line
from djbench.pattern import Pattern
from target_site.catalog import PATTERNS, outside

_LOG = logging.getLogger(__name__)


def served() -> list[Pattern]:
    """The site's own patterns and those from outside; of what cannot be used the log says why."""
    found = list(PATTERNS.values())
    for pattern in outside().values():
        if isinstance(pattern, Pattern):
            found.append(pattern)
        else:
            _LOG.warning("%s", pattern)
    return found


def handlers(kind: str, broken: Callable[[str], Any]) -> Iterator[tuple[str, Any]]:
    """For each style of each pattern its path and what the pattern's module has for it, as kind ``view`` or ``socket``.

    broken: makes what stands in for one that is not to be had, from the line that says why.
    """
    for pattern in served():
        if pattern.websocket == (kind == "socket"):
            for style in pattern.styles:
                yield f"{pattern.name}/{style}", _handler(pattern, f"{style}_{kind}", broken)


def _handler(pattern: Pattern, name: str, broken: Callable[[str], Any]) -> Any:
    try:
        return _callable(import_module(pattern.module), name)
    except Exception as error:
        if pattern.name in PATTERNS:
            raise
        line = f"{pattern.module} of the pattern {pattern.name} cannot be used: {error_line(error)}"
        _LOG.exception("%s", line)
        return broken(line)


def _callable(module: ModuleType, name: str) -> Any:
    found = getattr(module, name)
    if not callable(found):  # Django refuses the URLs of the whole site for it
        raise TypeError(f"{name} is a {type(found).__name__} and no function")
    return found
