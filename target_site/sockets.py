"""What speaks over WebSockets, beside Django.

Django's handler knows HTTP alone. Channels would be a framework of its own to measure, with layers that an echo does
not need; a route in front of Django's application is all that the ASGI specification asks for.
"""

from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl

from target_site.catalog import modules, pattern_named
from target_site.parameters import SpecError, Value, resolve


def _routes() -> dict[str, Any]:
    return {
        f"/{name}/{style}": getattr(import_module(module), f"{style}_socket")
        for name, module in modules().items()
        if pattern_named(name).websocket
        for style in pattern_named(name).styles
    }


def values(scope: Any) -> dict[str, Value]:
    """The parameters from the query string of the pattern that the path names. Raises SpecError."""
    pattern = pattern_named(scope["path"].split("/")[1])
    return resolve(pattern.name, pattern.parameters, dict(parse_qsl(scope["query_string"].decode("latin-1"))))


def beside(application: Any) -> Any:
    """The application, and the sockets of the catalogue beside it; others, and wrong parameters, are refused."""
    routes = _routes()

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
