"""What a server uses while it is at rest: between its slices, when it is a rival's turn."""

import time

from runners.watching.process_tree import ProcessTree


class RestMeter:
    """Follows the CPU time of one server that stands beside others."""

    def __init__(self, pid: int) -> None:
        self._server = ProcessTree(pid)
        self._cpu_ns = self._length_ns = 0
        self._since: tuple[int, int] | None = None

    @property
    def pids(self) -> tuple[int, ...]:
        """The server's processes at the last look."""
        return self._server.pids

    @property
    def share(self) -> float:
        """Of a core, what it has used at rest."""
        return self._cpu_ns / self._length_ns if self._length_ns else 0.0

    def rests(self) -> None:
        """It is at rest from now on, until ``works``."""
        self._server.refresh()
        self._since = time.monotonic_ns(), self._used_ns()

    def works(self) -> None:
        """Its own turn begins."""
        if self._since is not None:
            at_ns, used_ns = self._since
            self._length_ns += time.monotonic_ns() - at_ns
            self._cpu_ns += max(0, self._used_ns() - used_ns)
            self._since = None

    def _used_ns(self) -> int:
        return sum(self._server.cpu_ns().values())
