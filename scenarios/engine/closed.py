"""Closed load: users without think time, each on a connection of its own."""

import random
import time

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
_PAUSE_AFTER_REFUSAL_S = 0.1
_NEVER_NS = 2**63 - 1


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
        self._users: list[_User] = []

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
        """One user: waits for its moment to start, then sends one request after the other.

        Started all at once the users would be in step from the first cycle on, each cycle a burst that queues at the
        server; so they start evenly over the first half of the warm-up.
        """
        user = _User(self, len(self._users))
        self._users.append(user)
        gevent.sleep(self.job.warmup_s / 2 * user.place / self.load.at_once)
        user.run()

    def answered(self, user: "_User", done_ns: int) -> bool:
        """An answer came in a phase that may end with it. Returns whether it is to be recorded."""
        if user.beside:
            if self.warming is None:
                return bool(self.opened_ns)
            self.warming.met(user.number)
            return False
        if self.warming is not None:
            if self.warming.over(user.number, done_ns):
                self.warming = None
                self._opener = user.number
                self.ends_ns = _NEVER_NS
                self.warm(done_ns)
            return False
        if self._closing is not None and self._closing.ends(user.number):
            self._closing = None
            self.ends_ns = _NEVER_NS
            self.due(done_ns)
        return True

    def open(self, at_ns: int) -> None:
        """The window has opened."""
        self.warming = None
        self._closing = Closing(self._opener, sum(not user.beside for user in self._users))
        self.ends_ns = at_ns + round(self.job.duration_s * 1e9)
        super().open(at_ns)

    def close(self, at_ns: int) -> None:
        """The window has closed: each user ends with the request it is in.

        After a slice the load stays until each request of the slice is answered. Under less load those in flight would
        be answered sooner, and they are a large share of a slice.
        """
        if self.job.standing is not None:
            self._owed = {user.number for user in self._users if user.waits_since_before(at_ns)}
        self.stopping = not self._owed
        self._closing = None
        self.starved = tuple(user.place for user in self._users if not user.beside and user.right_ns <= self.opened_ns)
        super().close(at_ns)

    def paid(self, user: "_User") -> None:
        """The user has an answer, or never gets one."""
        if self._owed:
            self._owed.discard(user.number)
            self.stopping = not self._owed

    def wait(self, timeout_s: float) -> None:
        """Wait for the last answer."""
        with gevent.Timeout(timeout_s, exception=False):
            for user in self._users:
                user.ended.wait()
        self.stopping = True


class _User:
    """One user's requests, one after the other."""

    def __init__(self, part: ClosedPart, number: int) -> None:
        self.number = number
        # When its last right answer came, of those that are recorded.
        self.right_ns = 0
        self.ended = Signal()
        self._part = part
        #: Its number among those of all generators.
        self.place = number * part.of + part.index
        self.beside = self.place >= part.load.users
        self._random = random.Random(f"{part.job.seed} {self.place}")  # noqa: S311  no secret
        self._index = part.draw.beside if self.beside else 0
        self._connection = part.connect(self._index)
        self._sent_ns = 0
        self._done_ns = 0

    def run(self) -> None:
        """Send requests until the load ends; blocks this greenlet, not the event loop."""
        self._next()
        self.ended.wait()

    def waits_since_before(self, at_ns: int) -> bool:
        """Does it wait for the answer to a request of before that moment?"""
        return bool(self._connection.waits_since_ns) and self._sent_ns < at_ns

    def _next(self) -> None:
        part = self._part
        if part.stopping:
            self.ended.set()
            return
        if part.mixed and not self.beside:
            self._index = part.draw.pick(self._random)
        request = part.draw.requests[self._index]
        self._sent_ns = now_ns = time.perf_counter_ns()
        if self._done_ns:
            part.gaps += 1
            part.gaps_ns += now_ns - self._done_ns
        self._connection.send(request.method, request.encoded, now_ns, self._answered)

    def _answered(self, response: Response | None, failure: RequestFailed | None, done_ns: int) -> None:
        self._done_ns = done_ns
        part = self._part
        if (done_ns < part.ends_ns or part.answered(self, done_ns)) and part.record(
            self._sent_ns, self._sent_ns, done_ns, 0, self._index, response, failure
        ):
            self.right_ns = done_ns
        part.paid(self)
        if failure is not None and failure.outcome is Outcome.CONNECT:
            self._done_ns = 0  # a pause of ours, not a gap
            gevent.get_hub().loop.timer(_PAUSE_AFTER_REFUSAL_S).start(self._next)
        else:
            self._next()
