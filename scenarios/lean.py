"""A Locust user with djbench's lean client: scenarios written as ever, at a fraction of the CPU time.

    from locust import task
    from scenarios.lean import LeanHttpUser

    class Visitor(LeanHttpUser):
        @task(3)
        def home(self):
            self.client.get("/")

        @task
        def order(self):
            self.client.post("/orders", json={"item": 1}, expected_status=201)

It speaks HTTP/1.1 with and without TLS. It follows no redirect, keeps no cookies, asks for no compression and never
sends a request twice: each request is one, measured as it is.
"""

import json as json_
import time
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from locust import User
from locust.env import Environment
from locust.exception import StopTest

from scenarios.engine.client import Connection, Deadlines, Endpoint, RequestFailed, endpoint_of
from scenarios.engine.tables import Statistics
from scenarios.http11 import Response
from scenarios.outcomes import Outcome
from scenarios.workload import encode


@dataclass(frozen=True, slots=True)
class Reply:
    """How a request ended. ``response`` is None when none came; ``reason`` says what is wrong, if anything is."""

    outcome: Outcome
    reason: str
    latency_ms: float
    response: Response | None

    @property
    def ok(self) -> bool:
        """Is it the answer that was expected?"""
        return self.outcome is Outcome.OK

    @property
    def status_code(self) -> int:
        """The status, 0 without a response."""
        return self.response.status if self.response else 0

    @property
    def content(self) -> bytes:
        """The body, empty without a response."""
        return self.response.body if self.response else b""

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.content.decode("utf-8", "replace")

    @property
    def headers(self) -> dict[str, str]:
        """The headers by lower-case name, empty without a response."""
        return self.response.headers() if self.response else {}

    def json(self) -> Any:
        """The body as JSON. Raises ValueError when it is none."""
        return json_.loads(self.content)


class LeanClient:
    """One user's connection. Every method returns a Reply and raises nothing for what a server may do."""

    def __init__(self, endpoint: Endpoint, deadlines: Deadlines, statistics: Statistics) -> None:
        self.connection = Connection(endpoint, deadlines)
        self._host = endpoint.host if endpoint.port in (80, 443) else f"{endpoint.host}:{endpoint.port}"
        self._statistics = statistics
        self._encoded: dict[tuple[str, str], bytes] = {}

    def request(
        self,
        method: str,
        path: str,
        *,
        name: str | None = None,
        data: bytes | str = b"",
        json: Any = None,
        headers: dict[str, str] | None = None,
        expected_status: int | None = None,
        expected_body: bytes | None = None,
        expected_length: int | None = None,
    ) -> Reply:
        """Send one request and wait for its answer.

        name: what Locust's tables call it; the path without one. Without ``expected_status`` any from 200 to 299 is
        right. Raises ValueError when the arguments would not make one HTTP/1.1 request.
        """
        if data or json is not None or headers:
            encoded = self._encode(method, path, data, json, headers or {})
        elif (method, path) in self._encoded:
            encoded = self._encoded[method, path]
        else:
            encoded = self._encoded[method, path] = self._encode(method, path, b"", None, {})
        started_ns = time.perf_counter_ns()
        response: Response | None = None
        try:
            response, done_ns = self.connection.exchange(method, encoded)
            outcome, reason = _judged(response, expected_status, expected_body, expected_length)
        except RequestFailed as error:
            done_ns, outcome, reason = time.perf_counter_ns(), error.outcome, str(error)
        latency_ms = (done_ns - started_ns) / 1e6
        self._statistics.add(
            method,
            name or path,
            latency_ms,
            len(response.body) if response else 0,
            None if outcome is Outcome.OK else RuntimeError(f"{outcome}: {reason}"),
        )
        return Reply(outcome, reason, latency_ms, response)

    def _encode(self, method: str, path: str, data: bytes | str, json: Any, headers: dict[str, str]) -> bytes:
        body = data.encode() if isinstance(data, str) else data
        sent = {"Accept": "*/*", **headers}
        if json is not None:
            body = json_.dumps(json).encode()
            sent.setdefault("Content-Type", "application/json")
        return encode(method, path, self._host, sent, body)

    def get(self, path: str, **options: Any) -> Reply:
        """GET; options as for ``request``."""
        return self.request("GET", path, **options)

    def head(self, path: str, **options: Any) -> Reply:
        """HEAD; options as for ``request``."""
        return self.request("HEAD", path, **options)

    def post(self, path: str, **options: Any) -> Reply:
        """POST; options as for ``request``."""
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> Reply:
        """PUT; options as for ``request``."""
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> Reply:
        """PATCH; options as for ``request``."""
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Reply:
        """DELETE; options as for ``request``."""
        return self.request("DELETE", path, **options)


def _judged(response: Response, status: int | None, body: bytes | None, length: int | None) -> tuple[Outcome, str]:
    """Is this the expected answer, and if not, what is wrong with it?"""
    found = response.status
    if found != status if status is not None else not 200 <= found < 300:
        if 300 <= found < 400 and (target := response.headers().get("location")):
            return Outcome.STATUS, f"{found}, a redirect to {target}, which is not followed: ask for that path itself"
        return Outcome.STATUS, f"status {found}"
    if body is not None and response.body != body:
        return Outcome.BODY, f"another body than expected: {response.body[:60]!r}"
    if length is not None and len(response.body) != length:
        return Outcome.BODY, f"{len(response.body)} bytes where {length} were expected"
    return Outcome.OK, ""


# What the users of one Locust environment share: a name looked up and certificates loaded once, one sweep for
# time-outs, one way into the statistics.


@cache
def _endpoint(url: str, verify: bool) -> Endpoint:
    return endpoint_of(url, verify=verify)


@cache
def _deadlines(environment: Environment, timeout_s: float) -> Deadlines:  # noqa: ARG001  the environment is the key
    return Deadlines(timeout_s)


@cache
def _statistics(environment: Environment) -> Statistics:
    return Statistics(environment)


class LeanHttpUser(User):
    """A Locust user whose ``client`` is lean. timeout_s: the longest wait for an answer. verify: check certificates."""

    abstract = True
    timeout_s: ClassVar[float] = 60.0
    verify: ClassVar[bool] = True

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        try:
            endpoint = _endpoint(self.host or "", self.verify)
        except (ValueError, OSError) as error:
            environment.process_exit_code = 2
            raise StopTest(f"host {self.host}: {error}") from None
        self._deadlines = _deadlines(environment, self.timeout_s)
        self.client = LeanClient(endpoint, self._deadlines, _statistics(environment))

    def on_stop(self) -> None:
        """Close the connection."""
        self.client.connection.close()
        self._deadlines.forget(self.client.connection)
