"""What a process tree uses: CPU time, resident memory, threads."""

import sys
import time
from contextlib import suppress

import psutil

from results.records import Usage

# psutil's rows for processes that end between being listed and being read.
_GONE = (psutil.NoSuchProcess, psutil.ZombieProcess)


def _cpu_ns(process: psutil.Process) -> int:
    """CPU time of all the process's threads, in ns.

    On Linux from the kernel's per-process CPU clock (clock_getcpuclockid(3)), whose id is computed from the process
    id; psutil reads /proc, which counts in steps of 10 ms: a fifth of what a server uses that mostly waits.
    """
    if sys.platform == "linux":
        try:
            return time.clock_gettime_ns((~process.pid << 3) | 2)
        except OSError:
            raise psutil.NoSuchProcess(process.pid) from None
    times = process.cpu_times()
    return round((times.user + times.system) * 1e9)


class ProcessTree:
    """A process and its descendants, found anew each time it is asked about."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)

    def _processes(self) -> list[psutil.Process]:
        try:
            return [self._root, *self._root.children(recursive=True)]
        except _GONE:
            return []

    def cpu_ns(self) -> int:
        """CPU time used so far by those of the tree that are alive, in ns."""
        total = 0
        for process in self._processes():
            with suppress(*_GONE):
                total += _cpu_ns(process)
        return total

    def size(self) -> tuple[float, int, int]:
        """Resident memory in MiB (shared pages counted once per process), threads, processes."""
        rss, threads, processes = 0, 0, 0
        for process in self._processes():
            with suppress(*_GONE), process.oneshot():
                rss += process.memory_info().rss
                threads += process.num_threads()
                processes += 1
        return rss / 2**20, threads, processes


class Watch:
    """Follows a server's process tree, and the CPU time of services, through one window."""

    def __init__(self, server_pid: int, service_pids: dict[str, int]) -> None:
        self._server = ProcessTree(server_pid)
        self._services = {name: ProcessTree(pid) for name, pid in service_pids.items()}
        self._cpu_ns: dict[str, int] = {}
        self._peaks = (0.0, 0, 0)

    def opened(self) -> None:
        """The window opens: note the CPU times."""
        self._cpu_ns = {name: tree.cpu_ns() for name, tree in self._trees().items()}
        self._peaks = (0.0, 0, 0)
        self.sample()

    def sample(self) -> None:
        """Note the tree's size; the largest of each figure is kept."""
        rss_mib, threads, processes = self._server.size()
        self._peaks = (max(self._peaks[0], rss_mib), max(self._peaks[1], threads), max(self._peaks[2], processes))

    def closed(self) -> tuple[Usage, dict[str, float]]:
        """The window closes: what the server used in it, and the services' CPU time in seconds by name."""
        used_s = {name: (tree.cpu_ns() - self._cpu_ns[name]) / 1e9 for name, tree in self._trees().items()}
        self.sample()
        cpu_s = used_s.pop("")
        return Usage(
            cpu_s=cpu_s,
            rss_mib_peak=self._peaks[0],
            threads_peak=self._peaks[1],
            processes_peak=self._peaks[2],
        ), used_s

    def _trees(self) -> dict[str, ProcessTree]:
        return {"": self._server, **self._services}
