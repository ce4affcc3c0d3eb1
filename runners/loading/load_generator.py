"""The conductor's side of the load generator: one Locust process, or a master with workers, that runs windows."""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self, TypeVar

from pydantic import ValidationError

from djbench.errors import GeneratorLost, RunFailed
from djbench.rooms import command_of
from runners.hosts.ports import free_port
from runners.hosts.process import ManagedProcess, ProcessFailed
from runners.hosts.workspace import Workspace
from runners.loading.waits import Wait, closing, draining, opening
from scenarios import job as messages
from scenarios.job import EVENT, JOB, Job

_STARTUP_S = 30
# What a window may take beyond its own limits before the generator is taken for hung.
_SLACK_S = 15
_TICK_S = 0.25
_COMMAND = command_of("scenarios.generator")
_Event = TypeVar("_Event", bound=messages.Event)


def _nobody_asks(wait: Wait, waited_s: float) -> None:
    """The usual listener to waits."""


class Generator:
    """A context manager around the generator's processes. Entering starts them; ``wait_ready`` waits for them.

    ``processes``: with more than one, each is a worker of a Locust master on loopback, on a CPU of its own as far as
    there are enough, and sends its share of the load. ``waiting`` is told what a window waits for, and for how long it
    has, four times a second.
    """

    def __init__(
        self,
        workspace: Workspace,
        cpus: tuple[int, ...],
        log: str,
        processes: int = 1,
        *,
        waiting: Callable[[Wait, float], None] = _nobody_asks,
    ) -> None:
        self._workspace = workspace
        self._cpus = cpus
        self._log = log
        self._count = processes
        self._waiting = waiting

    def __enter__(self) -> Self:
        self._start_all()
        return self

    def _start_all(self) -> None:
        self._processes: list[ManagedProcess] = []
        self._events: queue.SimpleQueue[messages.Event | bytes | None] = queue.SimpleQueue()
        port = free_port()
        options = ("--master", str(port), "--workers", str(self._count)) if self._count > 1 else ()
        with ExitStack() as starting:
            self._main = self._start(starting, "generator", options, self._cpus, piped=True)
            for number in range(self._count if self._count > 1 else 0):
                cpus = self._cpus[number % len(self._cpus) :][:1] if self._cpus else ()
                self._start(starting, f"generator worker {number}", ("--worker", str(port)), cpus)
            self._stack = starting.pop_all()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _start(
        self, stack: ExitStack, name: str, options: tuple[str, ...], cpus: tuple[int, ...], *, piped: bool = False
    ) -> ManagedProcess:
        process = self._workspace.process(
            name, [*_COMMAND, *options], environment={}, cpus=cpus, piped=piped, log=self._log
        )
        try:
            stack.enter_context(process)
        except ProcessFailed as error:
            raise RunFailed(str(error)) from None
        self._processes.append(process)
        return process

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
        self._reader.join()

    def _read(self) -> None:
        """Pass on every event until the pipe ends; a line that is none is passed on as it is."""
        for line in self._main.stdout:
            try:
                self._events.put(EVENT.validate_json(line))
            except ValidationError:
                self._events.put(line)
        self._events.put(None)

    @property
    def pids(self) -> tuple[int, ...]:
        """Its processes' ids, the one that the conductor talks to first."""
        return tuple(process.pid for process in self._processes)

    def wait_ready(self) -> None:
        """Wait until it takes jobs. Raises RunFailed.

        A master gets a second start with another port: somebody else can take the first one before it does.
        """
        try:
            self._expect_ready()
        except GeneratorLost as error:
            if self._count == 1:
                raise RunFailed(str(error)) from None
            self._start_again()

    def _start_again(self) -> None:
        self._stack.close()
        self._reader.join()
        self._start_all()
        try:
            self._expect_ready()
        except GeneratorLost as error:
            raise RunFailed(str(error)) from None

    def _expect_ready(self) -> None:
        self._expect(messages.Ready, _STARTUP_S, lambda: None)

    def measure(
        self, job: Job, *, opened: Callable[[], None], tick: Callable[[], None], closed: Callable[[], None]
    ) -> tuple[messages.Opened, messages.Closed, messages.Drained]:
        """Run one window. ``opened`` and ``closed`` are called at its ends, ``tick`` four times a second in between.

        Raises GeneratorLost when one of its processes ends, and RunFailed when it hangs.
        """
        try:
            self._main.stdin.write(JOB.dump_json(job) + b"\n")
            self._main.stdin.flush()
        except BrokenPipeError:
            raise GeneratorLost(f"the load generator is gone{self._main.log_tail()}") from None
        first = self._await(messages.Opened, opening(job))
        opened()
        second = self._await(messages.Closed, closing(job), tick)
        closed()
        return first, second, self._await(messages.Drained, draining(job))

    def _await(self, kind: type[_Event], wait: Wait, tick: Callable[[], None] = lambda: None) -> _Event:
        begun_s = time.monotonic()

        def tick_and_tell() -> None:
            tick()
            self._waiting(wait, time.monotonic() - begun_s)

        return self._expect(kind, wait.longest_s + _SLACK_S, tick_and_tell)

    def _expect(self, kind: type[_Event], timeout_s: float, tick: Callable[[], None]) -> _Event:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            try:
                event = self._events.get(timeout=_TICK_S)
            except queue.Empty:
                self._require_alive()
                tick()
                continue
            if isinstance(event, kind):
                return event
            self._require_alive()
            if event is None:  # its end can be read a moment before it is dead
                raise GeneratorLost(f"the load generator ended by itself{self._main.log_tail()}")
            raise RunFailed(f"the load generator said {event!r} where {kind.__name__} was due{self._main.log_tail()}")
        raise RunFailed(f"the load generator did not answer within {timeout_s:g} s{self._main.log_tail()}")

    def _require_alive(self) -> None:
        for process in self._processes:
            try:
                process.require_alive()
            except ProcessFailed as error:
                raise GeneratorLost(f"the load {error}") from None
