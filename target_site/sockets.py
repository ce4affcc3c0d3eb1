"""What speaks over WebSockets, beside Django.

Django's handler knows HTTP alone. Channels would be a framework of its own to measure, with layers that an echo does
not need; a route in front of Django's application is all that the ASGI specification asks for.
"""

from typing import Any
from urllib.parse import parse_qsl

from djbench.spec import SpecError, Value, resolve
from target_site.catalog import pattern_named
from target_site.views import handlers


def _broken(_: str) -> Any:
    """A socket that stands in for one that is not to be had: closed as by an error of the server; the log says why."""

    async def refuse(_: dict[str, Value], __: Any, send: Any) -> None:
        await send({"type": "websocket.close", "code": 1011})

    return refuse


def values(scope: Any) -> dict[str, Value]:
    """The parameters from the query string of the pattern that the path names. Raises SpecError."""
    pattern = pattern_named(scope["path"].split("/")[1])
    return resolve(pattern.name, pattern.parameters, dict(parse_qsl(scope["query_string"].decode("latin-1"))))


def beside(application: Any) -> Any:
    """The application, and the sockets of the catalogue beside it; others, and wrong parameters, are refused."""
    routes = {f"/{path}": socket for path, socket in handlers("socket", _broken)}

    async def route(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "websocket":
            await application(scope, receive, send)
            return
        await receive()  # websocket.connect
        try:
            socket, given = routes[scope["path"]], values(scope)
        except (KeyError, SpecError):
            await send({"type": "websocket.close", "code": 4400})
        else:
            await socket(given, receive, send)

    return route
