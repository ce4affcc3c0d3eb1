"""What the shim puts around an application."""

import asyncio
import time
from typing import Any

from djbench_shim.serving import HEALTH_PATH, answering_asgi, answering_wsgi, handicapped_wsgi

HEALTH = b'{"run": "r1"}'


def test_wsgi_answers_for_health_and_passes_all_else_on_as_it_is() -> None:
    passed: list[Any] = []

    def application(environ: Any, start_response: Any) -> list[bytes]:
        passed.append((environ, start_response))
        return [b"body"]

    started: list[Any] = []
    served = answering_wsgi(application, HEALTH)
    assert served({"PATH_INFO": HEALTH_PATH}, lambda *answer: started.append(answer)) == [HEALTH]
    assert started == [("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(HEALTH)))])]
    environ = {"PATH_INFO": f"{HEALTH_PATH}/"}
    assert served(environ, started.append) == [b"body"]
    assert passed == [(environ, started.append)]


def test_asgi_answers_for_health_and_passes_all_else_on_as_it_is() -> None:
    passed: list[Any] = []

    async def application(*arguments: Any) -> None:
        passed.append(arguments)

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> None:
        """Asked by nobody."""

    served = answering_asgi(application, HEALTH)
    asyncio.run(served({"type": "http", "path": HEALTH_PATH}, receive, send))
    assert [message.get("body", message.get("status")) for message in sent] == [200, HEALTH]
    scopes = [{"type": "lifespan"}, {"type": "websocket", "path": HEALTH_PATH}, {"type": "http", "path": "/"}]
    for scope in scopes:
        asyncio.run(served(scope, receive, send))
    assert passed == [(scope, receive, send) for scope in scopes]


def test_without_a_handicap_there_is_nothing_in_between() -> None:
    def application(*_: Any) -> list[bytes]:
        return []

    assert handicapped_wsgi(application, 0.0) is application
    began_ns = time.thread_time_ns()
    handicapped_wsgi(application, 2000.0)({}, None)
    assert time.thread_time_ns() - began_ns >= 2_000_000
