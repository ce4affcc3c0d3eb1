"""self_aggregate: a view that calls other views of the same server and puts their answers together.

It works where a slot is free for the inner calls. Where every slot holds a request that waits for one, nobody can
answer, and after ``PATIENCE_S`` it says so.
"""

import asyncio
import json

import httpx
from django.http import HttpRequest, HttpResponse

from target_site.clients import async_clients, sync_client
from target_site.patterns import sleep  # noqa: F401  what its calls ask for comes with it, at the start
from target_site.responses import answer, values

PATIENCE_S = 3.0
_NO_SLOT = f"no slot of this server was free for an inner call within {PATIENCE_S:g} s: all wait for one another"


def payload(calls: list[object]) -> dict[str, object]:
    """The answer: what the inner calls said."""
    return {"pattern": "self_aggregate", "calls": calls}


def _inner(request: HttpRequest, style: str) -> tuple[int, str]:
    parameters = values(request, "self_aggregate")
    return int(parameters["calls"]), f"http://{request.get_host()}/sleep/{style}?delay={parameters['delay']}"


def _stuck() -> HttpResponse:
    return HttpResponse(json.dumps({"error": _NO_SLOT}), status=504, content_type="application/json")


def sync_view(request: HttpRequest) -> HttpResponse:
    """One call after the other."""
    calls, url = _inner(request, "sync")
    try:
        bodies = [sync_client(call).get(url, timeout=PATIENCE_S).raise_for_status().json() for call in range(calls)]
    except httpx.TimeoutException:
        return _stuck()
    return answer(payload(bodies))


async def _ask(client: httpx.AsyncClient, url: str) -> object:
    return (await client.get(url, timeout=PATIENCE_S)).raise_for_status().json()


async def async_view(request: HttpRequest) -> HttpResponse:
    """All calls at once."""
    calls, url = _inner(request, "async")
    try:
        async with async_clients(request) as client_of:
            bodies = await asyncio.gather(*(_ask(client_of(call), url) for call in range(calls)))
    except httpx.TimeoutException:
        return _stuck()
    return answer(payload(list(bodies)))
