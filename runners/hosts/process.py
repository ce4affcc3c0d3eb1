"""One managed child process: started in its own session on its own CPUs, logged to a file, ended with all its kin."""

import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from djbench.errors import LOG_FOLLOWS
from runners.hosts.cpus import pinned
from runners.hosts.guard import MARK, Guard
from runners.targets.environment import child_environment

GRACE_S = 5.0
# On the way out of an interrupted run: everything has to be gone within two seconds.
HURRIED_GRACE_S = 0.25
_POLL_S = 0.01


class ProcessFailed(Exception):
    """The process ended by itself, or was not ready in time; the message has the last lines of its log."""


def _poll(condition: Callable[[], bool], timeout_s: float) -> bool:
    """Ask again and again until the condition holds; False when the time is up first."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def is_hurried(kind: type[BaseException] | None) -> bool:
    """Is what ends the work Ctrl-C or the like?"""
    return kind is not None and not issubclass(kind, Exception)


class ManagedProcess:
    """A context manager around one child process and everything it starts.

    cpus: where it may run; empty for anywhere. user: the account to run as, for a program that refuses root.
    stop_signal, hurried_signal: what asks it to end, with time and without; PostgreSQL gives its shared memory back
    only when it is asked in its own way. piped: stdin and stdout are pipes to this process; else stdout goes to the
    log like stderr.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        guard: Guard,
        log: Path,
        cwd: Path,
        environment: Mapping[str, str],
        cpus: Sequence[int] = (),
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        hurried_signal: signal.Signals = signal.SIGTERM,
        piped: bool = False,
    ) -> None:
        self.name = name
        self.command = tuple(command)
        self._guard = guard
        self._log = log
        self._cwd = cwd
        self._environment = child_environment({**environment, MARK: guard.mark})
        self._cpus = cpus
        self._user = user
        self._stop_signal = stop_signal
        self._hurried_signal = hurried_signal
        self._piped = piped
        self._process: subprocess.Popen[bytes] | None = None
        self._asked_s: float | None = None

    def __enter__(self) -> Self:
        try:
            self._process = self._started()
        except OSError as error:
            missing = isinstance(error, FileNotFoundError) and error.filename == self.command[0]
            reason = f"there is no program {self.command[0]}; install it, or name its path" if missing else error
            raise ProcessFailed(f"{self.name} could not be started: {reason}") from None
        self._guard.watch_group(self._process.pid, self._hurried_signal)
        return self

    def _started(self) -> "subprocess.Popen[bytes]":
        """The child. Raises OSError, also if its log cannot be written."""
        pipe = subprocess.PIPE if self._piped else None
        with self._log.open("ab") as log, pinned(self._cpus):
            return subprocess.Popen(
                self.command,
                stdin=pipe or subprocess.DEVNULL,
                stdout=pipe or log,
                stderr=log,
                cwd=self._cwd,
                env=self._environment,
                start_new_session=True,
                user=self._user,
                extra_groups=[] if self._user else None,
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(hurried=is_hurried(kind))

    @property
    def pid(self) -> int:
        """The process's id, which is also its group's."""
        return self._running.pid

    @property
    def stdin(self) -> IO[bytes]:
        """The pipe to the process; only for a piped one."""
        assert self._running.stdin is not None
        return self._running.stdin

    @property
    def stdout(self) -> IO[bytes]:
        """The pipe from the process; only for a piped one."""
        assert self._running.stdout is not None
        return self._running.stdout

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the process is used outside its context"
        return self._process

    def alive(self) -> bool:
        """Has it not ended yet? Leaves an ended process unreaped, so that its id stays its own until ``stop``."""
        if self._running.returncode is not None:
            return False
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def require_alive(self) -> None:
        """Raises ProcessFailed when it has ended."""
        if not self.alive():
            raise ProcessFailed(f"{self.name} ended by itself{self.log_tail()}")

    def wait_until(self, ready: Callable[[], bool], timeout_s: float) -> None:
        """Poll until ``ready()``. Raises ProcessFailed when the process ends first or the time is up."""

        def ready_while_alive() -> bool:
            if ready():
                return True
            self.require_alive()
            return False

        if not _poll(ready_while_alive, timeout_s):
            raise ProcessFailed(f"{self.name} was not ready within {timeout_s:g} s{self.log_tail()}")

    def wait(self, timeout_s: float) -> int:
        """Wait for it to end by itself; its exit code. Raises ProcessFailed when the time is up."""
        if not _poll(lambda: not self.alive(), timeout_s):
            raise ProcessFailed(f"{self.name} did not end within {timeout_s:g} s{self.log_tail()}")
        return self.stop()

    def wait_for_success(self, timeout_s: float) -> None:
        """Wait for it to end by itself. Raises ProcessFailed when the time is up or the exit code is not 0."""
        if code := self.wait(timeout_s):
            raise ProcessFailed(f"{self.name} ended with exit code {code}{self.log_tail()}")

    def ask_to_end(self, *, hurried: bool = False) -> None:
        """Ask it to end, without waiting for that; once."""
        if self._asked_s is None and self.alive():
            self._asked_s = time.monotonic()
            self._signal(self._hurried_signal if hurried else self._stop_signal)

    def stop(self, *, hurried: bool = False) -> int:
        """Ask it to end, after a grace KILL its whole group, then reap. Returns the exit code. Safe to call twice.

        The grace begins when it is asked, which may have been before.
        """
        process = self._running
        if process.returncode is not None:
            return process.returncode
        self.ask_to_end(hurried=hurried)
        if self._asked_s is not None:
            grace_s = HURRIED_GRACE_S if hurried else GRACE_S
            _poll(lambda: not self.alive(), self._asked_s + grace_s - time.monotonic())
        # Also when the leader has gone: its children may not have. It is unreaped, so the group's id is still ours.
        self._signal(signal.SIGKILL)
        code = process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
        self._guard.forget_group(process.pid)
        return code

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def log_tail(self, lines: int = 12) -> str:
        """The last lines of its log as a clause to end a message with; says so when there are none."""
        try:
            with self._log.open(encoding="utf-8", errors="replace") as log:
                tail = [line.rstrip() for line in deque(log, maxlen=lines) if line.strip()]
        except OSError:
            tail = []
        if not tail:
            return "; its log is empty"
        return f"{LOG_FOLLOWS} ({self._log}):\n" + "\n".join(f"  {line}" for line in tail)
