"""sleep: wait a fixed time and do nothing else; the slot is held, the CPU is not."""

import asyncio
import time

from django.http import HttpRequest, HttpResponse

from target_site.responses import answer, values


def payload(delay_s: float) -> dict[str, object]:
    """The answer, after a wait of ``delay_s`` seconds."""
    return {"pattern": "sleep", "slept_s": delay_s}


def sync_view(request: HttpRequest) -> HttpResponse:
    """The wait blocks its thread."""
    delay_s = float(values(request, "sleep")["delay"])
    time.sleep(delay_s)
    return answer(payload(delay_s))


async def async_view(request: HttpRequest) -> HttpResponse:
    """The wait leaves the event loop free."""
    delay_s = float(values(request, "sleep")["delay"])
    await asyncio.sleep(delay_s)
    return answer(payload(delay_s))
