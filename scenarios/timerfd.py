"""Linux's timerfd: a file descriptor that becomes readable at an absolute time, within tens of microseconds.

Event loops' own timers are coarser: epoll waits in whole milliseconds. Python has timerfd from 3.13 on; before, it is
called by ctypes (timerfd_create(2)). Standard library only.
"""

import ctypes
import os
import sys
import time
from collections.abc import Callable

_FLAGS = os.O_CLOEXEC | os.O_NONBLOCK
_ABSOLUTE = 1  # TFD_TIMER_ABSTIME


class _Time(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Setting(ctypes.Structure):
    _fields_ = (("interval", _Time), ("first", _Time))


if sys.version_info >= (3, 13):

    def _open() -> tuple[int, Callable[[int], None]]:
        """A descriptor, and the function that sets its time."""
        descriptor = os.timerfd_create(time.CLOCK_MONOTONIC, flags=_FLAGS)

        def ring_at(at_ns: int) -> None:
            os.timerfd_settime_ns(descriptor, flags=os.TFD_TIMER_ABSTIME, initial=at_ns)

        return descriptor, ring_at

else:

    def _open() -> tuple[int, Callable[[int], None]]:
        """A descriptor, and the function that sets its time."""
        libc = ctypes.CDLL(None, use_errno=True)
        descriptor = libc.timerfd_create(time.CLOCK_MONOTONIC, _FLAGS)
        if descriptor < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        setting = _Setting()
        pointer = ctypes.byref(setting)

        def ring_at(at_ns: int) -> None:
            setting.first.seconds, setting.first.nanoseconds = divmod(at_ns, 1_000_000_000)
            if libc.timerfd_settime(descriptor, _ABSOLUTE, pointer, None):
                raise OSError(ctypes.get_errno(), "timerfd_settime")

        return descriptor, ring_at


class TimerFd:
    """One timer. ``fileno`` becomes readable at the time last given to ``at`` and stays so until ``acknowledge``."""

    def __init__(self) -> None:
        self._descriptor, self._set = _open()

    def fileno(self) -> int:
        """The descriptor to wait for."""
        return self._descriptor

    def at(self, at_ns: int) -> None:
        """Ring at this moment of CLOCK_MONOTONIC, which is time.perf_counter_ns; at once if it is over."""
        self._set(max(1, at_ns))  # 0 would mean never

    def acknowledge(self) -> bool:
        """Make it unreadable until it rings again. Returns whether it had rung."""
        try:
            os.read(self._descriptor, 8)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._descriptor)
