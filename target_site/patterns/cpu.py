"""cpu: work that only the processor can do; nothing to wait for, nothing to gain from async."""

import hashlib

from django.http import HttpRequest, HttpResponse

from target_site.responses import answer, values


def payload(rounds: int) -> dict[str, object]:
    """The answer: the last hash of a chain of ``rounds``. The work itself is here, for there is no I/O around it."""
    digest = b"djbench"
    for _ in range(rounds):
        digest = hashlib.sha256(digest).digest()
    return {"pattern": "cpu", "digest": digest.hex()}


def sync_view(request: HttpRequest) -> HttpResponse:
    """In the view's thread."""
    return answer(payload(int(values(request, "cpu")["rounds"])))


async def async_view(request: HttpRequest) -> HttpResponse:
    """On the event loop, which answers nobody else meanwhile."""
    return answer(payload(int(values(request, "cpu")["rounds"])))
