"""The Locust user: draws a request from the workload, sends it, checks the answer, reports what happened."""

import random
import time
from collections.abc import Callable
from typing import NamedTuple

import gevent
from locust import User, task
from locust.exception import StopUser
from locust.user.task import LOCUST_STATE_STOPPING

from scenarios.client import Connection, Deadlines, RequestFailed, resolve
from scenarios.outcomes import Outcome
from scenarios.workload import Request, Workload

# After a refused connection: long enough not to burn the generator's core, short enough to see the server come back.
_PAUSE_AFTER_REFUSAL_S = 0.1


class Answer(NamedTuple):
    """How one request ended. Times are CLOCK_MONOTONIC ns; ``request`` is its index in the workload."""

    user: int
    request: int
    intended_ns: int
    sent_ns: int
    done_ns: int
    outcome: Outcome
    status: int
    size: int
    reason: str


class Session:
    """What the users of one load share.

    spread_s: the ``users`` start one after the other, evenly over this many seconds. Started all at once they would be
    in step from the first cycle on, each cycle a burst that queues at the server.
    report: called once per finished request. gaps, gaps_ns: how many times a user went from an answer to its next
    request, and how long that took in all. stopping: set to True, and each user ends after the request it is in.
    """

    def __init__(
        self,
        workload: Workload,
        *,
        host: str,
        port: int,
        timeout_s: float,
        users: int,
        spread_s: float,
        seed: int,
        report: Callable[[Answer], None],
    ) -> None:
        self.requests = workload.requests
        self.encoded = [request.encode(host, port) for request in workload.requests]
        self.weights = [request.weight for request in workload.requests]
        self.family, self.address = resolve(host, port)
        self.deadlines = Deadlines(timeout_s)
        self.users = users
        self.spread_s = spread_s
        self.seed = seed
        self.report = report
        self.stopping = False
        self.gaps = 0
        self.gaps_ns = 0
        self.busy = 0
        self.connections: list[Connection] = []

    def close(self) -> None:
        """The load is over."""
        self.deadlines.close()


def check(request: Request, status: int, body: bytes) -> Outcome:
    """Is this the answer the workload expects?"""
    if status != request.expected_status:
        return Outcome.STATUS
    if request.expected_body is not None and body != request.expected_body:
        return Outcome.BODY
    return Outcome.OK


class SiteUser(User):
    """One user: one connection, the next request as soon as the last one is answered."""

    session: Session

    def on_start(self) -> None:
        """Take a number and a connection, which the first request opens; then wait for one's moment to start."""
        self.number = len(self.session.connections)
        self.connection = Connection(self.session.family, self.session.address, self.session.deadlines)
        self.session.connections.append(self.connection)
        self.answered_ns = 0
        self.random = random.Random(f"{self.session.seed} {self.number}")  # noqa: S311  a draw, not a secret
        gevent.sleep(self.session.spread_s * self.number / self.session.users)

    @task
    def requests(self) -> None:
        """Request after request until the load ends.

        One task for all of them: Locust's way from one task to the next costs as much as a request, and it lets every
        other answer in before the user sends again, so that answers of one moment become requests of one moment.
        """
        session = self.session
        while not session.stopping and self._state != LOCUST_STATE_STOPPING:
            outcome = self._request(session)
            if outcome is Outcome.CONNECT:
                gevent.sleep(_PAUSE_AFTER_REFUSAL_S)
                self.answered_ns = 0  # a pause of ours, not a gap
        raise StopUser

    def _request(self, session: Session) -> Outcome:
        """One request, its check and its report."""
        index = 0
        if len(session.requests) > 1:
            index = self.random.choices(range(len(session.requests)), session.weights)[0]
        request = session.requests[index]
        status, size, reason = 0, 0, ""
        session.busy += 1
        sent_ns = time.perf_counter_ns()
        if self.answered_ns:
            session.gaps += 1
            session.gaps_ns += sent_ns - self.answered_ns
        try:
            response = self.connection.exchange(request.method, session.encoded[index])
            done_ns = time.perf_counter_ns()
            status, size = response.status, len(response.body)
            outcome = check(request, status, response.body)
        except RequestFailed as error:
            done_ns = time.perf_counter_ns()
            outcome, reason = error.outcome, str(error)
        self.answered_ns = done_ns
        session.busy -= 1
        session.report(Answer(self.number, index, sent_ns, sent_ns, done_ns, outcome, status, size, reason))
        return outcome

    def on_stop(self) -> None:
        """Give the connection back."""
        self.connection.close()
