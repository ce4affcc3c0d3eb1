"""``djbench doctor``: what a run needs, one line each, ok or what to do."""

from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape

from djbench.errors import RunFailed, UsageError
from runners.hosts.cpus import available_cores, default_cpu_sets
from runners.hosts.ports import free_port
from runners.hosts.workspace import Workspace
from runners.machine.conditions import all_conditions
from runners.machine.readings import take
from runners.machine.software import interpreter_description
from runners.servers.installed import missing
from runners.servers.registry import SERVERS
from runners.services import database
from runners.targets.built_in import built_in

_NEEDED = ("djbench", "django", "locust", "httpx", "psycopg", "aiofiles")
# Of the conditions: others disturb a run, this one ends it.
_FATAL = ("disk",)
_NEW_ENVIRONMENT = "make the environment anew, such as with: make clean setup"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was found, and, when it is not ok, what to do."""

    topic: str
    found: str
    mend: str | None = None
    essential: bool = True


def doctor_command() -> int:
    """Check what a run needs: one line each, ok or what to do."""
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
    return 0 if sound else 1


def _packages() -> list[Finding]:
    versions = interpreter_description(built_in().interpreter)["packages"] or {}
    there = ", ".join(f"{name} {versions[name]}" for name in _NEEDED if name in versions)
    absent = [name for name in _NEEDED if name not in versions]
    return [
        Finding("packages", there),
        *(Finding("packages", f"{name} is not installed", f"pip install {name}") for name in absent),
    ]


def _servers() -> list[Finding]:
    try:
        commands = missing(SERVERS.values(), built_in().interpreter)
    except UsageError as error:
        return [Finding("servers", str(error), _NEW_ENVIRONMENT)]
    return [
        Finding(f"server {name}", "not installed", f"to use it: {commands[name]}", essential=False)
        if name in commands
        else Finding(f"server {name}", "installed")
        for name in SERVERS
    ]


def _interpreter() -> list[Finding]:
    state = interpreter_description(built_in().interpreter)
    if state["python"] is None:
        return [Finding("Python", f"{built_in().interpreter} does not say what it is", _NEW_ENVIRONMENT)]
    jit = {True: "JIT on", False: "JIT off", None: "no JIT to be seen"}[state["jit"]]
    built = (
        " ".join(["with", *state["python_options"]]) if state["python_options"] else "without --enable-optimizations"
    )
    gil = "GIL on" if state["gil"] else "GIL off"
    found = f"{state['python']}, {state['python_build']}, built {built}; {gil}, {jit}"
    return [Finding("Python", found)]


def _conditions() -> list[Finding]:
    readings = take(default_cpu_sets(available_cores()))
    return [
        Finding(each.topic, each.finding, each.fix, essential=each.topic in _FATAL) for each in all_conditions(readings)
    ]


def _ports() -> list[Finding]:
    try:
        return [Finding("ports", f"127.0.0.1 has free ones, such as {free_port()}")]
    except OSError as error:
        return [Finding("ports", f"no free port on 127.0.0.1 ({error.strerror})", "end what holds them")]


def _database() -> list[Finding]:
    try:
        with Workspace("doctor") as workspace, database.running_database("postgres", workspace, ()):
            return [Finding("database", "PostgreSQL starts")]
    except RunFailed as error:
        return [Finding("database", str(error).splitlines()[0], "or use --database sqlite")]


CHECKS: tuple[Callable[[], list[Finding]], ...] = (_packages, _servers, _interpreter, _conditions, _ports, _database)
