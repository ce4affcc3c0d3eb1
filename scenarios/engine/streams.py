"""Held load: streams that stay open while events come over them, and a probe that asks for something else meanwhile."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import gevent
from gevent.event import Event as Signal

from djbench.load import GAPS_ALIVE, PROBES_PER_S, HeldLoad
from djbench.outcome import CODES, Outcome
from scenarios.engine.applied import AppliedLoad, Assignment
from scenarios.engine.client import Connection, Deadlines, RequestFailed
from scenarios.engine.events import EventConnection, EventSocket
from scenarios.http11 import Response
from scenarios.job import HeldPart, Job, Part

_GAP_NS = round(1e9 / PROBES_PER_S)
# Streams are not awaited, so no time-out ends one.
_DAY_S = 86_400.0
# The sockets are closed only when whoever watches the server has looked at it for the last time.
_LAST_LOOK_S = 0.1
_NEVER_NS = 2**63 - 1
_OK, _EXPECTED = CODES[Outcome.OK], 200


class HeldStreams(AppliedLoad):
    """One process's share of the streams; the first process probes."""

    def __init__(self, job: Job, assignment: Assignment) -> None:
        super().__init__(job, assignment)
        assert isinstance(job.load, HeldLoad)
        self.event_gap_ns = round(job.workload.requests[0].event_gap_s * 1e9)
        self.patience = Deadlines(_DAY_S)
        self._places = range(self.index, job.load.streams, self.of)
        self._all = job.load.streams
        self.event_end = job.workload.requests[0].event_end
        self.streams: list[Stream] = []
        # When the window ends, as far as is known. What comes after that has not come.
        self.ends_ns = _NEVER_NS
        self.warming = True
        self._without = len(self._places)
        self._next_probe_ns = 0
        self._done = Signal()

    def drive(self) -> None:
        """Open the streams evenly over the warm-up; then probe, until the load ends."""
        gevent.spawn(self._limit_warmup)
        for place in self._places:
            gevent.sleep(max(0.0, self._start_s + self.job.warmup_s * place / self._all - time.monotonic()))
            stream = Stream(self)
            self.streams.append(stream)
            stream.begin()
        if self.index == 0:
            self._probe()
        self._done.wait()

    @property
    def _start_s(self) -> float:
        return self.start_ns / 1e9

    def _limit_warmup(self) -> None:
        """At the least time the warm-up may end, at the most it does."""
        gevent.sleep(max(0.0, self._start_s + self.job.warmup_s - time.monotonic()))
        if self._without:
            limit_s = max(self.job.warmup_s, self.job.steady_limit_s)
            gevent.sleep(max(0.0, self._start_s + limit_s - time.monotonic()))
        self._is_warm(time.perf_counter_ns())

    def _is_warm(self, at_ns: int) -> None:
        if self.warming:
            self.warming = False
            self.warm(at_ns)

    def met(self, at_ns: int) -> None:
        """One more stream has had its first event, or never will."""
        self._without -= 1
        if not self._without and at_ns >= self.start_ns + round(self.job.warmup_s * 1e9):
            self._is_warm(at_ns)

    def _probe(self) -> None:
        """Ask again and again for what is sent beside the streams, on a schedule that slow answers do not shift.

        When the window ends with a probe on its way, that one and those that are due after it have no answer.
        """
        request = self.draw.requests[self.draw.beside]
        connection = self.connect(self.draw.beside)
        self._next_probe_ns = time.perf_counter_ns()
        while self._next_probe_ns < self.ends_ns:
            gevent.sleep(max(0.0, (self._next_probe_ns - time.perf_counter_ns()) / 1e9))
            sent_ns, response, failure = time.perf_counter_ns(), None, None
            try:
                response, done_ns = connection.exchange(request.method, request.encoded[0])
            except RequestFailed as error:
                failure, done_ns = error, time.perf_counter_ns()
            if done_ns > self.ends_ns:
                return
            self.record(self._next_probe_ns, sent_ns, done_ns, 0, self.draw.beside, response, failure)
            self._next_probe_ns += _GAP_NS

    def open(self, at_ns: int) -> None:
        """The window has opened, for as long as the job says."""
        super().open(at_ns)
        self.ends_ns = ends_ns = at_ns + round(self.job.duration_s * 1e9)
        gevent.spawn_later(max(0.0, (ends_ns - time.perf_counter_ns()) / 1e9), lambda: self.due(ends_ns))

    def close(self, at_ns: int) -> None:
        """The window has closed, and with it every stream."""
        super().close(at_ns)
        self.ends_ns = min(self.ends_ns, at_ns)
        self._done.set()

    def wait(self, timeout_s: float) -> None:  # noqa: ARG002  what other loads have to wait for
        """There is nothing to wait for: a stream has no end."""
        gevent.sleep(_LAST_LOOK_S)

    def finish(self) -> Part:
        """What became of the streams, then their end."""
        open_ = [stream for stream in self.streams if stream.lost is None]
        served = [stream for stream in open_ if stream.first_ns]
        silent_ns = [self.ends_ns - stream.last_ns for stream in served]
        alive = sum(each_ns < GAPS_ALIVE * self.event_gap_ns for each_ns in silent_ns)
        held = HeldPart(
            alive=alive,
            waiting=len(self._places) - len(self.streams) + len(open_) - alive,
            served=len(served),
            lost=dict(Counter(str(stream.lost) for stream in self.streams if stream.lost is not None)),
            first_event_ns=tuple(stream.first_ns for stream in self.streams if stream.first_ns),
            silences_ns=tuple(each_ns for each_ns in silent_ns if each_ns > self.event_gap_ns),
            probes_unanswered_ns=tuple(self._unanswered_ns()),
        )
        for connection in self.connections:
            connection.forsake()  # none is unfinished: they have no end
        self.patience.close()
        return replace(super().finish(), held=held)

    def _unanswered_ns(self) -> Iterator[int]:
        """For how long each probe that was due in the window, and has no answer, had been due when it ended."""
        if not self._next_probe_ns:
            return
        before = max(0, -(-(self.opened_ns - self._next_probe_ns) // _GAP_NS))
        for due_ns in range(self._next_probe_ns + before * _GAP_NS, self.ends_ns, _GAP_NS):
            yield self.ends_ns - due_ns


class Stream:
    """One stream: its request, and its events as they come."""

    def __init__(self, load: HeldStreams) -> None:
        self._load = load
        self._begun_ns = 0
        self._events = 0
        self.first_ns = 0
        self.last_ns = 0
        self.lost: Outcome | None = None
        request = load.draw.requests[0]
        self._connection: Connection
        if request.target is None:
            self._connection = EventConnection(load.endpoint, load.patience, load.event_end, self._event)
        else:
            self._connection = EventSocket(load.endpoint, load.patience, request.target, self._event)
        load.connections.append(self._connection)

    def begin(self) -> None:
        """Ask for it."""
        request = self._load.draw.requests[0]
        self._begun_ns = time.perf_counter_ns()
        self._connection.send(request.method, request.encoded[0], self._begun_ns, self._ended)

    def _event(self, text: bytes, done_ns: int) -> None:
        load = self._load
        if done_ns > load.ends_ns:
            return
        if b"%06d" % self._events not in text:
            self._connection.fail(Outcome.BODY, f"event {self._events} should have come, and {text[:60]!r} did")
            return
        if not self._events:
            self.first_ns = done_ns - self._begun_ns
            load.met(done_ns)
        elif not load.warming:
            load.recorder.add(self.last_ns, self.last_ns, done_ns, 0, len(text), 200, 0, _OK)
        self._events += 1
        self.last_ns = done_ns

    def _ended(self, response: Response | None, failure: RequestFailed | None, done_ns: int) -> None:
        """It is over, before its time."""
        if done_ns > self._load.ends_ns:
            return
        if failure is not None:
            self.lost = failure.outcome
        else:
            assert response is not None
            self.lost = Outcome.STATUS if response.status != _EXPECTED else Outcome.RESET
        if not self._events:
            self._load.met(done_ns)
