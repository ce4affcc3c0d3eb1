"""fan_out: several calls to the third-party API, aggregated into one answer."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import aiohttp
import httpx
from django.http import HttpRequest, HttpResponse

from target_site.clients import aiohttp_session, async_clients, delayed_url, requests_json, sync_client
from target_site.responses import answer, values

# Shared by the process and grown on demand. It must not be the limit, as nothing limits gather: 64 users x 10 calls at
# once are 640 threads.
_POOL = ThreadPoolExecutor(max_workers=10_000, thread_name_prefix="fan_out")


def payload(calls: list[object]) -> dict[str, object]:
    """The answer: what the API said to each call, in order."""
    return {"pattern": "fan_out", "calls": calls}


def _arguments(request: HttpRequest) -> tuple[int, float]:
    parameters = values(request, "fan_out")
    return int(parameters["calls"]), float(parameters["delay"])


def _fetch(call: int, delay_s: float) -> object:
    return sync_client(call).get(delayed_url(delay_s, call)).raise_for_status().json()


async def _fetch_async(client: httpx.AsyncClient, call: int, delay_s: float) -> object:
    return (await client.get(delayed_url(delay_s, call))).raise_for_status().json()


async def _fetch_aiohttp(session: aiohttp.ClientSession, call: int, delay_s: float) -> object:
    async with session.get(delayed_url(delay_s, call)) as response:
        return await response.json()


def sync_view(request: HttpRequest) -> HttpResponse:
    """One call after the other."""
    calls, delay_s = _arguments(request)
    return answer(payload([_fetch(call, delay_s) for call in range(calls)]))


def threads_view(request: HttpRequest) -> HttpResponse:
    """All calls at once in threads: the fair sync rival of gather."""
    calls, delay_s = _arguments(request)
    return answer(payload(list(_POOL.map(_fetch, range(calls), repeat(delay_s)))))


def requests_view(request: HttpRequest) -> HttpResponse:
    """One call after the other, with requests."""
    calls, delay_s = _arguments(request)
    return answer(payload([requests_json(delayed_url(delay_s, call)) for call in range(calls)]))


async def aiohttp_view(request: HttpRequest) -> HttpResponse:
    """All calls at once in one event loop, with aiohttp."""
    calls, delay_s = _arguments(request)
    async with aiohttp_session(request) as session:
        answers = await asyncio.gather(*(_fetch_aiohttp(session, call, delay_s) for call in range(calls)))
    return answer(payload(answers))


async def async_view(request: HttpRequest) -> HttpResponse:
    """All calls at once in one event loop."""
    calls, delay_s = _arguments(request)
    async with async_clients(request) as client_of:
        answers = await asyncio.gather(*(_fetch_async(client_of(call), call, delay_s) for call in range(calls)))
    return answer(payload(answers))
