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
    """None stands for what the system does not say.

    cpu_model, cpu_count: of the machine. cores: the CPUs to choose from, by core. siblings: by CPU in use, all threads
    of its core. stolen_share: of the CPUs' time since the start of the system. open_files: None for any number.
    """

    cpus: CpuSets
    cores: tuple[tuple[int, ...], ...]
    cpu_count: int
    cpu_model: str | None
    siblings: Mapping[int, tuple[int, ...]]
    governors: tuple[str, ...] | None
    turbo: Turbo | None
    on_battery: bool | None
    clock_source: str | None
    load_1min: float | None
    neighbours: Neighbours
    virtualisation: Virtualisation
    stolen_share: float | None
    memory: Memory | None
    limits: CgroupLimits
    open_files: int | None
    disk_folder: str
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
