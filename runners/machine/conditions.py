"""What can disturb a run's numbers, or the run itself: each topic judged, with what to do about it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from runners.hosts.cpus import listed
from runners.machine.readings import Readings

# Thresholds and what they are about: docs/methodology.md.
_FILES_WANTED = 4096
_DISK_WANTED_MIB = 1024
_MEMORY_WANTED_MIB = 1024
_SWAP_SHARE = 0.01
_LOAD_PER_CPU = 0.5
_STOLEN_SHARE = 0.01
# Stolen time is counted in steps of 10 ms, one of which is 3 % of one CPU for the moment that is watched.
_STOLEN_NOW = 0.05
_SLOW_CLOCKS = ("hpet", "acpi_pm", "jiffies", "refined-jiffies")
_SHOWN_PROCESSES = 5
_NOT_SAID = "not shown by this system"


@dataclass(frozen=True, slots=True)
class Condition:
    """One topic of a machine's state."""

    #: Such as ``governor``.
    topic: str
    #: What the machine is like, in words.
    finding: str
    #: What to do about it, a command or advice; None if it cannot disturb a run.
    fix: str | None = None


def all_conditions(readings: Readings) -> list[Condition]:
    """Every topic in a fixed order; one that is fine has no fix."""
    return [topic(readings) for topic in _TOPICS]


def disturbing(readings: Readings) -> list[Condition]:
    """Those of them that can disturb."""
    return [condition for condition in all_conditions(readings) if condition.fix is not None]


def _cpus(readings: Readings) -> Condition:
    count = sum(map(len, readings.cores))
    model = f"{readings.cpu_model}, " if readings.cpu_model else ""
    if not readings.cores:
        finding = f"{model}this system cannot pin processes to CPUs"
        return Condition("CPUs", finding, "server and generator will disturb each other; measure on Linux for numbers")
    finding = f"{model}{count} on {len(readings.cores)} cores; {readings.cpus.describe()}"
    if readings.cpus.server:
        return Condition("CPUs", finding)
    if count < 2:
        return Condition(
            "CPUs", f"{model}one to choose from", "give it two or more, for server and generator to be apart"
        )
    return Condition("CPUs", finding, "leave the choice to --cpus auto, so that they do not disturb each other")


def _siblings(readings: Readings) -> Condition:
    """Two threads of a core slow each other: those of the server are to meet nobody but each other."""
    server, support = set(readings.cpus.server), set(readings.cpus.support)
    threads = {cpu: set(readings.siblings.get(cpu, (cpu,))) for cpu in (*server, *support)}
    if not threads:
        return Condition("SMT", "of no matter while nothing is pinned")
    off = "echo off | sudo tee /sys/devices/system/cpu/smt/control"
    fix = f"give each side whole cores (--cpus), or switch SMT off with: {off}"
    shared = sorted(set().union(*(threads[cpu] & support for cpu in server)))
    if shared:
        return Condition("SMT", f"the server shares the core of CPU {listed(shared)} with the generator's side", fix)
    strange = sorted(set().union(*threads.values()) - server - support)
    if strange:
        return Condition("SMT", f"CPU {listed(strange)} is left to anyone, on a core that is measured", fix)
    if any(len(of_core) > 1 for of_core in threads.values()):
        return Condition("SMT", "on, and no core is shared between the server and others")
    return Condition("SMT", "a thread per core" if readings.siblings else _NOT_SAID)


def _governor(readings: Readings) -> Condition:
    if readings.governors is None:
        return Condition("governor", _NOT_SAID)
    finding = ", ".join(readings.governors)
    if readings.governors == ("performance",):
        return Condition("governor", finding)
    fix = "set it with: echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"
    return Condition("governor", f"{finding}: clocks follow the load, late", fix)


def _turbo(readings: Readings) -> Condition:
    if readings.turbo is None:
        return Condition("turbo", _NOT_SAID)
    if not readings.turbo.on:
        return Condition("turbo", "off")
    fix = f"switch it off with: echo {readings.turbo.off} | sudo tee {readings.turbo.switch}"
    return Condition("turbo", "on: clocks depend on temperature and on how many cores are at work", fix)


def _power(readings: Readings) -> Condition:
    if readings.on_battery:
        return Condition("power", "on battery, where clocks are often held down", "plug it in")
    return Condition("power", "mains" if readings.on_battery is False else "no battery to be seen")


def _clock(readings: Readings) -> Condition:
    source = readings.clock_source
    if source not in _SLOW_CLOCKS:
        return Condition("clock source", source or _NOT_SAID)
    sysfs = "/sys/devices/system/clocksource/clocksource0"
    fix = f"if {sysfs}/available_clocksource has tsc: echo tsc | sudo tee {sysfs}/current_clocksource"
    return Condition("clock source", f"{source}: each look at the time costs a microsecond or more", fix)


def _load(readings: Readings) -> Condition:
    if readings.load_1min is None:
        return Condition("load average", _NOT_SAID)
    finding = f"{readings.load_1min:g} over the last minute, on {readings.cpu_count} CPUs"
    if readings.load_1min <= _LOAD_PER_CPU * readings.cpu_count:
        return Condition("load average", finding)
    return Condition("load average", finding, "wait until what is or was at work has ended (uptime shows it)")


def _processes(readings: Readings) -> Condition:
    busy = readings.neighbours.busy
    if not busy:
        return Condition("other processes", "none is busy")
    shown = [f"{process.name} (pid {process.pid}) {process.share:.0%}" for process in busy[:_SHOWN_PROCESSES]]
    more = [f"{len(busy) - _SHOWN_PROCESSES} more"] if len(busy) > _SHOWN_PROCESSES else []
    return Condition(
        "other processes", f"{', '.join([*shown, *more])} of a core", "wait until they have ended, or end them"
    )


def _hypervisor(readings: Readings) -> Condition:
    around = readings.virtualisation
    names = " ".join(name for name in (around.vendor, around.product) if name)
    parts = [
        {True: "a virtual machine", False: "no hypervisor", None: "no hypervisor to be seen"}[around.hypervisor],
        *([f"({names})"] if names else []),
        *([f"in a {around.container} container"] if around.container else []),
    ]
    finding = " ".join(parts)
    before, now = readings.stolen_share or 0.0, readings.neighbours.stolen_share
    if around.hypervisor or before or now:
        finding += f"; stolen by others: {before:.2%} of the CPUs' time so far, {now:.0%} right now"
    if before <= _STOLEN_SHARE and now <= _STOLEN_NOW:
        return Condition("virtualisation", finding)
    return Condition(
        "virtualisation", finding, "use a machine with CPUs of its own, or measure when its neighbours sleep"
    )


def _memory(readings: Readings) -> Condition:
    if readings.memory is None:
        return Condition("memory", _NOT_SAID)
    finding = f"{readings.memory.available_mib} MiB available of {readings.memory.total_mib}"
    if readings.memory.available_mib >= _MEMORY_WANTED_MIB:
        return Condition("memory", finding)
    return Condition("memory", finding, f"end what uses it; {_MEMORY_WANTED_MIB} MiB or more keep a run out of swap")


def _swap(readings: Readings) -> Condition:
    if readings.memory is None:
        return Condition("swap", _NOT_SAID)
    used = readings.memory.swap_used_mib
    finding = f"{used} MiB in use of {readings.memory.swap_total_mib}" if readings.memory.swap_total_mib else "none"
    if used <= _SWAP_SHARE * readings.memory.total_mib:
        return Condition("swap", finding)
    return Condition("swap", finding, "end what uses memory, then: sudo swapoff -a && sudo swapon -a")


def _cpu_quota(readings: Readings) -> Condition:
    quota = readings.limits.cpus
    if quota is None:
        return Condition("CPU quota", "none")
    pinned = len(readings.cpus.server) + len(readings.cpus.support)
    used = pinned or sum(map(len, readings.cores)) or readings.cpu_count
    finding = f"{quota:g} CPUs' worth of time, for {used} CPUs in use"
    if quota >= used:
        return Condition("CPU quota", finding)
    fix = "raise the cgroup's or container's limit (docker --cpus, cpu.max), or use fewer CPUs (--cpus)"
    return Condition("CPU quota", f"{finding}: when it is spent, every process stops for a while", fix)


def _memory_limit(readings: Readings) -> Condition:
    limit = readings.limits.memory_mib
    if limit is None:
        return Condition("memory limit", "none")
    if limit >= _MEMORY_WANTED_MIB:
        return Condition("memory limit", f"{limit} MiB")
    fix = f"raise the cgroup's or container's limit (docker --memory, memory.max) to {_MEMORY_WANTED_MIB} MiB or more"
    return Condition("memory limit", f"only {limit} MiB", fix)


def _open_files(readings: Readings) -> Condition:
    limit = readings.open_files
    if limit is None or limit >= _FILES_WANTED:
        return Condition("open files", "no limit" if limit is None else f"up to {limit}")
    fix = f"raise the hard limit to {_FILES_WANTED} or more (ulimit -Hn) for loads of many users"
    return Condition("open files", f"only {limit}", fix)


def _disk(readings: Readings) -> Condition:
    finding = f"{readings.disk_free_mib} MiB free in {readings.disk_folder}"
    if readings.disk_free_mib >= _DISK_WANTED_MIB:
        return Condition("disk", finding)
    return Condition("disk", finding, "make room or point TMPDIR at another folder")


_TOPICS: tuple[Callable[[Readings], Condition], ...] = (
    *(_cpus, _siblings, _governor, _turbo, _power, _clock, _load, _processes, _hypervisor),
    *(_memory, _swap, _cpu_quota, _memory_limit, _open_files, _disk),
)
