"""file_read: open a file and read its first bytes."""

import zlib

import aiofiles
from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from target_site.responses import answer, values

FILE = settings.DATA_DIR / "file_read.bin"


def payload(content: bytes) -> dict[str, object]:
    """The answer: how much was read, and a checksum that proves it was."""
    return {"pattern": "file_read", "bytes": len(content), "crc32": zlib.crc32(content)}


def _read(size_bytes: int) -> bytes:
    with FILE.open("rb") as file:
        content: bytes = file.read(size_bytes)
    return content


def sync_view(request: HttpRequest) -> HttpResponse:
    """Open and read in the view's thread."""
    return answer(payload(_read(int(values(request, "file_read")["size"]))))


async def async_view(request: HttpRequest) -> HttpResponse:
    """aiofiles: each call goes through the loop's thread pool."""
    size_bytes = int(values(request, "file_read")["size"])
    async with aiofiles.open(FILE, "rb") as file:
        content = await file.read(size_bytes)
    return answer(payload(content))


async def sync_to_async_view(request: HttpRequest) -> HttpResponse:
    """The whole blocking read in one thread hop."""
    size_bytes = int(values(request, "file_read")["size"])
    return answer(payload(await sync_to_async(_read)(size_bytes)))
