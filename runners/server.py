"""A server as a value: what to run, with which settings, and what it can hold."""

import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from target_site.parameters import Parameter, SpecError, Value, canonical, resolve, text_of


@dataclass(frozen=True, kw_only=True)
class Server:
    """One server, with the settings it takes.

    program: what is run, from the interpreter's folder or the path; None for the interpreter itself.
    arguments: its command line; ``{host}``, ``{port}``, ``{application}`` and each parameter's name are filled in.
    slots: the parameters whose product is the number of requests it works on at once; None for an event loop, or a
    thread or greenlet per connection, which bound connections at most.
    processes: the parameter that counts the processes that answer.
    modules: what must be importable, each with the package that brings it.
    cannot: styles of views that do not work under it, each with the reason.
    """

    name: str
    summary: str
    interface: Literal["wsgi", "asgi"]
    arguments: tuple[str, ...]
    modules: Mapping[str, str]
    program: str | None = None
    parameters: tuple[Parameter, ...] = ()
    slots: tuple[str, ...] | None = None
    processes: str | None = None
    cannot: Mapping[str, str] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """Its name as a part of a file's name."""
        return re.sub(r"[^a-z0-9-]+", "-", self.name.lower()).strip("-")

    def missing(self) -> str | None:
        """The command that installs what this server lacks, None when it can run."""
        packages = {package for module, package in self.modules.items() if find_spec(module) is None}
        if packages:
            return f"{sys.executable} -m pip install {' '.join(sorted(packages))}"
        if self.program and not _found(self.program, sys.executable):
            return f"put {self.program} on the PATH"
        return None


@dataclass(frozen=True)
class ServerSpec:
    """A server with every parameter set."""

    server: Server
    values: Mapping[str, Value]

    def __str__(self) -> str:
        return canonical(self.server.name, self.values)

    def __hash__(self) -> int:
        return hash(str(self))

    @cached_property
    def slots(self) -> int | None:
        """How many requests this configuration works on at once; None when unbounded."""
        if self.server.slots is None:
            return None
        return prod(int(self.values[name]) for name in self.server.slots)

    def with_slots(self, slots: int) -> "ServerSpec":
        """The same server with so many slots, by what it has for that: threads, connections or processes.

        An unbounded one stays as it is. Raises SpecError when its other parameters do not allow that number.
        """
        if self.server.slots is None:
            return self
        *others, name = self.server.slots
        factor = prod(int(self.values[other]) for other in others)
        if slots % factor:
            raise SpecError(f"{self}: {slots} slots cannot be shared evenly by {factor} {' x '.join(others)}")
        given = {**{key: text_of(value) for key, value in self.values.items()}, name: str(slots // factor)}
        return ServerSpec(self.server, MappingProxyType(resolve(self.server.name, self.server.parameters, given)))

    @cached_property
    def processes(self) -> int:
        """How many processes answer requests."""
        return int(self.values[self.server.processes]) if self.server.processes else 1

    def command(self, *, interpreter: str, host: str, port: int, application: str) -> list[str]:
        """The command line that serves ``application`` there."""
        filled = {key: text_of(value) for key, value in self.values.items()}
        return [
            (_found(self.server.program, interpreter) or self.server.program) if self.server.program else interpreter,
            *(part.format(host=host, port=port, application=application, **filled) for part in self.server.arguments),
        ]


def _found(program: str, interpreter: str) -> str | None:
    """Where the program is: beside the interpreter, as in a virtual environment, or on the path."""
    beside = Path(interpreter).parent / program
    return str(beside) if beside.is_file() else shutil.which(program)
