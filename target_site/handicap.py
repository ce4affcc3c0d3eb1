"""A known handicap: so much CPU time burnt in each request, so that a harness can be asked whether it finds it.

Off unless the environment says otherwise, and named by the health endpoint when it is on. It wraps the application
itself and is no middleware, whose own cost would add to it.
"""

import time
from typing import Any

from django.conf import settings


def burn(microseconds: float) -> None:
    """Use this much CPU time of the calling thread; time in which the thread does not run is no part of it."""
    ends_ns = time.thread_time_ns() + microseconds * 1000
    while time.thread_time_ns() < ends_ns:
        pass


def wsgi(application: Any) -> Any:
    """The application itself, or one that burns before it answers."""
    microseconds = settings.HANDICAP_US
    if not microseconds:
        return application

    def handicapped(environ: Any, start_response: Any) -> Any:
        burn(microseconds)
        return application(environ, start_response)

    return handicapped


def asgi(application: Any) -> Any:
    """The application itself, or one that burns before it answers."""
    microseconds = settings.HANDICAP_US
    if not microseconds:
        return application

    async def handicapped(scope: Any, receive: Any, send: Any) -> None:
        burn(microseconds)
        await application(scope, receive, send)

    return handicapped
