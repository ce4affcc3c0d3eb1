"""Closed load: users who wait for each answer, each on a connection of its own."""

import random
import time
from abc import ABC, abstractmethod
from itertools import count
from typing import Any

import gevent
from gevent.event import Event as Signal

from djbench.load import ClosedLoad
from djbench.outcome import Outcome
from scenarios.engine.applied import AppliedLoad, Assignment
from scenarios.engine.client import RequestFailed
from scenarios.http11 import Response
from scenarios.job import Job
from scenarios.window import Closing, WarmUp

# After a refused connection: long enough not to burn the generator's core, short enough to see the server come back.
PAUSE_AFTER_REFUSAL_S = 0.1
_NEVER_NS = 2**63 - 1


class Seat(ABC):
    """The place of one user among those of all generators, and what is known of whoever has it."""

    def __init__(self, part: "ClosedPart", number: int) -> None:
        self.number = number
        #: Its number among those of all generators.
        self.place = number * part.of + part.index
        self.beside = self.place >= part.load.users
        # When its last right answer came, of those that are recorded.
        self.right_ns = 0
        self.ended = Signal()

    @abstractmethod
    def run(self) -> None:
        """Send requests until the load ends; blocks this greenlet, not the event loop."""

    @abstractmethod
    def waits_since_before(self, at_ns: int) -> bool:
        """Does it wait for the answer to a request of before that moment?"""

    @abstractmethod
    def leave(self) -> None:
        """The load has ended: whoever waits for no answer goes now."""


class ClosedPart(AppliedLoad):
    """One process's users. Each sends its next request from within the callback of its last answer.

    No greenlet runs in between: Locust's way from one task to the next costs more than the request, and it lets every
    other answer in before the user sends again, so that answers of one moment become requests of one moment.
    """

    def __init__(self, job: Job, assignment: Assignment) -> None:
        super().__init__(job, assignment)
        assert isinstance(job.load, ClosedLoad)
        self.load = job.load
        self.stopping = False
        self.mixed = self.draw.several
        self.warming: WarmUp | None = WarmUp(
            started_ns=self.start_ns,
            least_s=job.warmup_s,
            limit_s=job.answered_limit_s,
            steady_limit_s=job.steady_limit_s,
        )
        # The moment from which on an answer may end the phase at hand: every one in the warm-up, then none until the
        # window's end is known.
        self.ends_ns = 0
        # Whose answer ended the warm-up. Of users in step the first to be answered at the end of the window's length
        # would cut off the others' round.
        self._opener: int | None = None
        self._closing: Closing | None = None
        # Of a slice, who waits for an answer that belongs to it: the load stays until they have theirs.
        self._owed: set[int] = set()
        self.seats: list[Seat] = []
        self._numbers = count()  # and not their length: a user may look up a name while others are made

    def seat(self, number: int) -> Seat:
        """User ``number`` of this process."""
        return ClosedUser(self, number)

    @property
    def gathering_s(self) -> float:
        """The time over which users start evenly.

        Started all at once the users would be in step from the first cycle on, each cycle a burst that queues at the
        server; so they start over the first half of the warm-up.
        """
        return self.job.warmup_s / 2

    def all_started(self, users: int) -> None:
        """So many users have to be answered before the load is warm."""
        super().all_started(users)
        if self.warming is not None:
            self.warming.users = users
            places = (number * self.of + self.index for number in range(users))
            self.warming.beside = sum(place >= self.load.users for place in places)
            if not users:  # nobody whose answer could say so
                self.warming = None
                self.warm(self.start_ns)

    def drive(self) -> None:
        """One user: waits for its moment to start, then sends one request after the other."""
        seat = self.seat(next(self._numbers))
        self.seats.append(seat)
        gevent.sleep(self.gathering_s * seat.place / self.load.at_once)
        seat.run()

    def answered(self, seat: Seat, done_ns: int) -> bool:
        """An answer came in a phase that may end with it. Returns whether it is to be recorded."""
        if seat.beside:
            if self.warming is None:
                return bool(self.opened_ns)
            self.warming.met(seat.number)
            return False
        if self.warming is not None:
            if self.warming.over(seat.number, done_ns):
                self.warming = None
                self._opener = seat.number
                self.ends_ns = _NEVER_NS
                self.warm(done_ns)
            return False
        if self._closing is not None and self._closing.ends(seat.number):
            self._closing = None
            self.ends_ns = _NEVER_NS
            self.due(done_ns)
        return True

    def open(self, at_ns: int) -> None:
        """The window has opened."""
        self.warming = None
        self._closing = self.closing(self._opener, sum(not seat.beside for seat in self.seats))
        self.ends_ns = at_ns + round(self.job.duration_s * 1e9)
        super().open(at_ns)

    def closing(self, opener: int | None, users: int) -> Closing:
        """Whose answer may end the window once it has its length."""
        return Closing(opener, users)

    def close(self, at_ns: int) -> None:
        """The window has closed: each user ends with the request it is in.

        After a slice the load stays until each request of the slice is answered. Under less load those in flight would
        be answered sooner, and they are a large share of a slice.
        """
        if self.job.standing is not None:
            self._owed = {seat.number for seat in self.seats if seat.waits_since_before(at_ns)}
        self.stopping = not self._owed
        self._closing = None
        super().close(at_ns)
        self.starved = tuple(seat.place for seat in self.seats if self.starves(seat))
        if self.stopping:
            for seat in self.seats:
                seat.leave()

    def starves(self, seat: Seat) -> bool:
        """Has a measured user had no right answer in the window?"""
        return not seat.beside and seat.right_ns <= self.opened_ns

    def paid(self, seat: Seat) -> None:
        """The user has an answer, or never gets one."""
        if self._owed:
            self._owed.discard(seat.number)
            self.stopping = not self._owed

    def wait(self, timeout_s: float) -> None:
        """Wait for the last answer."""
        with gevent.Timeout(timeout_s, exception=False):
            for seat in self.seats:
                seat.ended.wait()
        self.stopping = True


class ClosedUser(Seat):
    """One user's requests, one after the other."""

    def __init__(self, part: ClosedPart, number: int) -> None:
        super().__init__(part, number)
        self.part = part
        self.random = random.Random(f"{part.job.seed} {part.job.offset_s} {self.place}")  # noqa: S311  no secret
        self.index = part.draw.beside if self.beside else 0
        self.connection = part.connect(self.index)
        self.sent_ns = 0
        # When its last answer came; 0 if it does not go straight on to the next request.
        self.done_ns = 0
        # All that it sends, if there is nothing to draw.
        request = part.draw.requests[self.index]
        alone = len(request.encoded) == 1 and (self.beside or not part.mixed)
        self._only = (request.method, request.encoded[0]) if alone else None
        # The timer that ends its pause; None while it has none.
        self._pause: Any = None

    def run(self) -> None:
        """Send requests until the load ends; blocks this greenlet, not the event loop."""
        self.go_on()
        self.ended.wait()

    def waits_since_before(self, at_ns: int) -> bool:
        """Does it wait for the answer to a request of before that moment?"""
        return bool(self.connection.waits_since_ns) and self.sent_ns < at_ns

    def leave(self) -> None:
        """End a pause: nothing is sent after it."""
        if self._pause is not None:
            self._pause.stop()
            self._resume()

    def go_on(self) -> None:
        """Send the next request."""
        part = self.part
        if part.stopping:
            self.ended.set()
            return
        method, encoded = self._only or self._drawn()
        self.sent_ns = now_ns = time.perf_counter_ns()
        if self.done_ns:
            part.gaps += 1
            part.gaps_ns += now_ns - self.done_ns
        self.connection.send(method, encoded, now_ns, self.answered)

    def _drawn(self) -> tuple[str, bytes]:
        """The method and the bytes of its next request."""
        part = self.part
        if part.mixed and not self.beside:
            self.index = part.draw.pick(self.random)
        request = part.draw.requests[self.index]
        return request.method, self.random.choice(request.encoded)

    def answered(self, response: Response | None, failure: RequestFailed | None, done_ns: int) -> None:
        """Its request is over."""
        self.done_ns = done_ns
        part = self.part
        if (done_ns < part.ends_ns or part.answered(self, done_ns)) and part.record(
            self.sent_ns, self.sent_ns, done_ns, 0, self.index, response, failure
        ):
            self.right_ns = done_ns
        part.paid(self)
        if failure is not None and failure.outcome is Outcome.CONNECT:
            self.done_ns = 0  # a pause of ours, not a gap
            self.pause(PAUSE_AFTER_REFUSAL_S)
        else:
            self.go_on()

    def pause(self, pause_s: float) -> None:
        """Go on after a while."""
        self._pause = gevent.get_hub().loop.timer(pause_s)
        self._pause.start(self._resume)

    def _resume(self) -> None:
        self._pause = None
        self.go_on()
