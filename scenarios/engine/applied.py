"""What closed and open load have in common: one generator process's part of a load, applied and recorded."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from djbench.answer import matches
from djbench.outcome import CODES, Outcome
from scenarios.cpu_clock import cpu_ns_of_all
from scenarios.draw import Draw
from scenarios.engine.client import Connection, Deadlines, RequestFailed
from scenarios.engine.endpoint import Endpoint, socket_address
from scenarios.engine.kept import KeptConnections
from scenarios.engine.socket_connection import SocketConnection
from scenarios.http11 import Response
from scenarios.job import Job, Part
from scenarios.recording import Recorder

_OK, _STATUS, _BODY = CODES[Outcome.OK], CODES[Outcome.STATUS], CODES[Outcome.BODY]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Which part of a load a generator process applies, and whom it tells.

    All generators' coordinator hears of both ends, and says when the window opens and closes.
    """

    #: The part's number.
    index: int
    #: How many parts there are.
    of: int
    #: When the load begins.
    start_ns: int
    #: Called once, with the moment, when the load is warm. Every request is recorded from there on.
    warm: Callable[[int], None]
    #: Called once, with the moment, at the end of the window's length.
    due: Callable[[int], None]
    #: The connections that a slice goes on with; None for a load that has one window.
    kept: KeptConnections | None = None


class AppliedLoad(ABC):
    """One part of a load."""

    def __init__(self, job: Job, assignment: Assignment) -> None:
        self.job = job
        self.index = assignment.index
        self.of = assignment.of
        self.start_ns = assignment.start_ns
        self.warm = assignment.warm
        self.due = assignment.due
        family, address = socket_address(job.host, job.port)
        self.endpoint = Endpoint(family=family, address=address, host=job.host, authority=f"{job.host}:{job.port}")
        self.kept = assignment.kept
        self.deadlines = self.kept.deadlines if self.kept else Deadlines(job.timeout_s)
        self.draw = self.kept.draw(job) if self.kept else Draw(job.workload, job.host, job.port)
        self.recorder = Recorder(Path(f"{job.samples}.{self.index}"))
        self.connections: list[Connection] = []
        self._targets: list[str | None] = []
        self.users = 0
        self.planned = 0
        self.starved: tuple[int, ...] = ()
        self.gaps = 0
        self.gaps_ns = 0
        self.thoughts_ns = 0
        self.opened_ns = 0
        self.closed_ns = 0
        self._at_open = self._at_close = _Marks(0, 0, 0, 0, 0, None)

    @abstractmethod
    def drive(self) -> None:
        """Apply the load, or one user's share of it, from a Locust user's greenlet; until its end."""

    @abstractmethod
    def wait(self, timeout_s: float) -> None:
        """Wait, after the window has closed, until every answer is in, or until the time is up."""

    def all_started(self, users: int) -> None:
        """Locust has started all the users that this process will have."""
        self.users = users

    def connect(self, index: int = 0) -> Connection:
        """Another connection, for request number ``index`` of the workload, which its first request opens."""
        target = self.draw.requests[index].target
        connection = (self.kept.take(target) if self.kept else None) or self._new_connection(target)
        self.connections.append(connection)
        self._targets.append(target)
        return connection

    def _new_connection(self, target: str | None) -> Connection:
        if target is None:
            return Connection(self.endpoint, self.deadlines)
        return SocketConnection(self.endpoint, self.deadlines, target)

    # Positional, for it is called once per request.
    def record(
        self,
        intended_ns: int,
        sent_ns: int,
        done_ns: int,
        lag_ns: int,
        index: int,
        response: Response | None,
        failure: RequestFailed | None,
    ) -> bool:
        """Check the answer to request number ``index`` of the workload, and record how it ended.

        Returns whether it was right.
        """
        if response is None:
            assert failure is not None
            self.recorder.add(intended_ns, sent_ns, done_ns, lag_ns, 0, 0, index, CODES[failure.outcome])
            return False
        code = self.code_of(index, response)
        self.recorder.add(intended_ns, sent_ns, done_ns, lag_ns, len(response[1]), response[0], index, code)
        return code == _OK

    def code_of(self, index: int, response: Response) -> int:
        """How request number ``index`` of the workload ended with this answer."""
        status, body = response[0], response[1]
        _, _, right_status, right_body, right_parts, right_length, _ = self.draw.requests[index]
        if status != right_status:
            return _STATUS
        wrong = (
            (right_body is not None and body != right_body)
            or (right_parts and not matches(body, right_parts))
            or (right_length is not None and len(body) != right_length)
        )
        return _BODY if wrong else _OK

    def open(self, at_ns: int) -> None:
        """The window has opened."""
        self.opened_ns = at_ns
        self._at_open = self._marks()

    def close(self, at_ns: int) -> None:
        """The window has closed."""
        self.closed_ns = at_ns
        self._at_close = self._marks()

    def _marks(self) -> "_Marks":
        own_ns = time.process_time_ns()
        at_ns, server_ns = time.perf_counter_ns(), cpu_ns_of_all(self.job.clocked)
        return _Marks(own_ns, at_ns, self.gaps, self.gaps_ns, self.thoughts_ns, server_ns)

    def finish(self) -> Part:
        """Give up what is still unanswered, write the rest of the samples, and say what was done."""
        unfinished = sum(1 for connection in self.connections if connection.waits_since_ns)
        self._end_connections()
        self.recorder.close()
        before, after = self._at_open, self._at_close
        return Part(
            generator=self.index,
            users=self.users,
            planned=self.planned,
            starved=self.starved,
            unfinished=unfinished,
            connects=sum(connection.connects for connection in self.connections),
            reconnects=sum(connection.reconnects for connection in self.connections),
            gaps=after.gaps - before.gaps,
            gaps_ns=after.gaps_ns - before.gaps_ns,
            thoughts_ns=after.thoughts_ns - before.thoughts_ns,
            cpu_ns=after.cpu_ns - before.cpu_ns,
            span_ns=after.at_ns - before.at_ns,
            server_cpu_ns=_between(before.server_cpu_ns, after.server_cpu_ns),
        )

    def _end_connections(self) -> None:
        """Close them, or keep them for the server's next slice."""
        if self.kept:
            for target, connection in zip(self._targets, self.connections, strict=True):
                self.kept.give_back(target, connection)
            return
        self.deadlines.close()
        for connection in self.connections:
            connection.close()


class _Marks(NamedTuple):
    """Counts that go up, at one end of the window."""

    #: CPU time of this process.
    cpu_ns: int
    #: CLOCK_MONOTONIC.
    at_ns: int
    #: How often a user went from an answer to its next request.
    gaps: int
    #: How long that took in all.
    gaps_ns: int
    #: How long users thought in all.
    thoughts_ns: int
    #: CPU time of the server's processes; None if nobody tells.
    server_cpu_ns: int | None


def _between(before_ns: int | None, after_ns: int | None) -> int | None:
    return None if before_ns is None or after_ns is None else after_ns - before_ns
