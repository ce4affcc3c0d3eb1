"""An alarm on gevent's event loop that rings at an absolute time, as exactly as the kernel can.

gevent's own timers count from the loop's last look at the clock and in epoll's whole milliseconds.
"""

from collections.abc import Callable

import gevent

from scenarios.timerfd import TimerFd

_READ = 1  # gevent's event mask


class Alarm:
    """Calls ``ring`` from the event loop at the time last given to ``at``; Linux only."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._timer = TimerFd()
        self.at = self._timer.at
        self._watcher = gevent.get_hub().loop.io(self._timer.fileno(), _READ)
        self._watcher.start(self._rang)

    def _rang(self) -> None:
        if self._timer.acknowledge():
            self._ring()

    def close(self) -> None:
        """Ring no more."""
        self._watcher.stop()
        self._watcher.close()
        self._timer.close()
