"""The URL patterns of a project, and which of them a path belongs to. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# What the arguments of Django's routes match. One of a regular expression may be anything.
_KINDS = {"int": r"\d+", "slug": r"[-\w]+", "uuid": r"[0-9a-fA-F-]{36}", "path": r".+"}
_ARGUMENT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class UrlRoute:
    """A URL pattern."""

    #: Its path with arguments in braces, such as ``/polls/{pk}/``.
    path: str
    #: The converter of each argument; empty for one of a regular expression.
    kinds: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RoutedPath:
    """A path that belongs to a route."""

    #: The path of the route with an empty pair of braces for each argument.
    template: str
    #: The names of its arguments.
    names: tuple[str, ...]
    #: Their texts in the path.
    values: tuple[str, ...]


class RouteTable:
    """The routes of a project in their order."""

    def __init__(self, routes: Iterable[UrlRoute]) -> None:
        routes = list(routes)
        # An argument of a regular expression is taken for one segment if that fits any route, and else for anything.
        self._matchers = [_matcher(route, other) for other in (r"[^/]+", r".*") for route in routes]

    def routed(self, path: str) -> RoutedPath | None:
        """The route of a path without query; None if it has none."""
        for template, names, expression in self._matchers:
            if match := expression.fullmatch(path):
                return RoutedPath(template, names, match.groups())
        return None


def _matcher(route: UrlRoute, other: str) -> tuple[str, tuple[str, ...], re.Pattern[str]]:
    names = tuple(_ARGUMENT.findall(route.path))
    literals = _ARGUMENT.split(route.path)[::2]
    kinds = [f"({_KINDS.get(route.kinds.get(name, ''), other)})" for name in names]
    pieces = [piece for pair in zip(map(re.escape, literals), [*kinds, ""], strict=True) for piece in pair]
    return "{}".join(literals), names, re.compile("".join(pieces))
