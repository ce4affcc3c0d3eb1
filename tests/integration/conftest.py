"""What integration tests share: the command line as a subprocess, and a look at what it leaves behind."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from runners.guard import MARK

# A run that is over in seconds.
SHORT = ("--blocks", "1", "--users", "2", "--warmup", "0.1", "--duration", "0.3", "--database", "sqlite")


def djbench(
    *arguments: str, cwd: Path, timeout_s: float = 120, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "runners", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        env={**os.environ, **(environment or {})},
    )


@contextmanager
def started(arguments: Sequence[str], cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the command in the background, in a session of its own; kill it at the end if it is still there."""
    process = subprocess.Popen(
        [sys.executable, "-m", "runners", *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def marked() -> dict[int, str]:
    """Every process on this machine that belongs to some djbench run, by id: what it is."""
    found = {}
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) or "runners.guard" in process.cmdline():
                found[process.pid] = " ".join(process.cmdline())[:100]
        except psutil.Error:
            continue
    return found


def wait_until_gone(before: dict[int, str], timeout_s: float) -> dict[int, str]:
    """Wait until no process of a run is there that was not there before; what is left when the time is up."""
    deadline = time.monotonic() + timeout_s
    while (left := {pid: name for pid, name in marked().items() if pid not in before}) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def wait_for(path: Path, pattern: str, timeout_s: float = 60) -> None:
    """Wait until a file that matches is there."""
    deadline = time.monotonic() + timeout_s
    while not list(path.glob(pattern)):
        assert time.monotonic() < deadline, f"no {pattern} in {path} after {timeout_s} s"
        time.sleep(0.05)


def poll(condition: Callable[[], bool], timeout_s: float = 30) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not after {timeout_s} s"
        time.sleep(0.02)


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Fails the test that leaves a process of a run behind."""
    before = marked()
    yield
    assert not wait_until_gone(before, 5)
