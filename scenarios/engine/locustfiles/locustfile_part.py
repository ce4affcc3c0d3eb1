"""A closed load of a reader's own Locust users: their tasks and waits, measured as all others are."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gevent
from gevent.pool import Group
from locust import User
from locust.exception import StopUser
from locust.user.task import LOCUST_STATE_WAITING

from djbench.outcome import CODES, Outcome
from scenarios.engine.applied import Assignment
from scenarios.engine.closed import ClosedPart, Seat
from scenarios.engine.locustfiles.reader_users import reader_users
from scenarios.job import Job, Part
from scenarios.window import Closing

_OK = CODES[Outcome.OK]
# Names beyond these count as one: a file that names each URL by itself would have as many as there are rows.
_MOST_NAMES, _OTHERS = 1000, "others"
_FIRST_ERROR = 400
_KILL_S = 1.0


class LocustfilePart(ClosedPart):
    """One process's users, each in a greenlet of its own. What they send is heard of by Locust's ``request`` event."""

    def __init__(self, job: Job, assignment: Assignment) -> None:
        super().__init__(job, assignment)
        assert job.workload.journey is not None
        self._file = reader_users(job.workload.journey.locustfile)
        self._classes = self._file.users(self.load.users, f"http://{self.endpoint.authority}", job.timeout_s)
        self.greenlets = _Calm()
        self._seats: dict[Any, ReaderSeat] = {}
        self._names: dict[str, int] = {}
        random.seed(job.seed)  # which tasks they choose, and how long they wait
        events = self._file.environment.events
        events.request.add_listener(self._heard)
        events.user_error.add_listener(self._raised)
        events.test_start.fire(environment=self._file.environment)

    def seat(self, number: int) -> Seat:
        """User ``number`` of this process."""
        user = self._classes[number * self.of + self.index](self._file.environment)
        if hasattr(user, "client") and hasattr(user.client, "connection"):  # of djbench.lean
            self.connections.append(user.client.connection)
            self._targets.append(None)
        return ReaderSeat(self, number, user)

    def sits(self, seat: "ReaderSeat", greenlet: object) -> None:
        """That user runs in that greenlet."""
        self._seats[greenlet] = seat

    def closing(self, opener: int | None, users: int) -> Closing:  # noqa: ARG002  they may wait for long
        """Any answer ends the window."""
        return Closing(None, users)

    def starves(self, seat: Seat) -> bool:
        """A user who waits between two tasks has been served."""
        return super().starves(seat) and seat.waits_since_before(self.closed_ns)

    def _heard(
        self,
        request_type: str,
        name: str,
        response_time: float,
        response_length: int,
        exception: Exception | None,
        response: object = None,
        **_: object,
    ) -> None:
        """A request of some user has ended just now."""
        done_ns = time.perf_counter_ns()
        sent_ns = done_ns - round(response_time * 1e6)
        seat = self._seats.get(gevent.getcurrent()) or next(iter(self._seats.values()))
        if seat.done_ns:
            self.gaps += 1
            self.thoughts_ns += max(0, sent_ns - seat.done_ns)
        seat.done_ns = done_ns
        code = CODES[outcome_of(exception, response)]
        if done_ns < self.ends_ns or self.answered(seat, done_ns):
            status = getattr(response, "status_code", 0) or 0
            index = self._index(f"{request_type} {name}")
            self.recorder.add(sent_ns, sent_ns, done_ns, 0, response_length or 0, status, index, code)
            if code == _OK:
                seat.right_ns = done_ns
        if self.stopping:
            raise StopUser

    def _raised(self, exception: Exception, **_: object) -> None:
        """A task has raised what it did not catch: that is an error of the load, whatever the request before was."""
        now_ns = time.perf_counter_ns()
        if self.opened_ns and not self.stopping:
            index = self._index(f"a task raised {type(exception).__name__}")
            self.recorder.add(now_ns, now_ns, now_ns, 0, 0, 0, index, CODES[Outcome.BODY])

    def _index(self, name: str) -> int:
        if name not in self._names and len(self._names) >= _MOST_NAMES:
            name = _OTHERS
        return self._names.setdefault(name, len(self._names))

    def finish(self) -> Part:
        """End those who have not ended by themselves."""
        unfinished = sum(not seat.ended.is_set() for seat in self.seats)
        part = super().finish()
        self.greenlets.kill(timeout=_KILL_S)
        events = self._file.environment.events
        events.test_stop.fire(environment=self._file.environment)
        events.request.remove_listener(self._heard)
        events.user_error.remove_listener(self._raised)
        return replace(part, unfinished=unfinished, names=tuple(self._names))


class ReaderSeat(Seat):
    """The place of one of the reader's users."""

    def __init__(self, part: LocustfilePart, number: int, user: User) -> None:
        super().__init__(part, number)
        self._part = part
        self._user = user
        # When its last request ended; 0 before that.
        self.done_ns = 0
        # Where it runs; None before it does.
        self._greenlet: Any = None

    def run(self) -> None:
        """Do its tasks until the load ends."""
        if not self._part.stopping:
            self._greenlet = self._user.start(self._part.greenlets)
            self._part.sits(self, self._greenlet)
            self._greenlet.join()
        self.ended.set()

    def waits_since_before(self, at_ns: int) -> bool:  # noqa: ARG002  its tasks know since when
        """Is it in the middle of a task?"""
        return self._user._state != LOCUST_STATE_WAITING  # noqa: SLF001  there is no other way to know

    def leave(self) -> None:
        """A user between two tasks ends at once, any other with the request that it is in."""
        if self._greenlet is not None and not self._greenlet.dead:
            gevent.spawn(self._user.stop)


class _Calm(Group):  # type: ignore[misc]  # gevent has no types
    """Users whose end may be an error. Locust has told it, and it ends nobody else."""

    def spawn(self, function: Callable[..., object], *arguments: object) -> Any:
        return super().spawn(_ended_calmly, function, *arguments)


def _ended_calmly(function: Callable[..., object], *arguments: object) -> None:
    try:
        function(*arguments)
    except StopUser:  # from a request that it sends on its way out
        return
    except Exception as error:  # noqa: BLE001  a reader's file can raise anything
        logging.getLogger(__name__).warning("a user of the locustfile has ended: %r", error)


def outcome_of(exception: Exception | None, response: object) -> Outcome:
    """How a request of any Locust client ended."""
    if exception is None:
        return Outcome.OK
    told = getattr(response, "outcome", None)  # by djbench.lean
    if isinstance(told, Outcome):
        return told
    if "timeout" in type(exception).__name__.lower():
        return Outcome.TIMEOUT
    status = getattr(response, "status_code", 0)
    if not status:
        return Outcome.RESET
    return Outcome.STATUS if status >= _FIRST_ERROR else Outcome.BODY
