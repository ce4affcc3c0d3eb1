"""The project's applications, which also tell who answers, and burn a known handicap if the run asks for it."""

from __future__ import annotations

import json
import os
import time
import traceback
from collections.abc import Iterable
from importlib import import_module
from typing import Any, Callable

from djbench_shim import Refusal
from djbench_shim.loading import pin_settings, require_shim_settings

HEALTH_PATH = "/-/djbench/health"
_JSON = "application/json"

WsgiApplication = Callable[[Any, Any], Iterable[bytes]]
AsgiApplication = Callable[[Any, Any, Any], Any]


def wsgi_application() -> WsgiApplication:
    """What servers get for WSGI."""
    from django.core.wsgi import get_wsgi_application

    application: WsgiApplication = _loaded(os.environ.get("DJBENCH_WSGI", ""), get_wsgi_application)
    return answering_wsgi(handicapped_wsgi(application, _handicap_us()), health_body("wsgi"))


def asgi_application() -> AsgiApplication:
    """What servers get for ASGI."""
    from django.core.asgi import get_asgi_application

    application: AsgiApplication = _loaded(os.environ.get("DJBENCH_ASGI", ""), get_asgi_application)
    return answering_asgi(handicapped_asgi(application, _handicap_us()), health_body("asgi"))


def _loaded(name: str, django_application: Callable[[], Any]) -> Any:
    """The project's application, or Django's own if it names none. Raises Refusal."""
    pin_settings()
    application = _attribute(name) if name else django_application()
    require_shim_settings()
    _load_urls()
    _log_exceptions()
    return application


def _attribute(name: str) -> Any:
    """What ``module:name`` names. Raises Refusal if the module has no such thing."""
    module, _, attribute = name.partition(":")
    content = import_module(module)
    if not hasattr(content, attribute):
        raise Refusal(f"{module} has no {attribute}; name the application as module:name")
    return getattr(content, attribute)


def _load_urls() -> None:
    """Import what Django imports at a process's first request, which can come in the middle of a window."""
    from django.apps import apps
    from django.conf import settings

    if apps.ready:
        import_module(settings.ROOT_URLCONF)


def _log_exceptions() -> None:
    """Write what a view raises into the server's log, which a run shows. Without DEBUG Django only mails it."""
    from django.core.signals import got_request_exception

    got_request_exception.connect(_print_exception, dispatch_uid="djbench")


def _print_exception(**_: Any) -> None:
    traceback.print_exc()


def health_body(interface: str) -> bytes:
    """Which server answers, through which interface: a trial's proof of what it measured."""
    facts = {
        "run": os.environ.get("DJBENCH_RUN", ""),
        "server": os.environ.get("DJBENCH_SERVER", ""),
        "interface": interface,
        "handicap_us": _handicap_us(),
    }
    return json.dumps(facts).encode()


def answering_wsgi(application: WsgiApplication, health: bytes) -> WsgiApplication:
    """The application, and the health endpoint before it."""

    def answer(environ: Any, start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == HEALTH_PATH:
            start_response("200 OK", [("Content-Type", _JSON), ("Content-Length", str(len(health)))])
            return [health]
        return application(environ, start_response)

    return answer


def answering_asgi(application: AsgiApplication, health: bytes) -> AsgiApplication:
    """The application, and the health endpoint before it."""
    headers = [(b"content-type", _JSON.encode()), (b"content-length", str(len(health)).encode())]

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") == HEALTH_PATH and scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": health})
        else:
            await application(scope, receive, send)

    return answer


def _handicap_us() -> float:
    return float(os.environ.get("DJBENCH_HANDICAP_US") or 0)


def burn_cpu(microseconds: float) -> None:
    """Use this much CPU time of the calling thread; time in which the thread does not run is no part of it."""
    ends_ns = time.thread_time_ns() + microseconds * 1000
    while time.thread_time_ns() < ends_ns:
        pass


def handicapped_wsgi(application: WsgiApplication, microseconds: float) -> WsgiApplication:
    """The application itself, or one that burns before it answers."""
    if not microseconds:
        return application

    def handicapped(environ: Any, start_response: Any) -> Iterable[bytes]:
        burn_cpu(microseconds)
        return application(environ, start_response)

    return handicapped


def handicapped_asgi(application: AsgiApplication, microseconds: float) -> AsgiApplication:
    """The application itself, or one that burns before it answers a request."""
    if not microseconds:
        return application

    async def handicapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            burn_cpu(microseconds)
        await application(scope, receive, send)

    return handicapped
