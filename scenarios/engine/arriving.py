"""Open load: each arrival of a schedule gets a request of its own, whether or not earlier ones were answered."""

import random
import time
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from gevent.event import Event as Signal

from djbench.load import OpenLoad
from djbench.outcome import CODES, Outcome
from djbench.rate import Stage
from scenarios.draw import Pick
from scenarios.engine.alarm import Alarm
from scenarios.engine.applied import AppliedLoad, Assignment
from scenarios.engine.client import RequestFailed
from scenarios.http11 import Response
from scenarios.job import Job
from scenarios.recording import MAX_LAG_NS
from scenarios.schedule import arrivals_ns, share, stretch

_NEVER_NS = 2**63 - 1
# After so many arrivals in one go the answers get their turn: a generator that cannot keep up shall say so, not hang.
_MOST_AT_ONCE = 64
_FIRST = Pick(0, 0)
_DROPPED = CODES[Outcome.DROPPED]


class OpenPart(AppliedLoad):
    """One process's arrivals, on at most its share of the load's connections.

    A free connection is the one used last, as in nginx's upstream keepalive: so no more are open than the load needs.
    With none free, the arrival waits in line, and its latency goes on counting from when it should have been sent.
    """

    def __init__(self, job: Job, assignment: Assignment) -> None:
        super().__init__(job, assignment)
        assert isinstance(job.load, OpenLoad)
        length_s = job.load.window_s(job.duration_s)
        stages = job.load.stages(length_s)
        before_s = job.offset_s + job.warmup_s
        before = (Stage(stages[0].first, stages[0].first, before_s),) if before_s else ()
        # What is due and which request that is are both drawn from the whole schedule, whoever sends it.
        picks = self.draw.picks(random.Random(f"mix {job.seed}"))  # noqa: S311  a draw, not a secret
        schedule = zip(arrivals_ns((*before, *stages), job.load.arrivals, job.seed), picks, strict=False)
        self._due: Iterator[tuple[int, Pick]] = share(stretch(schedule, round(job.offset_s * 1e9)), self.index, self.of)
        self.opens_ns = self.start_ns + round(job.warmup_s * 1e9)
        closes_ns = self.opens_ns + round(length_s * 1e9)
        self._next_ns = 0
        self._next_pick = _FIRST
        self._boundaries = deque([(self.opens_ns, self._opens), (closes_ns, self.due)])
        self._limit = len(range(self.index, job.load.connections, self.of))
        self._free: list[_Slot] = []
        self._waiting: deque[_Arrival] = deque()
        self._timeout_ns = round(job.timeout_s * 1e9)
        self.recording = False
        self.busy = 0
        self._done = Signal()

    def drive(self) -> None:
        """The whole of this process's part, for its one Locust user."""
        self._advance()
        alarm = Alarm(lambda: self._ring(alarm))
        alarm.at(min(self._next_ns, self._boundaries[0][0]))
        try:
            self._done.wait()
        finally:
            alarm.close()

    def _advance(self) -> None:
        moment, self._next_pick = next(self._due, (None, _FIRST))
        self._next_ns = _NEVER_NS if moment is None else self.start_ns + moment

    def _opens(self, at_ns: int) -> None:
        self.recording = True
        self.warm(at_ns)

    def _ring(self, alarm: Alarm) -> None:
        now_ns = time.perf_counter_ns()
        for _ in range(_MOST_AT_ONCE):
            # A boundary comes after every arrival that was due before it, however late that is taken up.
            if self._boundaries and self._boundaries[0][0] <= min(now_ns, self._next_ns):
                at_ns, tell = self._boundaries.popleft()
                tell(at_ns)
            elif self._next_ns <= now_ns:
                lag_ns = min(MAX_LAG_NS, now_ns - self._next_ns)
                self._arrive(_Arrival(self._next_ns, lag_ns, self._next_pick))
                self._advance()
                now_ns = time.perf_counter_ns()
            else:
                break
        next_ns = min(self._next_ns, self._boundaries[0][0] if self._boundaries else _NEVER_NS)
        if next_ns < _NEVER_NS:
            alarm.at(next_ns)
        else:
            self._end_when_done()

    def _arrive(self, arrival: "_Arrival") -> None:
        if arrival.intended_ns >= self.opens_ns:
            self.planned += 1
        if self._free:
            self._free.pop().send(arrival)
        elif len(self.connections) < self._limit:
            _Slot(self).send(arrival)
        else:
            self._waiting.append(arrival)
            self._drop_overdue()

    def _drop_overdue(self) -> None:
        now_ns = time.perf_counter_ns()
        while self._waiting and now_ns - self._waiting[0].intended_ns > self._timeout_ns:
            self._drop(self._waiting.popleft(), now_ns)

    def _drop(self, arrival: "_Arrival", now_ns: int) -> None:
        if self.recording:
            self.recorder.add(arrival.intended_ns, now_ns, now_ns, arrival.lag_ns, 0, 0, arrival.pick.request, _DROPPED)

    def freed(self, slot: "_Slot") -> None:
        """A connection has nothing to do: it takes the first arrival in line, or waits for one."""
        if self._waiting:
            self._drop_overdue()
        if self._waiting:
            slot.send(self._waiting.popleft())
            return
        self._free.append(slot)
        if not self.busy:
            self._end_when_done()

    def _end_when_done(self) -> None:
        if self.closed_ns and not self.busy and not self._waiting and self._next_ns == _NEVER_NS:
            self._done.set()

    def close(self, at_ns: int) -> None:
        """The window has closed."""
        super().close(at_ns)
        self._end_when_done()

    def wait(self, timeout_s: float) -> None:
        """Wait for the last answer."""
        self._done.wait(timeout_s)
        now_ns = time.perf_counter_ns()
        while self._waiting:
            self._drop(self._waiting.popleft(), now_ns)
        # Of a window that was given up, what was not even taken up was due all the same.
        self.planned += (self._next_ns < _NEVER_NS) + sum(1 for _ in self._due)
        self._done.set()


class _Arrival(NamedTuple):
    """A request that is due."""

    #: When it is due.
    intended_ns: int
    #: How long after that it was taken up.
    lag_ns: int
    #: Its number in the workload, and its variant.
    pick: Pick


class _Slot:
    """One connection's requests, one after the other as arrivals come."""

    def __init__(self, part: OpenPart) -> None:
        self._part = part
        self._connection = part.connect()
        self._arrival = _Arrival(0, 0, _FIRST)
        self._sent_ns = 0

    def send(self, arrival: _Arrival) -> None:
        part = self._part
        part.busy += 1
        request = part.draw.requests[arrival.pick.request]
        self._arrival = arrival
        # It has been idle, and what came meanwhile may not have been looked at yet.
        self._connection.close_if_ended()
        self._sent_ns = now_ns = time.perf_counter_ns()
        self._connection.send(request.method, request.encoded[arrival.pick.variant], now_ns, self._answered)

    def _answered(self, response: Response | None, failure: RequestFailed | None, done_ns: int) -> None:
        part = self._part
        part.busy -= 1
        if part.recording:
            intended_ns, lag_ns, pick = self._arrival
            part.record(intended_ns, self._sent_ns, done_ns, lag_ns, pick.request, response, failure)
        part.freed(self)
