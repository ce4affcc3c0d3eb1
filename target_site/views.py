"""The views and sockets of the patterns, each imported with its pattern's module.

The site imports the patterns that a run will ask for when it starts (settings.PATTERNS), and any other one when it is
first asked for. So a process that answers one pattern does not hold the clients and libraries of all of them.

The views of a package can be broken. The site then starts all the same, for other patterns are measured on it, and a
request for that pattern is answered with the reason.
"""

import logging
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

from django.conf import settings

from djbench.errors import error_line
from djbench.pattern import Pattern
from djbench.spec import SpecError
from target_site.site_catalog import CATALOG, pattern_named

_LOG = logging.getLogger(__name__)


def expected() -> list[Pattern]:
    """The patterns that the site was started for. The log says why one cannot be used."""
    patterns = []
    for name in settings.PATTERNS:
        try:
            patterns.append(pattern_named(name))
        except SpecError as error:
            _LOG.warning("%s", error)
    return patterns


def of_packages() -> list[Pattern]:
    """The patterns that installed packages add. The log says why one cannot be used."""
    patterns = []
    for offer in CATALOG.offered().values():
        if isinstance(offer, Pattern):
            patterns.append(offer)
        else:
            _LOG.warning("%s", offer)
    return patterns


def handlers(pattern: Pattern, kind: str, broken: Callable[[str], Any]) -> dict[str, Any]:
    """For each style of a pattern what its module has for it, as ``kind`` view or socket. Imports the module.

    ``broken`` makes a stand-in for one that cannot be used, from the line that says why.
    """
    return {style: _handler(pattern, f"{style}_{kind}", broken) for style in pattern.styles}


def _handler(pattern: Pattern, name: str, broken: Callable[[str], Any]) -> Any:
    try:
        return _callable(import_module(pattern.views), name)
    except Exception as error:
        if pattern.name in CATALOG.own:
            raise
        line = f"{pattern.views} of the pattern {pattern.name} cannot be used: {error_line(error)}"
        _LOG.exception("%s", line)
        return broken(line)


def _callable(module: ModuleType, name: str) -> Any:
    handler = getattr(module, name)
    if not callable(handler):  # Django refuses the URLs of the whole site for it
        raise TypeError(f"{name} is a {type(handler).__name__} and no function")
    return handler
