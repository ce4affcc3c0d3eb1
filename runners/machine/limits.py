"""What this process and its children may use: open files, and the CPU time and memory that their cgroup leaves them."""

import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from runners.machine.linux import file_text, number_of, physical_memory

# Version 1 has no word for "no limit" of memory: it shows the largest number of whole pages.
_NO_LIMIT = 2**60
# For version 2 and version 1: the limit, what is used, and the part of that which the kernel gives back when asked.
_MEMORY_FILES = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


@dataclass(frozen=True, slots=True)
class CgroupLimits:
    """The tightest limits of this process's cgroup and those around it."""

    #: How many CPUs' worth of time; None for no limit.
    cpus: float | None = None
    #: None for no limit.
    memory_mib: int | None = None


def raise_file_limit() -> int:
    """Lift this process's limit of open files as far as it may go, for it and its children. Returns the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS reports an unlimited hard limit but refuses more than OPEN_MAX.
    wanted = 10240 if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return soft


def open_files_limits() -> tuple[int | None, int | None]:
    """How many files this process may open, and how far that may be raised; None for any number."""
    soft, hard = (
        None if limit == resource.RLIM_INFINITY else limit for limit in resource.getrlimit(resource.RLIMIT_NOFILE)
    )
    return soft, hard


def cgroup_limits(root: Path) -> CgroupLimits:
    """The limits by cgroups of version 1, 2 or both, as cgroups(7) has them."""
    cpus: list[float] = []
    memory: list[int] = []
    for folder in _folders(root):
        quota, period = _cpu_quota(folder)
        if quota > 0 and period > 0:
            cpus.append(quota / period)
        for name, _, _ in _MEMORY_FILES:
            limit = number_of(folder / name)
            if limit is not None and limit < _NO_LIMIT:
                memory.append(limit)
    return CgroupLimits(min(cpus, default=None), min(memory) // 2**20 if memory else None)


def available_memory_mib(root: Path) -> int | None:
    """How much memory new processes can have without swapping, in the machine and in every cgroup around this process.

    None if the system does not say.
    """
    memory = physical_memory(root)
    left = [memory.available_mib] if memory else []
    for folder in _folders(root):
        for limit, usage, cache in _MEMORY_FILES:
            allowed = number_of(folder / limit)
            if allowed is not None and allowed < _NO_LIMIT:
                used = (number_of(folder / usage) or 0) - _statistic(folder / "memory.stat", cache)
                left.append(max(0, allowed - used) // 2**20)
    return min(left, default=None)


def _statistic(file: Path, name: str) -> int:
    """A figure in bytes from ``memory.stat``; 0 if it is not there."""
    figures = dict(line.split() for line in (file_text(file) or "").splitlines())
    return int(figures.get(name, 0))


def _cpu_quota(folder: Path) -> tuple[int, int]:
    """A cgroup's CPU time per period, both in µs; a quota of 0 or less is none."""
    quota, _, period = (file_text(folder / "cpu.max") or "").partition(" ")
    if quota.isdigit() and period.isdigit():
        return int(quota), int(period)
    return number_of(folder / "cpu.cfs_quota_us") or 0, number_of(folder / "cpu.cfs_period_us") or 0


def _folders(root: Path) -> Iterator[Path]:
    """Where the cgroups of this process show their limits: each of them and every one around it that is in sight."""
    paths: dict[str, PurePosixPath] = {}
    for line in (file_text(root / "proc/self/cgroup") or "").splitlines():
        _, controllers, named = line.split(":", 2)
        for controller in controllers.split(","):  # version 2 names none
            paths[controller] = PurePosixPath(named)
    for line in (file_text(root / "proc/self/mountinfo") or "").splitlines():
        mount, _, system = line.partition(" - ")
        kind, _, options = system.split(" ", 2)
        if not kind.startswith("cgroup"):
            continue
        mounted, place = (PurePosixPath(field) for field in mount.split()[3:5])
        wanted = {""} if kind == "cgroup2" else {"cpu", "memory"} & set(options.split(","))
        for controller in wanted & paths.keys():
            path = paths[controller]
            # In a container, the path is the host's and the mount may begin in its middle.
            inside = path.relative_to(mounted) if path.is_relative_to(mounted) else PurePosixPath()
            for folder in (inside, *inside.parents):
                yield root / place.relative_to("/") / folder
