"""What a process and all that it started uses: CPU time, memory, threads, context switches, open files.

What a reading costs decides which of them are taken while a window is open, for every microsecond is taken from the
generator. On Linux 6.18, one virtual core, microseconds of CPU time for a whole tree under load, read again and again:

=======================================  ====================  ====================
reading                                  gunicorn, 16 threads  uvicorn, 4 workers
                                         18 threads, 31 files  26 threads, 121 files
=======================================  ====================  ====================
CPU clock of each process                                   3                     6
/proc/PID/statm                                            15                    36
/proc/PID/fd, its size (Linux 6.2)                          5                    14
/proc/PID/fd, listed                                       16                    69
/proc/PID/task/TID/status, every thread                   230                   390
/proc/PID/task/TID/children, every thread                 110                   175
/proc/PID/smaps_rollup                                    930                  3230
psutil: memory_info and num_threads                        70                   210
psutil: children(recursive=True)                         1050                  1230
=======================================  ====================  ====================

Four times a second the caches are cold and ``size`` takes 0.5 to 0.7 ms and 0.8 to 1.2 ms, 0.3 and 0.5 % of a core;
with 74 threads 1.8 to 2.8 ms. So everything is read at each sample but the proportional set size (smaps_rollup), which
costs more than all the rest and holds the process's memory lock meanwhile; it is read once, when the last answer is in.
The kernel's own lists of children find new processes at a fraction of what a walk through all processes of the machine
costs. psutil's context switches are those of the first thread alone.
"""

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from scenarios.cpu_clock import cpu_ns_of

# What says that a process or thread has ended between being listed and being read: /proc's two errors, and psutil's.
_GONE = (FileNotFoundError, ProcessLookupError, psutil.NoSuchProcess, psutil.ZombieProcess)
_LINUX = sys.platform == "linux"
# Does the kernel list children (CONFIG_PROC_CHILDREN), and tell of shared memory (since Linux 4.14)?
_CHILDREN_LISTED = Path(f"/proc/self/task/{os.getpid()}/children").exists()
_PSS_TOLD = Path("/proc/self/smaps_rollup").exists()
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_SWITCHES = b"\nvoluntary_ctxt_switches:"
_MOST_BYTES = 1 << 16
# A file that goes on after a piece has filled most of a page with it.
_LEAST_PIECE_BYTES = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessFigures:
    """One process at a moment."""

    #: Resident memory.
    rss_bytes: int
    #: Its threads.
    threads: int
    #: Voluntary and involuntary context switches so far, by thread id.
    switches: dict[int, tuple[int, int]]
    #: Its open files.
    open_files: int
    #: The ids of the processes that it has started, as far as somebody looked for them.
    children: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeFigures:
    """A process and its descendants at a moment."""

    #: Resident memory; shared pages count once per process.
    rss_mib: float
    #: Threads of all of them.
    threads: int
    #: How many they are.
    processes: int
    #: Voluntary context switches of its threads since they started. A thread that comes and goes between two looks
    #: leaves none.
    voluntary_switches: int
    #: Involuntary ones likewise.
    involuntary_switches: int
    #: Open files of all of them.
    open_files: int


def _content(path: str) -> bytes:
    """A file of /proc, which comes in pieces of about a page. Half as dear as by way of a file object."""
    file = os.open(path, os.O_RDONLY)
    try:
        content = part = os.read(file, _MOST_BYTES)
        while len(part) > _LEAST_PIECE_BYTES:
            part = os.read(file, _MOST_BYTES)
            content += part
        return content
    finally:
        os.close(file)


def _threads(pid: int) -> list[str]:
    return os.listdir(f"/proc/{pid}/task")  # noqa: PTH208  names are wanted, four times a second, and no Path of each


def _newest() -> bytes:
    """The id that the system gave out last, to a process or a thread; empty where it does not tell.

    When it is the same as before, nobody on the machine has started anything, and there is nothing to look for: that
    halves what a sample of a tree with many threads costs.
    """
    return _content("/proc/loadavg").split()[-1] if _LINUX else b""


def _children(pid: int, threads: Iterable[str]) -> tuple[int, ...]:
    """The processes that these threads of a process have started: each thread's list names its own."""
    children: list[int] = []
    if _CHILDREN_LISTED:
        for thread in threads:
            with suppress(*_GONE):
                children += map(int, _content(f"/proc/{pid}/task/{thread}/children").split())
    return tuple(children)


def figures_from_proc(pid: int, *, children: bool = True) -> ProcessFigures:
    """The figures of a process on Linux, with or without a look for its children.

    Raises ProcessLookupError or FileNotFoundError when it has ended.
    """
    size, resident = _content(f"/proc/{pid}/statm").split()[:2]
    if size == b"0":  # ended, and its parent has not taken note yet
        raise ProcessLookupError(pid)
    switches: dict[int, tuple[int, int]] = {}
    threads = _threads(pid)
    for thread in threads:
        with suppress(*_GONE):
            status = _content(f"/proc/{pid}/task/{thread}/status")
            voluntary, _, involuntary = status.partition(_SWITCHES)[2].split(None, 3)[:3]
            switches[int(thread)] = int(voluntary), int(involuntary)
    # Since Linux 6.2 the folder's size is the number of its files; before it is 0.
    files = Path(f"/proc/{pid}/fd")
    open_files = files.stat().st_size or sum(1 for _ in files.iterdir())
    return ProcessFigures(
        rss_bytes=int(resident) * _PAGE_BYTES,
        threads=len(threads),
        switches=switches,
        open_files=open_files,
        children=_children(pid, threads) if children else (),
    )


def figures_from_psutil(pid: int, *, children: bool = False) -> ProcessFigures:
    """The figures of a process on any other system; never its children, which would take a walk through all processes.

    Raises psutil.NoSuchProcess.
    """
    del children
    process = psutil.Process(pid)
    with process.oneshot():
        voluntary, involuntary = process.num_ctx_switches()
        return ProcessFigures(
            rss_bytes=process.memory_info().rss,
            threads=process.num_threads(),
            switches={pid: (voluntary, involuntary)},
            open_files=process.num_fds(),
            children=(),
        )


_figures = figures_from_proc if _LINUX else figures_from_psutil


def _pss_kib(pid: int) -> int:
    """The process's proportional set size: each shared page is divided by the number of processes that share it."""
    for line in _content(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith(b"Pss:"):
            return int(line.split()[1])
    raise ProcessLookupError(pid)  # an ended process has no memory left to tell of


class ProcessTree:
    """A process and its descendants, as they were at the last look (``refresh`` or ``size``).

    pids: those that were alive then. A process that its parent has left behind (a daemon) is not found any more.
    """

    def __init__(self, pid: int) -> None:
        self._root = pid
        self._switches: dict[int, tuple[int, int]] = {}
        self._newest = b""
        self.pids: tuple[int, ...] = (pid,)
        self.refresh()

    def refresh(self) -> None:
        """Look for processes that have come or gone."""
        if _CHILDREN_LISTED:
            self.pids = self._visited(lambda pid: _children(pid, _threads(pid)))
        else:  # a walk through all processes of the machine
            with suppress(*_GONE):
                children = psutil.Process(self._root).children(recursive=True)
                self.pids = tuple(dict.fromkeys((*self.pids, *(child.pid for child in children))))

    def _visited(self, look: Callable[[int], tuple[int, ...]]) -> tuple[int, ...]:
        """Look at every known process and at the children that ``look`` returns; those that are there."""
        left = [*self.pids] or [self._root]
        visited = set(left)
        alive = []
        for pid in left:  # grows as children are found
            with suppress(*_GONE):
                children = look(pid)
                left += (child for child in children if child not in visited)
                visited.update(children)
                alive.append(pid)
        return tuple(alive)

    def cpu_ns(self) -> dict[int, int]:
        """CPU time used so far by each of the known processes that is there, in ns by process id."""
        used_ns = {}
        for pid in self.pids:
            with suppress(*_GONE):
                used_ns[pid] = cpu_ns_of(pid)
        return used_ns

    def size(self) -> TreeFigures:
        """The figures of the tree, with what it has started since the last look and without what has ended."""
        figures: list[ProcessFigures] = []
        newest = _newest()
        something_came, self._newest = newest != self._newest, newest

        def look(pid: int) -> tuple[int, ...]:
            figures.append(_figures(pid, children=something_came))
            return figures[-1].children

        self.pids = self._visited(look)
        for process in figures:
            self._switches |= process.switches
        voluntary, involuntary = (sum(counts[kind] for counts in self._switches.values()) for kind in (0, 1))
        return TreeFigures(
            rss_mib=sum(process.rss_bytes for process in figures) / 2**20,
            threads=sum(process.threads for process in figures),
            processes=len(figures),
            voluntary_switches=voluntary,
            involuntary_switches=involuntary,
            open_files=sum(process.open_files for process in figures),
        )

    def pss_mib(self) -> float | None:
        """Proportional set size of the known processes: each shared page counts once. None where nobody tells.

        Dear, and for its time the process cannot change its memory map: for when nothing is being measured.
        """
        if not _PSS_TOLD:
            return None
        kib = 0
        for pid in self.pids:
            try:
                with suppress(*_GONE):
                    kib += _pss_kib(pid)
            except PermissionError:  # of another account, or made not to be looked into
                return None
        return kib / 1024
