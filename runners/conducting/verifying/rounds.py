"""One round of requests to a server: all of a workload once, with some of their variants."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from djbench.errors import ServerFailed
from djbench.request import Request, Workload
from runners.conducting.verifying.looks import require_plausible, require_status
from runners.servers.instance import HOST, Instance, Received
from scenarios.visiting.visit import Itinerary, Visit


class Round(Protocol):
    """Asks for each of its requests once."""

    @property
    def requests(self) -> Sequence[Request]:
        """What is asked for, in the order of the answers."""
        ...

    def answers(self) -> list[Received]:
        """Each answer, without the body if that is not compared. Raises ServerFailed for one that is not right."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Requests that take nothing from each other."""

    #: Who is asked.
    instance: Instance
    #: What is sent.
    requests: Sequence[Request]
    #: The time-out of the load.
    timeout_s: float
    #: Is an answer looked at even if it has the right status?
    suspicious: bool

    def answers(self) -> list[Received]:
        """See Round."""
        asked = ((request, self.instance.ask(request, self.timeout_s)) for request in self.requests)
        return [_looked_at(self.instance, request, received, suspicious=self.suspicious) for request, received in asked]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Passes through a journey, each by a visitor of its own."""

    #: Who is asked.
    instance: Instance
    #: What a visitor does.
    workload: Workload
    #: What chooses the session and the variants of each pass.
    draws: Sequence[int]
    #: The time-out of the load.
    timeout_s: float
    #: Is an answer looked at even if it has the right status?
    suspicious: bool

    @property
    def requests(self) -> list[Request]:
        """See Round. A step is named with the blanks that its visitor fills in."""
        return [request.drawn(draw) for draw in self.draws for request in self.workload.requests]

    def answers(self) -> list[Received]:
        """See Round."""
        itinerary = Itinerary(self.workload, f"{HOST}:{self.instance.port}")
        return [received for draw in self.draws for received in self._visit(itinerary, draw)]

    def _visit(self, itinerary: Itinerary, draw: int) -> Iterator[Received]:
        """The answers of one pass. Raises ServerFailed for a wrong answer, or one without what later steps need."""
        assert self.workload.journey is not None, "only a journey has visitors"
        sessions = self.workload.journey.sessions
        visit = Visit(itinerary, sessions[draw % len(sessions)] if sessions else "", draw)
        for step, request in enumerate(self.workload.requests):
            response = self.instance.exchange(request, visit.encoded(step, time.time()), self.timeout_s)
            yield _looked_at(self.instance, request, Received.of(response), suspicious=self.suspicious)
            if missing := visit.answered(step, response, time.time()):
                raise ServerFailed(f"{request.line} answered without {missing}, which later steps take from it")


def _looked_at(instance: Instance, request: Request, received: Received, *, suspicious: bool) -> Received:
    """The answer, as far as it is compared. Raises ServerFailed for a wrong one."""
    require_status(request, received, instance.process)
    if not request.compared:
        return Received(received.status, b"")
    if suspicious:
        require_plausible(request, received)
    return received


def round_of(instance: Instance, workload: Workload, timeout_s: float, *, variants: int, suspicious: bool) -> Round:
    """The round for a workload. variants: so many of each request at most, or so many different visitors."""
    if workload.journey:
        count = max(1, len(workload.journey.sessions), *(len(request.variants) for request in workload.requests))
        draws = evenly(count, variants)
        return Visits(instance=instance, workload=workload, draws=draws, timeout_s=timeout_s, suspicious=suspicious)
    requests = [some for request in workload.requests for some in _variants(request, variants)]
    return Requests(instance=instance, requests=requests, timeout_s=timeout_s, suspicious=suspicious)


def _variants(request: Request, most: int) -> Iterator[Request]:
    """The request; of one with variants so many at most, evenly spread over all of them."""
    if not request.variants:
        yield request
    for number in evenly(len(request.variants), most):
        yield request.filled(request.variants[number])


def evenly(count: int, most: int) -> list[int]:
    """Up to ``most`` of the numbers below ``count``, from the first to the last, evenly spread."""
    chosen = min(count, most)
    return [number * (count - 1) // max(1, chosen - 1) for number in range(chosen)]
