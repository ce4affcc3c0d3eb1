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
    """A process and its descendants, as they were when ``refresh`` last looked.

    Looking means to walk through all processes of the machine, some milliseconds on the CPU that the generator needs;
    reading what known processes use takes some microseconds each.
    """

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._processes: list[psutil.Process] = []
        self.refresh()

    def refresh(self) -> None:
        """Look for processes that have come or gone."""
        try:
            self._processes = [self._root, *self._root.children(recursive=True)]
        except _GONE:
            self._processes = []

    def cpu_ns(self) -> dict[int, int]:
        """CPU time used so far by each of the known processes that is alive, in ns by process id."""
        found = {}
        for process in self._processes:
            with suppress(*_GONE):
                found[process.pid] = _cpu_ns(process)
        return found

    def size(self) -> tuple[float, int, int]:
        """Of the known processes: resident MiB (shared pages once per process), threads, how many there are."""
        rss, threads, processes = 0, 0, 0
        for process in self._processes:
            with suppress(*_GONE), process.oneshot():
                rss += process.memory_info().rss
                threads += process.num_threads()
                processes += 1
        return rss / 2**20, threads, processes


class Watch:
    """Follows a server's process tree, and the CPU time of services, through one window.

    Made before the window, so that opening it costs next to nothing. A process that comes during the window counts
    from its start; one that goes takes its CPU time along.
    """

    def __init__(self, server_pid: int, service_pids: dict[str, int]) -> None:
        self._server = ProcessTree(server_pid)
        self._services = {name: ProcessTree(pid) for name, pid in service_pids.items()}
        self._before: dict[str, dict[int, int]] = {}
        self._peaks = (0.0, 0, 0)

    def opened(self) -> None:
        """The window opens: note the CPU times."""
        self._before = {name: tree.cpu_ns() for name, tree in self._trees().items()}

    def sample(self) -> None:
        """Note the tree's size; the largest of each figure is kept."""
        rss_mib, threads, processes = self._server.size()
        self._peaks = (max(self._peaks[0], rss_mib), max(self._peaks[1], threads), max(self._peaks[2], processes))

    def closed(self) -> tuple[Usage, dict[str, float]]:
        """The window closes: what the server used in it, and the services' CPU time in seconds by name."""
        # The server first, as it was known: what it does from now on is not the window's any more.
        after = {name: tree.cpu_ns() for name, tree in self._trees().items()}
        for name, tree in self._trees().items():
            tree.refresh()
            after[name] = {**tree.cpu_ns(), **after[name]}
        self.sample()
        used_s = {
            name: sum(ns - self._before[name].get(pid, 0) for pid, ns in after[name].items()) / 1e9 for name in after
        }
        cpu_s = used_s.pop("")
        return Usage(
            cpu_s=cpu_s,
            rss_mib_peak=self._peaks[0],
            threads_peak=self._peaks[1],
            processes_peak=self._peaks[2],
        ), used_s

    def _trees(self) -> dict[str, ProcessTree]:
        return {"": self._server, **self._services}
