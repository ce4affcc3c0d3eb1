"""What others take of the machine right now: processes that are not ours, and whoever shares the hardware."""

import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

import psutil

from runners.machine.cpu_times import cpu_times, stolen_s
from scenarios.cpu_clock import cpu_ns_of

# Processes that ended meanwhile, and those of others where a system keeps them to itself.
_NOT_TO_BE_READ = (ProcessLookupError, psutil.NoSuchProcess, psutil.ZombieProcess, psutil.AccessDenied)


@dataclass(frozen=True, slots=True)
class Busy:
    """A process that uses a CPU."""

    #: The name that it gives itself, printable.
    name: str
    #: Its id.
    pid: int
    #: The share of a core that it used.
    share: float


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What others did for a moment."""

    #: Processes that are not ours, the busiest first.
    busy: tuple[Busy, ...] = ()
    #: The share of the CPUs' time that a hypervisor gave to others.
    stolen_share: float = 0.0


def neighbours(cpus: Collection[int], duration_s: float, least_share: float) -> Neighbours:
    """Watch for so long. Ours are this process and its descendants; of the others, those above ``least_share``.

    A process that both comes and goes meanwhile is not seen.
    """
    started, times, before = time.perf_counter(), cpu_times(cpus), _used_ns()
    time.sleep(duration_s)
    after, stolen = _used_ns(), stolen_s(times, cpu_times(cpus))
    elapsed_s = time.perf_counter() - started
    us = psutil.Process()
    ours = {us.pid, *(child.pid for child in us.children(recursive=True))}
    shares = {pid: (ns - before.get(pid, 0)) / 1e9 / elapsed_s for pid, ns in after.items() if pid not in ours}
    busy = []
    for pid in sorted(shares, key=lambda pid: -shares[pid]):
        if shares[pid] > least_share:
            with suppress(*_NOT_TO_BE_READ):
                busy.append(Busy(_printable(psutil.Process(pid).name()), pid, shares[pid]))
    return Neighbours(tuple(busy), stolen / elapsed_s)


def _used_ns() -> dict[int, int]:
    """CPU time used so far by every process, in ns by process id."""
    used_ns = {}
    for process in psutil.process_iter():
        with suppress(*_NOT_TO_BE_READ):
            used_ns[process.pid] = cpu_ns_of(process.pid)
    return used_ns


def _printable(name: str) -> str:
    """A process chooses its own name, and this one goes to a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)
