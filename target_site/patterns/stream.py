"""stream: an answer in parts, with a wait before each; the generator is of the style's kind."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

from django.http import HttpRequest, StreamingHttpResponse

from target_site.responses import values


def payload(number: int) -> bytes:
    """Part ``number`` of the answer."""
    return b"part %06d of a stream\n" % number


def _arguments(request: HttpRequest) -> tuple[int, float]:
    parameters = values(request, "stream")
    return int(parameters["parts"]), float(parameters["delay"])


def _parts(count: int, delay_s: float) -> Iterator[bytes]:
    for number in range(count):
        time.sleep(delay_s)
        yield payload(number)


async def _async_parts(count: int, delay_s: float) -> AsyncIterator[bytes]:
    for number in range(count):
        await asyncio.sleep(delay_s)
        yield payload(number)


def sync_view(request: HttpRequest) -> StreamingHttpResponse:
    """A generator: under ASGI Django takes all of it before the first part goes out."""
    return StreamingHttpResponse(_parts(*_arguments(request)), content_type="text/plain")


async def async_view(request: HttpRequest) -> StreamingHttpResponse:
    """An async generator: under WSGI Django takes all of it before the first part goes out."""
    return StreamingHttpResponse(_async_parts(*_arguments(request)), content_type="text/plain")
