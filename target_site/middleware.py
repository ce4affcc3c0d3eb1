"""Stacks of middleware, of each kind that Django adapts in its own way.

Django runs a chain of middleware in one mode and adapts each that cannot: a sync one in front of an async view costs a
thread for the request, an async one under WSGI an event loop (Django docs, "Asynchronous support"). Each of these
marks the response, so that it can be seen how many a request has passed.
"""

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import async_only_middleware, sync_and_async_middleware, sync_only_middleware
from django.utils.deprecation import MiddlewareMixin

PASSED = "X-Passed"
_SyncHandler = Callable[[HttpRequest], HttpResponse]
_AsyncHandler = Callable[[HttpRequest], Awaitable[HttpResponse]]


def _mark(response: HttpResponse) -> HttpResponse:
    response[PASSED] = str(int(response.get(PASSED, "0")) + 1)
    return response


@sync_only_middleware
def sync(get_response: _SyncHandler) -> _SyncHandler:
    """Can do sync only, as a decorator's default says."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return _mark(get_response(request))

    return middleware


@async_only_middleware
def asynchronous(get_response: _AsyncHandler) -> _AsyncHandler:
    """Can do async only."""

    async def middleware(request: HttpRequest) -> HttpResponse:
        return _mark(await get_response(request))

    return middleware


@sync_and_async_middleware
def both(get_response: _SyncHandler | _AsyncHandler) -> _SyncHandler | _AsyncHandler:
    """Can do either without being adapted."""
    chosen: _SyncHandler | _AsyncHandler = (
        asynchronous(get_response) if iscoroutinefunction(get_response) else sync(get_response)
    )
    return chosen


class Mixin(MiddlewareMixin):
    """As most of Django's own are: either mode, with hooks that are sync and get a thread in async mode."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:  # noqa: ARG002  the hook's
        """Mark the response."""
        return _mark(response)
