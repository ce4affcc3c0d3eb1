"""What is used while a server is at rest: between slices, when it is a rival's turn."""

import time
from collections import Counter
from collections.abc import Mapping

from runners.watching.process_tree import ProcessTree


class Rest:
    """Adds up the times at rest, and the CPU time that was used in them."""

    def __init__(self) -> None:
        self.begun = False
        self.length_ns = self.cpu_ns = 0
        self.services_ns: Counter[str] = Counter()
        self._since: tuple[int, int, Mapping[str, int]] = (0, 0, {})

    def begin(self, at_ns: int, cpu_ns: int, services_ns: Mapping[str, int]) -> None:
        """At rest from now on. cpu_ns, services_ns: CPU time used so far by the server, and by services."""
        self.begun = True
        self._since = at_ns, cpu_ns, services_ns

    def end(self, at_ns: int, cpu_ns: int, services_ns: Mapping[str, int]) -> None:
        """At rest no longer. It counts nothing if it was not."""
        if not self.begun:
            return
        self.begun = False
        since_ns, before_ns, services_before_ns = self._since
        self.length_ns += at_ns - since_ns
        self.cpu_ns += max(0, cpu_ns - before_ns)  # less, if one of the processes has ended
        self.services_ns.update({name: ns - services_before_ns[name] for name, ns in services_ns.items()})


class RestMeter:
    """Follows the CPU time of one server that stands beside others."""

    def __init__(self, pid: int) -> None:
        self._server = ProcessTree(pid)
        self._rest = Rest()

    @property
    def pids(self) -> tuple[int, ...]:
        """The server's processes at the last look."""
        return self._server.pids

    @property
    def share(self) -> float:
        """Of a core, what it has used at rest."""
        return self._rest.cpu_ns / self._rest.length_ns if self._rest.length_ns else 0.0

    def rests(self) -> None:
        """It is at rest from now on, until ``works``."""
        self._server.refresh()
        self._rest.begin(time.monotonic_ns(), self._used_ns(), {})

    def works(self) -> None:
        """Its own turn begins."""
        self._rest.end(time.monotonic_ns(), self._used_ns(), {})

    def _used_ns(self) -> int:
        return sum(self._server.cpu_ns().values())
