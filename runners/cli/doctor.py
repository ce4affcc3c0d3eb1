"""``djbench doctor``: what a run needs, one line each, ok or what to do."""

import resource
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape

from runners import database
from runners.cpus import available_cores, default_cpu_sets
from runners.errors import RunFailed
from runners.ports import free_port
from runners.servers import SERVERS
from runners.software import package_versions
from runners.workspace import Workspace

_NEEDED = ("djbench", "django", "locust", "httpx", "psycopg", "aiofiles")
_FILES_WANTED = 4096
_DISK_WANTED_MIB = 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was found, and, when it is not ok, what to do."""

    topic: str
    found: str
    mend: str | None = None
    essential: bool = True


def doctor_command() -> bool:
    """Print every finding; True when nothing essential is wrong."""
    console = Console(highlight=False, soft_wrap=True)
    sound = True
    for check in CHECKS:
        for finding in check():
            if finding.mend is None:
                console.print(f"[green]ok[/green]    {finding.topic}: {escape(finding.found)}")
            else:
                word = "[red]wrong[/red]" if finding.essential else "[yellow]note[/yellow] "
                console.print(f"{word} {finding.topic}: {escape(finding.found)}; {escape(finding.mend)}")
                sound = sound and not finding.essential
    return sound


def _packages() -> list[Finding]:
    versions = package_versions()
    there = ", ".join(f"{name} {versions[name]}" for name in _NEEDED if name in versions)
    missing = [name for name in _NEEDED if name not in versions]
    return [
        Finding("packages", there),
        *(Finding("packages", f"{name} is not installed", f"pip install {name}") for name in missing),
    ]


def _servers() -> list[Finding]:
    found = []
    for server in SERVERS.values():
        install = server.missing()
        if install is None:
            found.append(Finding(f"server {server.name}", "installed"))
        else:
            found.append(Finding(f"server {server.name}", "not installed", f"to use it: {install}", essential=False))
    return found


def _cores() -> list[Finding]:
    cores = available_cores()
    count = sum(len(core) for core in cores)
    sets = default_cpu_sets(cores)
    if sets.server:
        return [Finding("CPUs", f"{count} on {len(cores)} cores; {sets.describe()}")]
    found = f"{count} to choose from" if count else "this system cannot pin processes to CPUs"
    return [Finding("CPUs", found, "server and generator will share them, and disturb each other", essential=False)]


def _limits() -> list[Finding]:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= _FILES_WANTED:
        return [Finding("open files", f"up to {soft}")]
    mend = f"raise the hard limit to {_FILES_WANTED} or more (ulimit -Hn) for loads of many users"
    return [Finding("open files", f"only {soft}", mend, essential=False)]


def _ports() -> list[Finding]:
    try:
        return [Finding("ports", f"127.0.0.1 has free ones, such as {free_port()}")]
    except OSError as error:
        return [Finding("ports", f"no free port on 127.0.0.1 ({error.strerror})", "end what holds them")]


def _disk() -> list[Finding]:
    folder = tempfile.gettempdir()
    free_mib = shutil.disk_usage(folder).free // 2**20
    if free_mib >= _DISK_WANTED_MIB:
        return [Finding("disk", f"{free_mib} MiB free in {folder}")]
    return [Finding("disk", f"{free_mib} MiB free in {folder}", "make room or point TMPDIR at another folder")]


def _database() -> list[Finding]:
    try:
        with Workspace("doctor") as workspace, database.running("postgres", workspace, ()):
            return [Finding("database", "PostgreSQL starts")]
    except RunFailed as error:
        return [Finding("database", str(error).splitlines()[0], "or use --database sqlite")]


CHECKS: tuple[Callable[[], list[Finding]], ...] = (_packages, _servers, _cores, _limits, _ports, _disk, _database)
