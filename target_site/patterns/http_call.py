"""http_call: one call to the third-party API, through a pooled client of each kind, or through a new one."""

from django.http import HttpRequest, HttpResponse

from target_site.clients import (
    aiohttp_session,
    async_clients,
    client_per_request,
    delayed_url,
    requests_json,
    sync_client,
)
from target_site.responses import answer, values


def payload(call: object) -> dict[str, object]:
    """The answer: what the API said."""
    return {"pattern": "http_call", "call": call}


def _url(request: HttpRequest) -> str:
    return delayed_url(float(values(request, "http_call")["delay"]), 0)


def sync_view(request: HttpRequest) -> HttpResponse:
    """httpx.Client."""
    return answer(payload(sync_client(0).get(_url(request)).raise_for_status().json()))


async def async_view(request: HttpRequest) -> HttpResponse:
    """httpx.AsyncClient."""
    async with async_clients(request) as client_of:
        response = (await client_of(0).get(_url(request))).raise_for_status()
    return answer(payload(response.json()))


def requests_view(request: HttpRequest) -> HttpResponse:
    """requests.Session."""
    return answer(payload(requests_json(_url(request))))


async def aiohttp_view(request: HttpRequest) -> HttpResponse:
    """aiohttp.ClientSession."""
    async with aiohttp_session(request) as session, session.get(_url(request)) as response:
        return answer(payload(await response.json()))


async def httpx_per_request_view(request: HttpRequest) -> HttpResponse:
    """A client that begins and ends with the request, with its TLS settings and its connection."""
    async with client_per_request() as client:
        response = (await client.get(_url(request))).raise_for_status()
    return answer(payload(response.json()))
