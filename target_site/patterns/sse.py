"""sse: server-sent events on a fixed schedule; the generator is of the style's kind."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

from django.http import HttpRequest, StreamingHttpResponse

from target_site.responses import values


def payload(number: int) -> bytes:
    """Event ``number``, as the HTML standard writes one ("Server-sent events")."""
    return b"id: %d\ndata: event %06d of sse\n\n" % (number, number)


def _response(parts: Iterator[bytes] | AsyncIterator[bytes]) -> StreamingHttpResponse:
    # What is kept back by nobody on the way; a proxy in front would be told so too.
    return StreamingHttpResponse(
        parts, content_type="text/event-stream", headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    )


def _arguments(request: HttpRequest) -> tuple[int, float]:
    parameters = values(request, "sse")
    return int(parameters["events"]), float(parameters["delay"])


def _events(count: int, delay_s: float) -> Iterator[bytes]:
    start_s = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, start_s + (number + 1) * delay_s - time.monotonic()))
        yield payload(number)


async def _async_events(count: int, delay_s: float) -> AsyncIterator[bytes]:
    start_s = time.monotonic()
    for number in range(count):
        await asyncio.sleep(start_s + (number + 1) * delay_s - time.monotonic())
        yield payload(number)


def sync_view(request: HttpRequest) -> StreamingHttpResponse:
    """A generator: under ASGI Django takes all of it before the first event goes out."""
    return _response(_events(*_arguments(request)))


async def async_view(request: HttpRequest) -> StreamingHttpResponse:
    """An async generator: under WSGI Django takes all of it before the first event goes out."""
    return _response(_async_events(*_arguments(request)))
