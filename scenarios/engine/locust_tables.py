"""Feeds Locust's tables and web page in bulk, so that a request costs what the request costs and not its figures."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import gevent
from locust.env import Environment
from locust.stats import RequestStats, StatsEntry, bucket_response_time

_EVERY_S = 0.5


@dataclass(slots=True)
class _Batch:
    """Requests of one name that are not in Locust's tables yet."""

    #: How long each took.
    times_ms: list[float] = field(default_factory=list)
    #: When each ended, in whole seconds of the clock.
    seconds: list[int] = field(default_factory=list)
    #: The length of all answers, in bytes.
    length: int = 0


class Statistics:
    """One Locust environment's requests on their way into its statistics.

    Anybody's listener for Locust's ``request`` event gets every request at once, as from any Locust client, and
    Locust's tables with it. While there is none, requests are collected and added twice a second, and once at the end.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._batches: dict[tuple[str, str], _Batch] = {}
        self._failures: list[tuple[str, str, Exception]] = []
        # The list is Locust's own, but there is no other way to know whether firing would reach anybody.
        self._handlers = environment.events.request._handlers  # noqa: SLF001
        self._looked_at = -1
        self._listened = False
        environment.events.test_stop.add_listener(lambda **_: self.flush())
        self._flushing = gevent.spawn(self._keep_flushing)

    @property
    def listened(self) -> bool:
        """Does anybody but the runner, which feeds the tables, listen to requests?"""
        if len(self._handlers) != self._looked_at:
            self._looked_at = len(self._handlers)
            self._listened = any(handler.__module__ != "locust.runners" for handler in self._handlers)
        return self._listened

    def fire(self, **request: Any) -> None:
        """Tell the listeners of one request, in the words of Locust's ``request`` event."""
        self._environment.events.request.fire(**request)

    def add(self, method: str, name: str, latency_ms: float, length: int, failure: Exception | None) -> None:
        """One request has ended, and nobody listens."""
        batch = self._batches.get((method, name))
        if batch is None:
            batch = self._batches[method, name] = _Batch()
        batch.times_ms.append(latency_ms)
        batch.seconds.append(int(time.time()))
        batch.length += length
        if failure is not None:
            self._failures.append((method, name, failure))

    def _keep_flushing(self) -> None:
        while True:
            gevent.sleep(_EVERY_S)
            self.flush()

    def close(self) -> None:
        """Add what is left, and collect nothing more."""
        self._flushing.kill()
        self.flush()

    def flush(self) -> None:
        """Add what was collected to Locust's statistics."""
        stats = self._environment.stats
        batches, self._batches = self._batches, {}
        failures, self._failures = self._failures, []
        for (method, name), batch in batches.items():
            entry = _entry(method, name, batch)
            stats.get(name, method).extend(entry)
            stats.total.extend(entry)
        for method, name, failure in failures:
            stats.log_error(method, name, failure)


def _entry(method: str, name: str, batch: _Batch) -> StatsEntry:
    """The batch as Locust's workers report theirs to the master."""
    entry = StatsEntry(RequestStats(), name, method)
    entry.num_requests = len(batch.times_ms)
    # Locust keeps these as float milliseconds, whatever its annotations say.
    entry.total_response_time = sum(batch.times_ms)  # type: ignore[arg-type]
    entry.min_response_time = min(batch.times_ms)  # type: ignore[assignment]
    entry.max_response_time = max(batch.times_ms)  # type: ignore[assignment]
    entry.total_content_length = batch.length
    entry.response_times = dict(Counter(map(bucket_response_time, batch.times_ms)))
    entry.num_reqs_per_sec = dict(Counter(batch.seconds))
    entry.last_request_timestamp = float(batch.seconds[-1])
    return entry
