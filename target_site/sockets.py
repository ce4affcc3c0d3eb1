"""What speaks over WebSockets, beside Django.

Django's handler knows HTTP alone. Channels would be a framework of its own to measure, with layers that an echo does
not need; a route in front of Django's application is all that the ASGI specification asks for.
"""

from typing import Any
from urllib.parse import parse_qsl

from djbench.pattern import Pattern
from djbench.spec import SpecError, Value
from target_site.site_catalog import pattern_named
from target_site.views import expected, handlers


def _broken(_: str) -> Any:
    """A socket that stands in for one that is not to be had: closed as by an error of the server; the log says why."""

    async def refuse(_: dict[str, Value], __: Any, send: Any) -> None:
        await send({"type": "websocket.close", "code": 1011})

    return refuse


def _values(scope: Any) -> dict[str, Value]:
    """The parameters from the query string of the pattern that the path names. Raises SpecError."""
    pattern = pattern_named(scope["path"].split("/")[1])
    return pattern.values(dict(parse_qsl(scope["query_string"].decode("latin-1"))))


class _Routes(dict[str, Any]):
    """The sockets by path. Those of a pattern that the site was not started for come in when one is asked for."""

    def __missing__(self, path: str) -> Any:
        """Raises KeyError or SpecError for a path that no pattern has."""
        self.add(pattern_named(path.split("/")[1]))
        if path not in self:
            raise KeyError(path)
        return self[path]

    def add(self, pattern: Pattern) -> None:
        """Import a pattern's sockets; one that answers over HTTP has none."""
        if pattern.websocket:
            sockets = handlers(pattern, "socket", _broken)
            self.update({f"/{pattern.name}/{style}": socket for style, socket in sockets.items()})


def beside(application: Any) -> Any:
    """The application, and the sockets of the patterns beside it; other paths, and wrong parameters, are refused."""
    routes = _Routes()
    for pattern in expected():
        routes.add(pattern)

    async def route(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "websocket":
            await application(scope, receive, send)
            return
        await receive()  # websocket.connect
        try:
            socket, parameters = routes[scope["path"]], _values(scope)
        except (KeyError, SpecError):
            await send({"type": "websocket.close", "code": 4400})
        else:
            await socket(parameters, receive, send)

    return route
