"""http_call: one call to the third-party API, through a pooled client."""

from django.http import HttpRequest, HttpResponse

from target_site.clients import SYNC_CLIENTS, async_clients, delayed_url
from target_site.responses import answer, values


def payload(call: object) -> dict[str, object]:
    """The answer: what the API said."""
    return {"pattern": "http_call", "call": call}


def sync_view(request: HttpRequest) -> HttpResponse:
    """httpx.Client."""
    delay_s = float(values(request, "http_call")["delay"])
    response = SYNC_CLIENTS[0].get(delayed_url(delay_s, 0)).raise_for_status()
    return answer(payload(response.json()))


async def async_view(request: HttpRequest) -> HttpResponse:
    """httpx.AsyncClient."""
    delay_s = float(values(request, "http_call")["delay"])
    async with async_clients(request) as clients:
        response = (await clients[0].get(delayed_url(delay_s, 0))).raise_for_status()
    return answer(payload(response.json()))
