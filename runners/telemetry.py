"""What a process tree uses: CPU time, resident memory, threads."""

import os
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil

from results.records import Usage

# psutil's rows for processes that end between being listed and being read.
_GONE = (psutil.NoSuchProcess, psutil.ZombieProcess)


def cpu_ns(process: psutil.Process) -> int:
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
                found[process.pid] = cpu_ns(process)
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


def stolen_s(cpus: Collection[int]) -> float:
    """How long, since the start of the system, others ran on these CPUs that a hypervisor had promised us; in seconds.

    In steps of 10 ms, from /proc/stat (proc_stat(5): the eighth figure of a CPU's line); 0 where there is none.
    """
    wanted = {f"cpu{cpu}" for cpu in cpus}
    try:
        lines = Path("/proc/stat").read_text().splitlines()
    except OSError:
        return 0.0
    fields = [line.split() for line in lines if line.startswith("cpu")]
    return sum(int(each[8]) for each in fields if each[0] in wanted) / os.sysconf("SC_CLK_TCK")


class Used(NamedTuple):
    """What a window took: the server, the services' CPU seconds by name, and seconds stolen from each CPU in use."""

    server: Usage
    services_cpu_s: dict[str, float]
    stolen_s: float


class Watch:
    """Follows a server's process tree, and the CPU time of services, through one window.

    Made before the window, so that opening it costs next to nothing. A process that comes during the window counts
    from its start; one that goes takes its CPU time along.
    """

    def __init__(self, server_pid: int, service_pids: dict[str, int], cpus: Collection[int]) -> None:
        self._cpus = cpus
        self._stolen_s = 0.0
        self._server = ProcessTree(server_pid)
        self._services = {name: ProcessTree(pid) for name, pid in service_pids.items()}
        self._before: dict[str, dict[int, int]] = {}
        self._peaks = (0.0, 0, 0)

    def opened(self) -> None:
        """The window opens: note the CPU times."""
        self._before = {name: tree.cpu_ns() for name, tree in self._trees().items()}
        self._stolen_s = stolen_s(self._cpus)

    def sample(self) -> None:
        """Note the tree's size; the largest of each figure is kept."""
        rss_mib, threads, processes = self._server.size()
        self._peaks = (max(self._peaks[0], rss_mib), max(self._peaks[1], threads), max(self._peaks[2], processes))

    def closed(self) -> Used:
        """The window closes: what was used in it."""
        # The server first, as it was known: what it does from now on is not the window's any more.
        after = {name: tree.cpu_ns() for name, tree in self._trees().items()}
        stolen = stolen_s(self._cpus) - self._stolen_s
        for name, tree in self._trees().items():
            tree.refresh()
            after[name] = {**tree.cpu_ns(), **after[name]}
        self.sample()
        used_s = {
            name: sum(ns - self._before[name].get(pid, 0) for pid, ns in after[name].items()) / 1e9 for name in after
        }
        cpu_s = used_s.pop("")
        rss_mib, threads, processes = self._peaks
        usage = Usage(cpu_s=cpu_s, rss_mib_peak=rss_mib, threads_peak=threads, processes_peak=processes)
        return Used(usage, used_s, stolen / max(1, len(self._cpus)))

    def _trees(self) -> dict[str, ProcessTree]:
        return {"": self._server, **self._services}
