"""file_write: write a new file, close it and remove it; as usual nothing waits for the disk itself."""

import uuid
import zlib
from pathlib import Path

import aiofiles
import aiofiles.os
from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from target_site.responses import answer, values

_MIB = bytes(range(256)) * 4096


def payload(content: bytes) -> dict[str, object]:
    """The answer: how much was written, and its checksum; without the file's name, which is different each time."""
    return {"pattern": "file_write", "bytes": len(content), "crc32": zlib.crc32(content)}


def _file(request: HttpRequest) -> tuple[Path, bytes]:
    """A path that is new, and what to write there."""
    size_bytes = int(values(request, "file_write")["size"])
    return settings.DATA_DIR / f"file_write-{uuid.uuid4().hex}", _MIB[:size_bytes]


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
    path.unlink()


def sync_view(request: HttpRequest) -> HttpResponse:
    """In the view's thread."""
    path, content = _file(request)
    _write(path, content)
    return answer(payload(content))


async def async_view(request: HttpRequest) -> HttpResponse:
    """aiofiles: each call goes through the loop's thread pool."""
    path, content = _file(request)
    async with aiofiles.open(path, "wb") as file:
        await file.write(content)
    await aiofiles.os.remove(path)
    return answer(payload(content))


async def sync_to_async_view(request: HttpRequest) -> HttpResponse:
    """The whole blocking work in one thread hop."""
    path, content = _file(request)
    await sync_to_async(_write)(path, content)
    return answer(payload(content))
