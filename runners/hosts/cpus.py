"""The CPU sets of a run: where the server runs, and where what measures it does."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from djbench.errors import UsageError


@dataclass(frozen=True, slots=True)
class CpuSets:
    """Where things run. Both sets are empty if nothing is pinned."""

    #: The server's CPUs.
    server: tuple[int, ...]
    #: Those of the generator, the services and the conductor.
    support: tuple[int, ...]
    #: How they were chosen, in the words of ``--cpus``.
    asked_for: str = field(default="auto", compare=False)

    def all(self) -> tuple[int, ...]:
        """Every CPU that takes part in a measurement."""
        return (*self.server, *self.support) or _flat(available_cores())

    def describe(self) -> str:
        """One phrase for the terminal."""
        if not self.server:
            return "not pinned: server, generator and services share the CPUs"
        return f"server on CPU {listed(self.server)}; generator and services on CPU {listed(self.support)}"


def listed(cpus: Sequence[int]) -> str:
    """``0,1,5``, as ``parse_cpus`` reads it."""
    return ",".join(str(cpu) for cpu in cpus)


def available_cores() -> tuple[tuple[int, ...], ...]:
    """The CPUs this process may use, grouped by physical core; empty where the system has no CPU affinity."""
    if not hasattr(os, "sched_getaffinity"):
        return ()
    cores: dict[str, list[int]] = {}
    for cpu in sorted(os.sched_getaffinity(0)):
        try:
            file = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
            siblings = file.read_text(encoding="ascii").strip()
        except OSError:
            siblings = str(cpu)
        cores.setdefault(siblings, []).append(cpu)
    return tuple(tuple(core) for core in cores.values())


def default_cpu_sets(cores: Sequence[Sequence[int]]) -> CpuSets:
    """Half of the cores for the server, half for what measures it: the lower half, where systems do their chores.

    Whole physical cores, for two threads of one core slow each other; the two threads of a single core are still
    better apart than together. With a single CPU, or where there is no affinity, nothing is pinned.
    """
    if len(cores) < 2:
        cores = [[cpu] for core in cores for cpu in core]
    if len(cores) < 2:
        return CpuSets((), ())
    middle = len(cores) // 2
    return CpuSets(server=_flat(cores[middle:]), support=_flat(cores[:middle]))


def _flat(cores: Sequence[Sequence[int]]) -> tuple[int, ...]:
    return tuple(sorted(cpu for core in cores for cpu in core))


def parse_cpus(text: str) -> tuple[int, ...]:
    """``0-2,5`` as the kernel and people write it. Raises ValueError."""
    cpus: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        cpus.update(range(int(first), int(last if dash else first) + 1))
    if not cpus:
        raise ValueError(text)
    return tuple(sorted(cpus))


def parse_cpu_sets(text: str, cores: Sequence[Sequence[int]]) -> CpuSets:
    """``auto``, ``off``, or ``SERVER/SUPPORT`` such as ``1/0`` or ``4-7/0-3``. Raises UsageError."""
    if text == "auto":
        return default_cpu_sets(cores)
    if text == "off":
        return CpuSets((), (), text)
    available = _flat(cores)
    help_ = f"write SERVER/SUPPORT such as 1/0 or 2-3/0-1, 'auto' or 'off'; this machine has {listed(available)}"
    parts = text.split("/")
    if len(parts) != 2:
        raise UsageError(f"--cpus {text}: {help_}")
    try:
        server, support = (parse_cpus(part) for part in parts)
    except ValueError:
        raise UsageError(f"--cpus {text}: {help_}") from None
    missing = sorted((set(server) | set(support)) - set(available))
    if missing:
        raise UsageError(f"--cpus {text}: there is no CPU {listed(missing)}; {help_}")
    shared = sorted(set(server) & set(support))
    if shared:
        raise UsageError(f"--cpus {text}: CPU {listed(shared)} is in both sets; {help_}")
    return CpuSets(server, support, text)


def within_budget(sets: CpuSets, budget: int, cores: Sequence[Sequence[int]]) -> CpuSets:
    """The same sets with ``budget`` CPUs for the server; what it had beyond them stays idle.

    One thread of each physical core is taken before the second of any. Raises UsageError when the server has not as
    many, or none that are its own.
    """
    if not sets.server:
        raise UsageError(
            f"--budget-cores {budget}: nothing is pinned, so no CPU is the server's own; give --cpus SERVER/SUPPORT, "
            "or leave it out"
        )
    if budget > len(sets.server):
        has = f"{len(sets.server)} CPU{'s' if len(sets.server) > 1 else ''} ({listed(sets.server)})"
        raise UsageError(
            f"--budget-cores {budget}: the server has {has}; give at most {len(sets.server)}, or the server more with "
            "--cpus SERVER/SUPPORT"
        )
    core_of = {cpu: core for core in cores for cpu in core}

    def turn(cpu: int) -> tuple[int, int]:
        return sum(other < cpu for other in core_of.get(cpu, ()) if other in sets.server), cpu

    return replace(sets, server=tuple(sorted(sorted(sets.server, key=turn)[:budget])))


@contextmanager
def pinned(cpus: Sequence[int]) -> Iterator[None]:
    """Keep this thread, and every thread and process it starts inside, on these CPUs; empty for no change."""
    if not cpus or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
