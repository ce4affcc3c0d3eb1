"""The conductor's side of the load generator: one Locust process that runs windows on request."""

import queue
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self, TypeVar

from pydantic import ValidationError

from runners.errors import RunFailed
from runners.process import ProcessFailed
from runners.workspace import Workspace
from scenarios import job as messages
from scenarios.job import EVENT, JOB, Job

_STARTUP_S = 30
# What a window may take beyond its own limits before the generator is taken for hung.
_SLACK_S = 15
_Event = TypeVar("_Event", bound=messages.Event)


class Generator:
    """A context manager around the generator's process. Entering starts it; ``wait_ready`` waits for it."""

    def __init__(self, workspace: Workspace, cpus: tuple[int, ...], log: str) -> None:
        self._process = workspace.process(
            "generator",
            [sys.executable, "-P", "-m", "scenarios.generator"],
            environment={},
            cpus=cpus,
            piped=True,
            log=log,
        )
        self._events: queue.SimpleQueue[messages.Event | bytes | None] = queue.SimpleQueue()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._stack.enter_context(self._process)
        except ProcessFailed as error:
            raise RunFailed(str(error)) from None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
        self._reader.join()

    def _read(self) -> None:
        """Pass on every event until the pipe ends; a line that is none is passed on as it is."""
        for line in self._process.stdout:
            try:
                self._events.put(EVENT.validate_json(line))
            except ValidationError:
                self._events.put(line)
        self._events.put(None)

    def wait_ready(self) -> None:
        """Wait until it takes jobs. Raises RunFailed."""
        self._expect(messages.Ready, _STARTUP_S, lambda: None)

    def measure(
        self, job: Job, *, opened: Callable[[], None], tick: Callable[[], None], closed: Callable[[], None]
    ) -> tuple[messages.Opened, messages.Closed, messages.Drained]:
        """Run one window. ``opened`` and ``closed`` are called at its ends, ``tick`` four times a second in between.

        Raises RunFailed when the generator ends or hangs.
        """
        try:
            self._process.stdin.write(JOB.dump_json(job) + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise RunFailed(f"the load generator is gone{self._process.log_tail()}") from None
        first = self._expect(messages.Opened, job.warmup_limit_s + 2 * job.timeout_s + _SLACK_S, lambda: None)
        opened()
        second = self._expect(messages.Closed, job.duration_s + 2 * job.timeout_s + _SLACK_S, tick)
        closed()
        return first, second, self._expect(messages.Drained, job.timeout_s + _SLACK_S, lambda: None)

    def _expect(self, kind: type[_Event], timeout_s: float, tick: Callable[[], None]) -> _Event:
        waited_s = 0.0
        while waited_s < timeout_s:
            try:
                event = self._events.get(timeout=0.25)
            except queue.Empty:
                waited_s += 0.25
                tick()
                continue
            if isinstance(event, kind):
                return event
            try:
                self._process.require_alive()
            except ProcessFailed as error:
                raise RunFailed(f"the load {error}") from None
            raise RunFailed(
                f"the load generator said {event!r} where {kind.__name__} was due{self._process.log_tail()}"
            )
        raise RunFailed(f"the load generator did not answer within {timeout_s:g} s{self._process.log_tail()}")
