"""Which request a user sends next: drawn from a workload by weight. No Locust."""

from collections.abc import Iterator
from itertools import accumulate
from random import Random
from typing import NamedTuple

from djbench.request import Workload


class Drawn(NamedTuple):
    """A request ready to be sent, and the status, body and body's length of its right answer.

    target: of a message over a WebSocket, where that is opened.
    """

    method: str
    encoded: bytes
    status: int
    body: bytes | None
    length: int | None
    target: str | None = None


class Draw:
    """Draws from a workload, by weight. ``several``: is there more than one request to draw from?"""

    def __init__(self, workload: Workload, host: str, port: int) -> None:
        self.requests = [
            Drawn(
                request.method,
                request.encode(host, port),
                request.expected_status,
                request.expected_body,
                request.expected_length,
                request.path if request.websocket else None,
            )
            for request in workload.requests
        ]
        self.several = len(self.requests) > 1
        self._indices = range(len(self.requests))
        self._weights = list(accumulate(request.weight for request in workload.requests))

    def pick(self, chance: Random) -> int:
        """The number of the next request."""
        return chance.choices(self._indices, cum_weights=self._weights)[0]

    def picks(self, chance: Random) -> Iterator[int]:
        """The numbers of the next requests, without end."""
        while True:
            yield self.pick(chance) if self.several else 0
