"""``djbench doctor``: what a run needs, one line each, ok or what to do."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape

from djbench.errors import RunFailed, UsageError
from djbench.server import Server
from djbench.supply import Supply
from djbench.target import Target
from runners.cli.project import ProjectFolder, chosen_target
from runners.hosts.cpus import available_cores, default_cpu_sets
from runners.hosts.ports import free_port
from runners.hosts.workspace import Workspace
from runners.machine.conditions import all_conditions
from runners.machine.readings import take
from runners.machine.software import interpreter_description
from runners.servers.packages.supplies import Lack, prospects
from runners.servers.registry import SERVERS
from runners.services import database

_NEEDED = ("djbench", "django", "locust", "httpx", "psycopg", "aiofiles")
# Of the conditions: others disturb a run, this one ends it.
_FATAL = ("disk",)
_NEW_ENVIRONMENT = "create the environment again, e.g. with: make clean setup"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One line of the doctor's."""

    #: What was looked at.
    topic: str
    #: What there is.
    finding: str
    #: What to do; None if all is well.
    fix: str | None = None
    #: Can a run not do without it?
    essential: bool = True


def doctor_command(project: ProjectFolder = None) -> int:
    """Check what a run needs: one line each, ok or what to do."""
    console = Console(highlight=False, soft_wrap=True)
    sound = True
    target = chosen_target(project)
    for check in CHECKS:
        for diagnosis in check(target):
            line = f"{diagnosis.topic}: {escape(diagnosis.finding)}"
            if diagnosis.fix is None:
                console.print(f"[green]ok[/green]    {line}")
            else:
                word = "[red]wrong[/red]" if diagnosis.essential else "[yellow]note[/yellow] "
                console.print(f"{word} {line}; {escape(diagnosis.fix)}")
                sound = sound and not diagnosis.essential
    return 0 if sound else 1


def _packages(_: Target) -> list[Diagnosis]:
    versions = interpreter_description(sys.executable)["packages"] or {}
    there = ", ".join(f"{name} {versions[name]}" for name in _NEEDED if name in versions)
    absent = [name for name in _NEEDED if name not in versions]
    return [
        Diagnosis("packages", there),
        *(Diagnosis("packages", f"{name} is not installed", f"pip install {name}") for name in absent),
    ]


def _servers(target: Target) -> list[Diagnosis]:
    try:
        outlook = prospects(target, [server.spec({}) for server in SERVERS.values()])
    except UsageError as error:
        return [Diagnosis("servers", str(error), _NEW_ENVIRONMENT)]
    return [_server(SERVERS[name], prospect) for name, prospect in outlook.items()]


def _server(server: Server, prospect: Supply | Lack) -> Diagnosis:
    topic = f"server {server.name}"
    if isinstance(prospect, Lack):
        return Diagnosis(topic, prospect.reason, prospect.fix or "runs leave it out", essential=False)
    return Diagnosis(topic, ", ".join(prospect.origins(server.modules.values())) or "there")


def _interpreter(target: Target) -> list[Diagnosis]:
    state = interpreter_description(target.interpreter)
    if state["python"] is None:
        return [Diagnosis("Python", f"{target.interpreter} does not say what it is", _NEW_ENVIRONMENT)]
    jit = {True: "JIT on", False: "JIT off", None: "no JIT to be seen"}[state["jit"]]
    built = (
        " ".join(["with", *state["python_options"]]) if state["python_options"] else "without --enable-optimizations"
    )
    gil = "GIL on" if state["gil"] else "GIL off"
    django = f", Django {state['packages'].get('django', 'is missing')}" if target.overlaid else ""
    return [Diagnosis("Python", f"{state['python']}, {state['python_build']}, built {built}; {gil}, {jit}{django}")]


def _conditions(_: Target) -> list[Diagnosis]:
    readings = take(default_cpu_sets(available_cores()))
    return [
        Diagnosis(condition.topic, condition.finding, condition.fix, essential=condition.topic in _FATAL)
        for condition in all_conditions(readings)
    ]


def _ports(_: Target) -> list[Diagnosis]:
    try:
        return [Diagnosis("ports", f"127.0.0.1 has free ones, such as {free_port()}")]
    except OSError as error:
        return [Diagnosis("ports", f"no free port on 127.0.0.1 ({error.strerror})", "end what holds them")]


def _database(_: Target) -> list[Diagnosis]:
    try:
        with Workspace("doctor") as workspace, database.running_database("postgres", workspace, ()):
            return [Diagnosis("database", "PostgreSQL starts")]
    except RunFailed as error:
        return [Diagnosis("database", str(error).splitlines()[0], "or use --database sqlite")]


CHECKS: tuple[Callable[[Target], list[Diagnosis]], ...] = (
    _packages,
    _servers,
    _interpreter,
    _conditions,
    _ports,
    _database,
)
