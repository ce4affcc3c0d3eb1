"""What the machine's CPUs did with their time, whoever used it: busy, idle, stolen. From /proc/stat (proc_stat(5))."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
# A tick at either end of a window, and one more for the readings are not of one moment.
_COARSE_TICKS = 3


class CpuTime(NamedTuple):
    """One CPU's seconds since the system started, in steps of 10 ms."""

    #: Not idle. This includes stolen time, which nobody here could use either.
    busy_s: float
    #: With nothing to run, or nothing but a wait for a disk.
    idle_s: float
    #: A hypervisor ran others.
    stolen_s: float
    #: Interrupts were served.
    interrupts_s: float = 0.0


def cpu_times(cpus: Collection[int], root: Path = Path("/")) -> dict[int, CpuTime]:
    """The times of those of these CPUs that the system tells of: none where there is no /proc/stat below ``root``."""
    try:
        lines = (root / "proc/stat").read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    times = {}
    for line in lines:
        name, *figures = line.split()
        if name[:3] == "cpu" and name[3:].isdigit() and int(name[3:]) in cpus and len(figures) >= 8:
            # user, nice, system, idle, iowait, irq, softirq, steal; what follows is part of the first two.
            ticks = [int(figure) for figure in figures[:8]]
            idle = ticks[3] + ticks[4]
            times[int(name[3:])] = CpuTime(
                busy_s=(sum(ticks) - idle) / _TICKS_PER_S,
                idle_s=idle / _TICKS_PER_S,
                stolen_s=ticks[7] / _TICKS_PER_S,
                interrupts_s=(ticks[5] + ticks[6]) / _TICKS_PER_S,
            )
    return times


def stolen_s(before: Mapping[int, CpuTime], after: Mapping[int, CpuTime]) -> float:
    """Seconds stolen from each of the CPUs in between, on average; 0 without any CPU."""
    return sum(after[cpu].stolen_s - before[cpu].stolen_s for cpu in before) / max(1, len(before))


def others_share(
    before: Mapping[int, CpuTime], after: Mapping[int, CpuTime], cpus: Collection[int], own_s: float
) -> float:
    """Which share of the time of these CPUs in between they worked for others than those who used ``own_s`` seconds.

    Neither idle nor stolen, nor interrupts, which may be the doing of whoever used them. What the kernel's coarse count
    of ticks may be wrong by is left out. 0 without any CPU or time.
    """
    counted = [cpu for cpu in cpus if cpu in before]
    idle_s = sum(after[cpu].idle_s - before[cpu].idle_s for cpu in counted)
    busy_s = sum(after[cpu].busy_s - before[cpu].busy_s for cpu in counted)
    aside_s = sum(
        after[cpu].stolen_s - before[cpu].stolen_s + after[cpu].interrupts_s - before[cpu].interrupts_s
        for cpu in counted
    )
    worked_s, total_s = busy_s - aside_s, idle_s + busy_s
    unsure_s = _COARSE_TICKS * len(counted) / _TICKS_PER_S
    return max(0.0, worked_s - own_s - unsure_s) / total_s if total_s > 0 else 0.0


def busy_share(before: Mapping[int, CpuTime], after: Mapping[int, CpuTime], cpus: Collection[int]) -> float:
    """Which share of the time of these CPUs in between was not idle; 0 without any CPU or time."""
    counted = [cpu for cpu in cpus if cpu in before]
    busy_s = sum(after[cpu].busy_s - before[cpu].busy_s for cpu in counted)
    idle_s = sum(after[cpu].idle_s - before[cpu].idle_s for cpu in counted)
    # The kernel says of iowait that it can go down.
    return busy_s / (busy_s + idle_s) if busy_s + idle_s > 0 else 0.0
