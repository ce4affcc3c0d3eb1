"""A Locust user with djbench's lean client. Scenarios import it from ``djbench.lean``.

This module and those that it imports use relative imports. So they work under the name that ``djbench.lean`` gives
them, beside a package called ``scenarios`` of the reader's own.
"""

import json as json_
import time
from dataclasses import dataclass
from typing import Any, ClassVar

from gevent.pool import Group
from locust import User
from locust.env import Environment
from locust.exception import StopTest

from djbench.outcome import Outcome
from djbench.request import encode

from .engine.client import Connection, Deadlines, RequestFailed
from .engine.endpoint import Endpoint, endpoint_of
from .engine.locust_tables import Statistics
from .http11 import Response

_KNOWN_REQUESTS = 256


@dataclass(frozen=True, slots=True)
class Reply:
    """How a request ended."""

    #: In one word.
    outcome: Outcome
    #: What is wrong; empty for the expected answer.
    reason: str
    #: From the request to the end of the answer.
    latency_ms: float
    #: The answer; None if none came.
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

    def __init__(self, user: User, endpoint: Endpoint, deadlines: Deadlines, statistics: Statistics) -> None:
        self.connection = Connection(endpoint, deadlines)
        self._user = user
        self._endpoint = endpoint
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
        else:
            encoded = self._plain(method, path)
        started = time.time()
        started_ns = time.perf_counter_ns()
        response: Response | None = None
        try:
            response, done_ns = self.connection.exchange(method, encoded)
            outcome, reason = _judged(response, expected_status, expected_body, expected_length)
        except RequestFailed as error:
            done_ns, outcome, reason = time.perf_counter_ns(), error.outcome, str(error)
        reply = Reply(outcome, reason, (done_ns - started_ns) / 1e6, response)
        failure = None if reply.ok else RuntimeError(f"{outcome}: {reason}")
        if self._statistics.listened:
            self._statistics.fire(
                request_type=method,
                name=name or path,
                response_time=reply.latency_ms,
                response_length=len(reply.content),
                exception=failure,
                context=self._user.context(),
                response=reply,
                start_time=started,
                url=path,
            )
        else:
            self._statistics.add(method, name or path, reply.latency_ms, len(reply.content), failure)
        return reply

    def _plain(self, method: str, path: str) -> bytes:
        """A request without body and headers of its own; what was asked for lately is not encoded again."""
        encoded = self._encoded.get((method, path))
        if encoded is None:
            if len(self._encoded) >= _KNOWN_REQUESTS:
                self._encoded.clear()
            encoded = self._encoded[method, path] = self._encode(method, path, b"", None, {})
        return encoded

    def _encode(self, method: str, path: str, data: bytes | str, json: Any, headers: dict[str, str]) -> bytes:
        body = data.encode() if isinstance(data, str) else data
        sent = {"Accept": "*/*"}
        if json is not None:
            body = json_.dumps(json).encode()
            sent["Content-Type"] = "application/json"
        sent.update(headers)
        return encode(method, self._endpoint.prefix + path, self._endpoint.authority, sent, body)

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
    answered = response.status
    if answered != status if status is not None else not 200 <= answered < 300:
        if 300 <= answered < 400 and (target := response.headers().get("location")):
            return (
                Outcome.STATUS,
                f"{answered}, a redirect to {target}, which is not followed: ask for that path itself",
            )
        return Outcome.STATUS, f"status {answered}"
    if body is not None and response.body != body:
        return Outcome.BODY, f"another body than expected: {response.body[:60]!r}"
    if length is not None and len(response.body) != length:
        return Outcome.BODY, f"{len(response.body)} bytes where {length} were expected"
    return Outcome.OK, ""


class _Shared:
    """What the users of one Locust environment share, until it quits.

    A name looked up and certificates loaded once, one sweep for time-outs, one way into the statistics.
    """

    def __init__(self, environment: Environment) -> None:
        self.statistics = Statistics(environment)
        self._endpoints: dict[tuple[str, bool], Endpoint] = {}
        self._deadlines: dict[float, Deadlines] = {}
        environment.events.quitting.add_listener(lambda **_: self._close())

    @classmethod
    def of(cls, environment: Environment) -> "_Shared":
        """The environment's, kept with it, so that the two go together."""
        kept = vars(environment)
        if "djbench" not in kept:
            kept["djbench"] = cls(environment)
        shared: _Shared = kept["djbench"]
        return shared

    def endpoint(self, url: str, *, verify: bool) -> Endpoint:
        """Where connections to this URL go. Raises ValueError and OSError."""
        if (url, verify) not in self._endpoints:
            self._endpoints[url, verify] = endpoint_of(url, verify=verify)
        return self._endpoints[url, verify]

    def deadlines(self, timeout_s: float) -> Deadlines:
        """Who ends requests that take longer."""
        if timeout_s not in self._deadlines:
            self._deadlines[timeout_s] = Deadlines(timeout_s)
        return self._deadlines[timeout_s]

    def _close(self) -> None:
        self.statistics.close()
        for deadlines in self._deadlines.values():
            deadlines.close()


class LeanHttpUser(User):
    """A Locust user whose ``client`` is lean. timeout_s: the longest wait for an answer. verify: check certificates."""

    abstract = True
    timeout_s: ClassVar[float] = 60.0
    verify: ClassVar[bool] = True

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        shared = _Shared.of(environment)
        try:
            endpoint = shared.endpoint(self.host or "", verify=self.verify)
        except (ValueError, OSError) as error:
            environment.process_exit_code = 2
            raise StopTest(f"host {self.host}: {error}") from None
        self._deadlines = shared.deadlines(self.timeout_s)
        self.client = LeanClient(self, endpoint, self._deadlines, shared.statistics)

    def start(self, group: Group) -> Any:
        """Start as any user; when it ends, however that is, its connection does too."""
        greenlet = super().start(group)
        greenlet.link(lambda _: self._leave())
        return greenlet

    def _leave(self) -> None:
        self.client.connection.close()
        self._deadlines.forget(self.client.connection)
