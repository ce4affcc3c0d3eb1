"""upload: receive a file as a browser sends it, and read it."""

import zlib
from collections.abc import Iterable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

from target_site.responses import answer


def payload(parts: Iterable[bytes]) -> dict[str, object]:
    """The answer: how much arrived, and its checksum."""
    size_bytes = crc32 = 0
    for part in parts:
        size_bytes += len(part)
        crc32 = zlib.crc32(part, crc32)
    return {"pattern": "upload", "bytes": size_bytes, "crc32": crc32}


def _respond(request: HttpRequest) -> HttpResponse:
    if "file" not in request.FILES:
        raise BadRequest("send a POST request with a file of that name, as multipart/form-data")
    return answer(payload(request.FILES["file"].chunks()))


def sync_view(request: HttpRequest) -> HttpResponse:
    """A plain function: Django reads the body when it is asked for."""
    return _respond(request)


async def async_view(request: HttpRequest) -> HttpResponse:
    """The same in a coroutine: by then Django has read the body; taking it apart is sync work in the event loop."""
    return _respond(request)
