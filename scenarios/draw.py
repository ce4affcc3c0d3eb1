"""Which request a user sends next: drawn from a workload by weight. No Locust."""

from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate
from random import Random
from typing import NamedTuple

from djbench.request import Request, Workload

# Variants that are ready to be sent take no more memory than this: of large bodies there are fewer.
_VARIANTS_BYTES = 64 * 2**20


class Drawn(NamedTuple):
    """A request ready to be sent, and its right answer."""

    #: The HTTP method.
    method: str
    #: The bytes that go over the wire; of several variants, each time one is drawn evenly.
    encoded: tuple[bytes, ...]
    #: The status of the right answer.
    status: int
    #: The body of the right answer; None if any body is right.
    body: bytes | None
    #: What the body of a right answer has, in this order; empty if ``body`` decides.
    parts: tuple[bytes, ...]
    #: The length of its body in bytes; None if any length is right.
    length: int | None
    #: Of a message over a WebSocket, the path where that is opened; None for a request.
    target: str | None = None


class Pick(NamedTuple):
    """What is sent next."""

    #: The number of the request.
    request: int
    #: The number of its variant.
    variant: int


class Draw:
    """Draws from a workload, by weight. ``several``: is there more than one request to draw from?

    ``requests``: those that are drawn, and after them those that are sent beside them, from ``beside`` on.
    """

    def __init__(self, workload: Workload, host: str, port: int) -> None:
        self.requests = [
            Drawn(
                request.method,
                tuple(_encoded(request, host, port)) if workload.journey is None else (request.encode(host, port),),
                request.expected_status,
                request.expected_body,
                request.expected_parts,
                request.expected_length,
                request.path if request.websocket else None,
            )
            for request in (*workload.requests, *workload.beside)
        ]
        self.beside = len(workload.requests)
        self.several = self.beside > 1
        self._weights = list(accumulate(request.weight for request in workload.requests))

    def pick(self, chance: Random) -> int:
        """The number of the next request."""
        # As ``Random.choices`` does it, without what that costs around it.
        return bisect(self._weights, chance.random() * self._weights[-1], 0, self.beside - 1)

    def picks(self, chance: Random) -> Iterator[Pick]:
        """The next requests, without end."""
        while True:
            index = self.pick(chance) if self.several else 0
            variants = len(self.requests[index].encoded)
            yield Pick(index, int(chance.random() * variants) if variants > 1 else 0)


def _encoded(request: Request, host: str, port: int) -> Iterator[bytes]:
    """The request as it is, or as each of its variants: as many as there is room for."""
    if not request.variants:
        yield request.encode(host, port)
    left_bytes = _VARIANTS_BYTES
    for variant in request.variants:
        encoded = request.filled(variant).encode(host, port)
        yield encoded
        left_bytes -= len(encoded)
        if left_bytes < 0:
            return
