"""Which request a user sends next: drawn from a workload by weight. No Locust."""

from collections.abc import Iterator
from itertools import accumulate
from random import Random
from typing import NamedTuple

from djbench.request import Workload


class Drawn(NamedTuple):
    """A request ready to be sent, and its right answer."""

    #: The HTTP method.
    method: str
    #: The bytes that go over the wire.
    encoded: bytes
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


class Draw:
    """Draws from a workload, by weight. ``several``: is there more than one request to draw from?

    ``requests``: those that are drawn, and after them those that are sent beside them, from ``beside`` on.
    """

    def __init__(self, workload: Workload, host: str, port: int) -> None:
        self.requests = [
            Drawn(
                request.method,
                request.encode(host, port),
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
        self._indices = range(self.beside)
        self._weights = list(accumulate(request.weight for request in workload.requests))

    def pick(self, chance: Random) -> int:
        """The number of the next request."""
        return chance.choices(self._indices, cum_weights=self._weights)[0]

    def picks(self, chance: Random) -> Iterator[int]:
        """The numbers of the next requests, without end."""
        while True:
            yield self.pick(chance) if self.several else 0
