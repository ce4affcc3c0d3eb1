"""The HTTP clients that views use: pooled, shared by the process, unlimited, without proxies.

httpx keeps only 20 idle connections by default and would reconnect under load; both sides get the same lifted limits.
Each call of a view goes to a service of its own, and as usual in an aggregator each service has a client of its own.
It also matters for speed: httpcore walks through all connections of a pool, several times per call, so that one pool
for everything spent three times the CPU (16 users x 5 calls; the async side suffered most).
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from urllib.parse import urlencode

import aiohttp
import httpx
import requests
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest

_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=None)
_TLS = httpx.create_ssl_context(trust_env=False)
_TIMEOUT_S = 70  # longer than the longest delay the API can be asked for


@cache
def sync_client(call: int) -> httpx.Client:  # noqa: ARG001  each call has a client of its own
    """The process's client for that number of a call."""
    return httpx.Client(limits=_LIMITS, verify=_TLS, timeout=_TIMEOUT_S, trust_env=False)


def _new_async_client() -> httpx.AsyncClient:
    return httpx.AsyncClient(limits=_LIMITS, verify=_TLS, timeout=_TIMEOUT_S, trust_env=False)


def client_per_request() -> httpx.AsyncClient:
    """A client as examples make it anew for each request: it loads the TLS settings, too, tens of ms of CPU time."""
    return httpx.AsyncClient(timeout=_TIMEOUT_S)


@cache
def _async_client(call: int) -> httpx.AsyncClient:  # noqa: ARG001  as above
    return _new_async_client()


@asynccontextmanager
async def async_clients(request: HttpRequest) -> AsyncIterator[Callable[[int], httpx.AsyncClient]]:
    """The client for each call by its number: the process's pooled ones under ASGI, one for this request under WSGI.

    A client's connections belong to one event loop. Under ASGI there is one for the process; under WSGI Django gives
    each async view a loop of its own, so nothing can be kept: that is what async under WSGI costs, not a handicap.
    """
    if isinstance(request, ASGIRequest):
        yield _async_client
    else:
        async with _new_async_client() as client:
            yield lambda _: client


def _requests_session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    # Its own limit, ten idle connections, would make it reconnect under load.
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=10_000))
    return session


_REQUESTS_SESSION = _requests_session()


def requests_json(url: str) -> object:
    """What the API says to a GET, with requests, over the process's pooled connections."""
    response = _REQUESTS_SESSION.get(url, timeout=_TIMEOUT_S)
    response.raise_for_status()
    return response.json()


# The session of the process's event loop under ASGI; made in the loop, as aiohttp demands.
_aiohttp_sessions: list[aiohttp.ClientSession] = []


def _new_aiohttp_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S),
        raise_for_status=True,
    )


@asynccontextmanager
async def aiohttp_session(request: HttpRequest) -> AsyncIterator[aiohttp.ClientSession]:
    """A session without limits: the process's pooled one under ASGI; under WSGI one for this request alone."""
    if isinstance(request, ASGIRequest):
        if not _aiohttp_sessions:
            _aiohttp_sessions.append(_new_aiohttp_session())
        yield _aiohttp_sessions[0]
    else:
        async with _new_aiohttp_session() as session:
            yield session


def delayed_url(delay_s: float, call: int) -> str:
    """The third-party API's address for answer number ``call``, given after ``delay_s`` seconds."""
    return f"{settings.UPSTREAM_URL}/delay?{urlencode({'seconds': delay_s, 'call': call})}"
