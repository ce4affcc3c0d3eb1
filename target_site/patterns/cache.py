"""cache: read one value from Django's cache and write another; local memory, or Redis where its URL is given."""

import zlib

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from target_site.responses import answer, values

_MIB = bytes(range(256)) * 4096


def payload(content: bytes) -> dict[str, object]:
    """The answer: what was in the cache."""
    return {"pattern": "cache", "bytes": len(content), "crc32": zlib.crc32(content)}


def _wanted(request: HttpRequest) -> tuple[str, bytes]:
    """The key, and what is to be under it: written by whoever finds nothing there."""
    size_bytes = int(values(request, "cache")["size"])
    return f"value-{size_bytes}", _MIB[:size_bytes]


def sync_view(request: HttpRequest) -> HttpResponse:
    """get, set."""
    key, content = _wanted(request)
    value = cache.get(key)
    if value is None:
        cache.set(key, value := content)
    cache.set("seen", key)
    return answer(payload(value))


async def async_view(request: HttpRequest) -> HttpResponse:
    """aget, aset: for backends without a way of their own, the sync ones in a thread."""
    key, content = _wanted(request)
    value = await cache.aget(key)
    if value is None:
        await cache.aset(key, value := content)
    await cache.aset("seen", key)
    return answer(payload(value))
