"""What Linux says of the machine in /proc and /sys.

Every function takes the root of the file tree, so that a made-up one can be read too. What a system does not say is
None: many of these files are missing in containers, in virtual machines and on other architectures.
"""

import hashlib
import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from runners.hosts.cpus import parse_cpus
from runners.machine.cpu_times import cpu_times

_CPUS = "sys/devices/system/cpu"
_DMI = "sys/class/dmi/id"
_SUPPLIES = "sys/class/power_supply"
# Where Intel's driver, the others, and their newest versions keep the switch, and what switches turbo off.
_TURBO_SWITCHES = (
    (f"{_CPUS}/intel_pstate/no_turbo", "1"),
    (f"{_CPUS}/cpufreq/boost", "0"),
    (f"{_CPUS}/cpufreq/policy*/boost", "0"),
)
_CONTAINER_MARKS = ((".dockerenv", "docker"), ("run/.containerenv", "podman"))


@dataclass(frozen=True, slots=True)
class Turbo:
    """The rise of clocks above their nominal rate."""

    #: May they rise?
    on: bool
    #: The file that switches it, or a pattern of several.
    switch: str
    #: What to write there to switch it off.
    off: str


@dataclass(frozen=True, slots=True)
class Memory:
    """The machine's memory."""

    #: All of it.
    total_mib: int
    #: What a new process can have without swapping.
    available_mib: int
    #: All swap.
    swap_total_mib: int
    #: Swap in use.
    swap_used_mib: int


@dataclass(frozen=True, slots=True)
class Virtualisation:
    """What lies between this system and the hardware."""

    #: Is there one, as far as the CPU says?
    hypervisor: bool | None
    #: Whose hardware it is, real or virtual, by the firmware.
    vendor: str | None
    #: Which hardware it is, by the firmware.
    product: str | None
    #: The kind of container around this process, such as ``docker``.
    container: str | None


def file_text(file: Path) -> str | None:
    """A file's text without the white space around it; None when it is not there or not for us."""
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None


def number_of(file: Path) -> int | None:
    """The whole number that a file holds; None when it holds none."""
    try:
        return int(file_text(file) or "")
    except ValueError:
        return None


def cpu_model(root: Path) -> str | None:
    """The CPU's name; only x86 writes it there."""
    return _cpu_fields(root).get("model name")


def _cpu_fields(root: Path) -> dict[str, str]:
    """What /proc/cpuinfo says of the first CPU."""
    first = (file_text(root / "proc/cpuinfo") or "").partition("\n\n")[0]
    fields = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in fields}


def siblings(root: Path, cpus: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Of these CPUs, each with all CPUs that are threads of the same core, itself among them."""
    listed = {cpu: file_text(root / _CPUS / f"cpu{cpu}/topology/thread_siblings_list") for cpu in cpus}
    return {cpu: parse_cpus(text) for cpu, text in listed.items() if text}


def smt(root: Path) -> bool | None:
    """Do cores run two threads at a time?"""
    return _yes(number_of(root / _CPUS / "smt/active"))


def _yes(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def governors(root: Path, cpus: Collection[int]) -> tuple[str, ...] | None:
    """Which policies set the clocks of these CPUs."""
    names = {file_text(root / _CPUS / f"cpu{cpu}/cpufreq/scaling_governor") for cpu in cpus} - {None}
    return tuple(sorted(str(governor) for governor in names)) or None


def turbo(root: Path) -> Turbo | None:
    """Whether clocks may rise above their nominal rate."""
    for switch, off in _TURBO_SWITCHES:
        states = [state for file in sorted(root.glob(switch)) if (state := number_of(file)) is not None]
        if states:
            return Turbo(any(state != int(off) for state in states), f"/{switch}", off)
    return None


def clock_source(root: Path) -> str | None:
    """What the kernel reads the time from."""
    return file_text(root / "sys/devices/system/clocksource/clocksource0/current_clocksource") or None


def listen_backlog(root: Path) -> int | None:
    """The most connections that may wait to be accepted, whatever a server asks for."""
    return number_of(root / "proc/sys/net/core/somaxconn")


def physical_memory(root: Path) -> Memory | None:
    """How much memory and swap there is, and how much of it is left or used."""
    figures = dict(re.findall(r"^(\w+):\s+(\d+) kB$", file_text(root / "proc/meminfo") or "", re.MULTILINE))
    if "MemTotal" not in figures:
        return None
    total, available, swap, unused = (
        int(figures.get(name, 0)) // 1024 for name in ("MemTotal", "MemAvailable", "SwapTotal", "SwapFree")
    )
    return Memory(total, available, swap, swap - unused)


def virtualisation(root: Path) -> Virtualisation:
    """Hypervisor and container, by their marks; of the firmware's tables only vendor and product, no serial number."""
    flags = _cpu_fields(root).get("flags")
    marks = (name for file, name in _CONTAINER_MARKS if (root / file).exists())
    return Virtualisation(
        hypervisor=None if flags is None else "hypervisor" in flags.split(),
        vendor=file_text(root / _DMI / "sys_vendor") or None,
        product=file_text(root / _DMI / "product_name") or None,
        container=next(marks, None) or file_text(root / "run/systemd/container") or None,
    )


def stolen_share(root: Path, cpus: Collection[int]) -> float | None:
    """Of these CPUs' time since the start of the system, the share that a hypervisor gave to somebody else."""
    times = cpu_times(cpus, root).values()
    spent_s = sum(of_cpu.busy_s + of_cpu.idle_s for of_cpu in times)
    return sum(of_cpu.stolen_s for of_cpu in times) / spent_s if spent_s else None


def boot_hash(root: Path) -> str | None:
    """A digest that two runs have in common when they were made on one machine, from one start to the next.

    Of the random id that the kernel takes at each start, so that nothing can be traced back to the machine.
    """
    boot = file_text(root / "proc/sys/kernel/random/boot_id")
    return hashlib.sha256(f"djbench {boot}".encode()).hexdigest() if boot else None


def on_battery(root: Path) -> bool | None:
    """Does the system run on its battery? None for one that has no power supply to speak of."""
    batteries, mains = [], []
    for supply in sorted(root.glob(f"{_SUPPLIES}/*")):
        kind = file_text(supply / "type")
        if kind == "Battery" and file_text(supply / "scope") != "Device":  # a mouse or keyboard has one of its own
            batteries.append(file_text(supply / "status"))
        elif kind == "Mains":
            mains.append(number_of(supply / "online"))
    if "Discharging" in batteries:
        return True
    if mains:
        return not any(mains)
    return False if batteries else None


def load_average() -> list[float] | None:
    """How many processes ran or waited to, over the last one, five and fifteen minutes."""
    try:
        return [round(load, 2) for load in os.getloadavg()]
    except OSError:
        return None
