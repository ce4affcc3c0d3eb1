"""What servers need of an interpreter: their packages, and their programs."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from djbench.server import Server, ServerSpec
from runners.machine.software import importable


def missing(servers: Iterable[Server], interpreter: str) -> dict[str, str]:
    """By name, for each server that this interpreter cannot run: the command that installs what it lacks.

    Raises UsageError if the interpreter does not answer.
    """
    chosen = list(servers)
    present = importable(interpreter, {module for server in chosen for module in server.modules})
    commands = {server.name: _install(server, interpreter, present) for server in chosen}
    return {name: command for name, command in commands.items() if command is not None}


def _install(server: Server, interpreter: str, present: frozenset[str]) -> str | None:
    packages = {package for module, package in server.modules.items() if module not in present}
    if packages:
        return f"{interpreter} -m pip install {' '.join(sorted(packages))}"
    if server.program and not _program(server.program, interpreter):
        return f"put {server.program} on the PATH"
    return None


def command_line(spec: ServerSpec, interpreter: str, *, host: str, port: int, application: str) -> list[str]:
    """What to start, so that the server serves ``application`` there."""
    program = spec.server.program
    first = (_program(program, interpreter) or program) if program else interpreter
    return [first, *spec.arguments(host=host, port=port, application=application)]


def _program(program: str, interpreter: str) -> str | None:
    """Where the program is: beside the interpreter, as in a virtual environment, or on the PATH."""
    beside = Path(interpreter).parent / program
    return str(beside) if beside.is_file() else shutil.which(program)
