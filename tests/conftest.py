"""What all tests share: who runs beside whom, and that an interrupt is heard."""

import fcntl
import signal
from collections.abc import Generator

import pytest


def pytest_configure() -> None:
    """Hear Ctrl-C, also if the tests were started in the background: else no process that they start would hear it."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let tests run side by side, but a test that is alone only when no other runs.

    Each worker passes the door before each test. A test that waits to be alone keeps the door shut meanwhile.
    """
    assert item.config.cache is not None
    folder = item.config.cache.mkdir("alone")
    with (folder / "room").open("w") as room:
        with (folder / "door").open("w") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            fcntl.flock(room, fcntl.LOCK_EX if item.get_closest_marker("alone") else fcntl.LOCK_SH)
        return (yield)
