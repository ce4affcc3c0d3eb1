"""The machine's fingerprint: what has to be equal for two runs' numbers to be comparable."""

import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from djbench.rooms import rooms_folder
from djbench.target import Target
from runners.hosts.cpus import CpuSets
from runners.machine import linux, software
from runners.machine.limits import cgroup_limits, open_files_limits
from runners.targets.environment import child_environment


def fingerprint(cpus: CpuSets, target: Target, root: Path = Path("/")) -> dict[str, Any]:
    """What is known before a run's services start. Holds nothing secret; None for what the system does not say.

    ``root``: the folder with /proc and /sys. ``results.records.fingerprints`` says what differs between two of them.
    """
    code, checkout = software.code_folders(target), rooms_folder()
    memory = linux.physical_memory(root)
    turbo = linux.turbo(root)
    files, most_files = ("unlimited" if limit is None else limit for limit in open_files_limits())
    return {
        "system": platform.system(),
        "kernel": platform.release(),
        "boot_sha256": linux.boot_hash(root),
        "architecture": platform.machine(),
        "cpu_model": linux.cpu_model(root) or platform.processor() or platform.machine(),
        "cpu_count": psutil.cpu_count(logical=True),
        "cpu_count_physical": psutil.cpu_count(logical=False),
        "cpus_server": list(cpus.server),
        "cpus_support": list(cpus.support),
        "smt": linux.smt(root),
        "governors": _listed(linux.governors(root, cpus.all())),
        "turbo": None if turbo is None else turbo.on,
        "clock_source": linux.clock_source(root),
        "virtualisation": asdict(linux.virtualisation(root)),
        "cgroup_limits": asdict(cgroup_limits(root)),
        "memory_mib": round(psutil.virtual_memory().total / 2**20),
        "swap_mib": None if memory is None else memory.swap_total_mib,
        "swap_used_mib": None if memory is None else memory.swap_used_mib,
        "load_average": linux.load_average(),
        "open_files_limit": files,
        "open_files_limit_hard": most_files,
        "listen_backlog": linux.listen_backlog(root),
        **software.interpreter_description(target.interpreter),
        **({"overlays": software.overlays(target)} if target.overlaid else {}),
        "environment": software.environment(child_environment({})),
        "lock_sha256": software.lock_hash(checkout),
        "source": software.source(checkout, code.values()),
        "code_sha256": software.code_hash(code, target.description),
    }


def _listed(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else list(values)
