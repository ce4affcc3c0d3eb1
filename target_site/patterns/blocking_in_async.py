"""blocking_in_async: the classic mistake, a blocking wait inside an async view, beside the two ways to do it right."""

import asyncio
import time

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse

from target_site.responses import answer, values


def payload(delay_s: float) -> dict[str, object]:
    """The answer: how long it waited."""
    return {"pattern": "blocking_in_async", "delay": delay_s}


def _delay_s(request: HttpRequest) -> float:
    return float(values(request, "blocking_in_async")["delay"])


async def async_view(request: HttpRequest) -> HttpResponse:
    """asyncio.sleep: the event loop goes on meanwhile."""
    delay_s = _delay_s(request)
    await asyncio.sleep(delay_s)
    return answer(payload(delay_s))


async def blocking_view(request: HttpRequest) -> HttpResponse:
    """time.sleep: every other request of the process waits too."""
    delay_s = _delay_s(request)
    time.sleep(delay_s)  # noqa: ASYNC251  the mistake that is to be shown
    return answer(payload(delay_s))


async def sync_to_async_view(request: HttpRequest) -> HttpResponse:
    """time.sleep in a thread: under ASGI each request has one of its own for its sync code."""
    delay_s = _delay_s(request)
    await sync_to_async(time.sleep)(delay_s)
    return answer(payload(delay_s))
