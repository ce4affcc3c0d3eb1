"""A server as a value: what to run, with which settings, and what it can hold."""

import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from math import ceil, prod
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from djbench.pattern import Pattern
from djbench.spec import Parameter, SpecError, Value, canonical, resolve, text_of

EVENT_LOOP = "an event loop"
# The least pool of connections to the database: as many as there are threads by default (servers._threads). And what
# else connects: the conductor, those that PostgreSQL keeps for a superuser, and some that are about to end.
_POOL, _NOT_POOLED = 16, 20


@dataclass(frozen=True, kw_only=True)
class Server:
    """One server, with the settings it takes.

    program: what is run, from the interpreter's folder or the path; None for the interpreter itself.
    arguments: its command line; ``{host}``, ``{port}``, ``{application}`` and each parameter's name are filled in.
    slots: the parameters whose product is the number of requests it works on at once; None for an event loop, or a
    thread or greenlet per connection, which bound connections at most.
    unbounded: for a server without slots, what takes their place.
    processes: the parameter that counts the processes that answer; None for a server that has but one, which uses one
    core at most (Python runs on one at a time in a process, unless it was built without the GIL).
    modules: what must be importable, each with the package that brings it.
    environment: variables that its processes need; where the run sets one of that name, the run's counts.
    cannot: styles of views that do not work under it, each with the reason.
    no_websockets: why it does not speak over WebSockets; empty for one that does, and under WSGI, where nobody does.
    source: the page of its documentation that has these settings and what it recommends.
    """

    name: str
    summary: str
    interface: Literal["wsgi", "asgi"]
    arguments: tuple[str, ...]
    modules: Mapping[str, str]
    program: str | None = None
    parameters: tuple[Parameter, ...] = ()
    slots: tuple[str, ...] | None = None
    unbounded: str = EVENT_LOOP
    processes: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    cannot: Mapping[str, str] = field(default_factory=dict)
    no_websockets: str = ""
    source: str = ""

    @property
    def slug(self) -> str:
        """Its name as a part of a file's name."""
        return re.sub(r"[^a-z0-9-]+", "-", self.name.lower()).strip("-")

    def refuses(self, pattern: Pattern, style: str) -> str | None:
        """Why this style of a pattern does not work under it; None when it does."""
        if style in self.cannot:
            return self.cannot[style]
        if not pattern.runs(style, self.interface):
            return pattern.needs[style][1]
        return self.no_websockets or None if pattern.websocket else None

    def missing(self) -> str | None:
        """The command that installs what this server lacks, None when it can run."""
        packages = {package for module, package in self.modules.items() if not _importable(module)}
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

    @property
    def slots_by(self) -> str:
        """How it comes to its slots: ``workers=2 x threads=8``; for an unbounded one, what takes their place."""
        if self.server.slots is None:
            return self.server.unbounded
        return " x ".join(f"{name}={text_of(self.values[name])}" for name in self.server.slots)

    def with_cores(self, cores: int) -> "ServerSpec":
        """The same server with a process for each of so many cores; its slots multiply.

        One that has but one process stays as it is. Raises SpecError when it does not take that number.
        """
        return self._with(self.server.processes, cores) if self.server.processes else self

    def with_slots(self, slots: int) -> "ServerSpec":
        """The same server with so many slots, by what it has for that: threads or processes.

        An unbounded one stays as it is. Raises SpecError when its other parameters do not allow that number.
        """
        if self.server.slots is None:
            return self
        *others, name = self.server.slots
        factor = prod(int(self.values[other]) for other in others)
        if slots % factor:
            many = "1 slot" if slots == 1 else f"{slots} slots"
            raise SpecError(f"{self}: {many} cannot be shared evenly by {factor} {' x '.join(others)}")
        return self._with(name, slots // factor)

    def _with(self, name: str, value: int) -> "ServerSpec":
        given = {**{key: text_of(known) for key, known in self.values.items()}, name: str(value)}
        return ServerSpec(self.server, MappingProxyType(resolve(self.server.name, self.server.parameters, given)))

    @cached_property
    def processes(self) -> int:
        """How many processes answer requests."""
        return int(self.values[self.server.processes]) if self.server.processes else 1

    @property
    def slots_per_process(self) -> int:
        """How many requests one of its processes works on at once; 0 when unbounded."""
        return ceil((self.slots or 0) / self.processes)

    def pool_size(self, most: int | None, *, wanted: int = 0) -> int:
        """How many connections to the database the pool of each of its processes may hold.

        As many as are wanted, and never under one for each slot, or under 16. most: connections that the database
        allows; the pools of all processes together, and what else connects, keep within it. None where there is no
        such number.
        """
        size = max(_POOL, self.slots_per_process, wanted)
        return size if most is None else max(1, min(size, (most - _NOT_POOLED) // self.processes))

    def command(self, *, interpreter: str, host: str, port: int, application: str) -> list[str]:
        """The command line that serves ``application`` there."""
        filled = {key: text_of(value) for key, value in self.values.items()}
        return [
            (_found(self.server.program, interpreter) or self.server.program) if self.server.program else interpreter,
            *(part.format(host=host, port=port, application=application, **filled) for part in self.server.arguments),
        ]

    def shown_command(self) -> tuple[str, ...]:
        """The command line for a project of one's own: a placeholder for its application, a usual address and port."""
        filled = {key: text_of(value) for key, value in self.values.items()}
        place = {"host": "127.0.0.1", "port": "8000", "application": f"yourproject.{self.server.interface}:application"}
        return (
            self.server.program or "python",
            *(part.format_map({**place, **filled}) for part in self.server.arguments),
        )


def _importable(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # a dotted name whose parent is not there, or no package
        return False


def _found(program: str, interpreter: str) -> str | None:
    """Where the program is: beside the interpreter, as in a virtual environment, or on the path."""
    beside = Path(interpreter).parent / program
    return str(beside) if beside.is_file() else shutil.which(program)
