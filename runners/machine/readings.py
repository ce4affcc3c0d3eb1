"""What a moment on this machine looks like: everything that ``runners.machine.conditions`` judges, read at once."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from runners.hosts.cpus import CpuSets, available_cores
from runners.machine import linux
from runners.machine.limits import CgroupLimits, cgroup_limits, open_files_limits
from runners.machine.linux import Memory, Turbo, Virtualisation
from runners.machine.neighbours import Neighbours, neighbours

_WATCH_S = 0.3
_LEAST_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What was read. None stands for what the system does not say."""

    #: The CPUs of the run.
    cpus: CpuSets
    #: The CPUs to choose from, by core.
    cores: tuple[tuple[int, ...], ...]
    #: How many CPUs the machine has.
    cpu_count: int
    #: Their name.
    cpu_model: str | None
    #: For each CPU in use, all threads of its core.
    siblings: Mapping[int, tuple[int, ...]]
    #: The policies that set the clocks of the CPUs in use.
    governors: tuple[str, ...] | None
    #: Whether clocks may rise.
    turbo: Turbo | None
    #: Does the machine run on its battery?
    on_battery: bool | None
    #: What the kernel reads the time from.
    clock_source: str | None
    #: The load average of the last minute.
    load_1min: float | None
    #: What others did at that moment.
    neighbours: Neighbours
    #: What lies between this system and the hardware.
    virtualisation: Virtualisation
    #: Of the CPUs' time since the start of the system, the share that a hypervisor gave to others.
    stolen_share: float | None
    #: The machine's memory.
    memory: Memory | None
    #: What the cgroup of this process allows.
    limits: CgroupLimits
    #: How many files this process may open; None for any number.
    open_files: int | None
    #: The folder for temporary files.
    disk_folder: str
    #: The free space there.
    disk_free_mib: int


def take(cpus: CpuSets, root: Path = Path("/")) -> Readings:
    """Read it all, for a run on these CPUs; takes the third of a second. root: where /proc and /sys lie."""
    load = linux.load_average()
    folder = tempfile.gettempdir()
    return Readings(
        cpus=cpus,
        cores=available_cores(),
        cpu_count=psutil.cpu_count(logical=True) or 1,
        cpu_model=linux.cpu_model(root),
        siblings=linux.siblings(root, cpus.all()),
        governors=linux.governors(root, cpus.all()),
        turbo=linux.turbo(root),
        on_battery=linux.on_battery(root),
        clock_source=linux.clock_source(root),
        load_1min=None if load is None else load[0],
        neighbours=neighbours(cpus.all(), _WATCH_S, _LEAST_SHARE),
        virtualisation=linux.virtualisation(root),
        stolen_share=linux.stolen_share(root, cpus.all()),
        memory=linux.physical_memory(root),
        limits=cgroup_limits(root),
        open_files=open_files_limits()[0],
        disk_folder=folder,
        disk_free_mib=shutil.disk_usage(folder).free // 2**20,
    )
