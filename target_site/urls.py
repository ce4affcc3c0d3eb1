"""One URL per pattern and style, and the control endpoints that the conductor uses.

The patterns that the site was started for come first and are imported with this module. Django's resolver goes through
the list at each request, so it meets none of the others on its way.
"""

from collections.abc import Iterable
from functools import cached_property

from django.urls import URLPattern, URLResolver, path
from django.urls.resolvers import RoutePattern

from djbench.pattern import Pattern
from target_site import control
from target_site.responses import broken
from target_site.site_catalog import CATALOG
from target_site.views import expected, handlers, of_packages


def _paths(pattern: Pattern, prefix: str) -> list[URLPattern]:
    """The URLs of a pattern's styles. Imports its module."""
    return [path(prefix + style, view) for style, view in handlers(pattern, "view", broken).items()]


class _AtFirstUse(URLResolver):
    """The URLs below a prefix, which are made when one of them is first asked for."""

    def check(self) -> list[object]:
        """Nothing: a check would import what nobody asked for."""
        return []


class _OnePattern(_AtFirstUse):
    """The URLs of a pattern."""

    def __init__(self, pattern: Pattern) -> None:
        super().__init__(RoutePattern(f"{pattern.name}/"), pattern.views)
        self._patterned = pattern

    @cached_property
    def url_patterns(self) -> list[URLPattern]:
        """One URL for each style."""
        return _paths(self._patterned, "")


class _OtherPackages(_AtFirstUse):
    """The URLs of the patterns that other packages add; to know these takes a search through all packages."""

    def __init__(self) -> None:
        super().__init__(RoutePattern(""), "other packages")

    @cached_property
    def url_patterns(self) -> list[URLResolver]:
        """The URLs of each pattern."""
        return _resolvers(of_packages())


def _resolvers(patterns: Iterable[Pattern]) -> list[URLResolver]:
    return [_OnePattern(pattern) for pattern in patterns if not pattern.websocket and pattern.name not in _EXPECTED]


_EXPECTED = {pattern.name: pattern for pattern in expected()}

urlpatterns = [
    path("", control.index),
    path("-/health", control.health),
    path("-/reset", control.reset),
    *(url for pattern in _EXPECTED.values() if not pattern.websocket for url in _paths(pattern, f"{pattern.name}/")),
    *_resolvers(CATALOG.own.values()),
    _OtherPackages(),
]

handler400 = "target_site.responses.bad_request"
