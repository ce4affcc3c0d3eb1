"""large_body: an answer of a given size, one mebibyte by default; what it costs to get bytes out of the server."""

from functools import cache

from django.http import HttpRequest, HttpResponse

from target_site.responses import values


@cache
def payload(size_bytes: int) -> bytes:
    """The body: lines that are all different, so that nothing on the way can be clever about them."""
    lines = b"".join(b"line %08d of large_body\n" % number for number in range(size_bytes // 28 + 1))
    return lines[:size_bytes]


def _respond(request: HttpRequest) -> HttpResponse:
    body = payload(int(values(request, "large_body")["size"]))
    return HttpResponse(body, content_type="text/plain", headers={"Content-Length": str(len(body))})


def sync_view(request: HttpRequest) -> HttpResponse:
    """A plain function."""
    return _respond(request)


async def async_view(request: HttpRequest) -> HttpResponse:
    """The same in a coroutine."""
    return _respond(request)
