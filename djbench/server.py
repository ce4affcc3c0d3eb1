"""A server as a value: what to run, with which settings, and what it can hold."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, prod
from types import MappingProxyType
from typing import Literal

from djbench.deployed_project import YOUR_PROJECT, DeployedProject
from djbench.pattern import Pattern
from djbench.spec import Parameter, SpecError, Value, canonical, resolve, text_of

EVENT_LOOP = "an event loop"
# The smallest pool of connections to the database: as many as a server has threads by default.
_POOL = 16
# What else connects: the conductor, those that PostgreSQL keeps for a superuser, and some that are about to end.
NOT_POOLED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentFile:
    """The file that a site deploys a server with, and the command that reads it.

    As a server's entry has it, with the blanks of ``Server.arguments`` and three of the project: ``{project}``, its
    name, ``{settings}``, its settings module, and ``{folder}``, where it starts. Or filled, for one configuration.
    """

    #: The file's name, such as ``gunicorn.conf.py``.
    name: str
    #: The words of the command to type beside it.
    command: tuple[str, ...]
    #: What stands in it. Two more blanks: ``{spec}``, the server's spec string, and ``{command}``, quoted for a shell.
    text: str

    @property
    def legible(self) -> bool:
        """Can a page show it as it is? Not with control characters, or with turns of the writing direction."""
        lines = (self.name, *self.command, *self.text.replace("\t", " ").split("\n"))
        return all(line.isprintable() for line in lines)

    def filled(self, spec: str, blanks: Mapping[str, object]) -> "DeploymentFile":
        """The file for one configuration. Raises what ``str.format_map`` raises for a blank that stands for nothing."""
        command = tuple(word.format_map(blanks) for word in self.command)
        text = self.text.format_map({**blanks, "spec": spec, "command": shlex.join(command)})
        return DeploymentFile(name=self.name.format_map(blanks), command=command, text=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """From when on a server knows some words of its command line."""

    #: The package that has to know them.
    package: str
    #: Its first version that does.
    version: str
    #: Are they left out for an older version? Else such a server is not measured.
    dispensable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One server: all there is to say of it. The registry has one entry for each."""

    #: The first part of its spec string.
    name: str
    #: What it is, in a line.
    summary: str
    #: Which of the target's applications it serves.
    interface: Literal["wsgi", "asgi"]
    #: Its command line. Blanks: ``{host}``, ``{port}``, ``{application}`` and the name of each parameter.
    arguments: tuple[str, ...]
    #: What must be importable, each with the package that brings it.
    modules: Mapping[str, str]
    #: What is run, from the interpreter's folder or the PATH; None for the interpreter itself.
    program: str | None = None
    #: What older versions do not know of its command line, such as ``--worker-class asgi``, each with the first version
    #: that does. Words are separated by a space, and values of parameters count.
    since: Mapping[str, Since] = field(default_factory=dict)
    #: The settings that a spec string can give.
    parameters: tuple[Parameter, ...] = ()
    #: The parameters whose product is the number of requests it works on at once. None if only connections bound that:
    #: an event loop, or a thread or greenlet per connection.
    slots: tuple[str, ...] | None = None
    #: What takes the place of slots, for a server without them.
    unbounded: str = EVENT_LOOP
    #: The parameter that counts the processes that answer. None for a server with a single one, which uses at most one
    #: core (Python runs on one at a time in a process, unless it was built without the GIL).
    processes: str | None = None
    #: If several processes answer, how many it has beside them: a master, a router. Python's resource tracker is not
    #: counted. A trial waits until all of them are there.
    helpers: int = 1
    #: Variables that its processes need. If the run sets one of the same name, the run's counts.
    environment: Mapping[str, str] = field(default_factory=dict)
    #: Django apps that have to come before all others of the project.
    apps: tuple[str, ...] = ()
    #: Styles of views that do not work under it, each with the reason.
    cannot: Mapping[str, str] = field(default_factory=dict)
    #: Why it does not speak over WebSockets. Empty if it does, and under WSGI, where no server does.
    no_websockets: str = ""
    #: Its colour in charts, such as ``#0072b2``; empty for the next one that is free.
    colour: str = ""
    #: The file that a site deploys it with; None for a server that its command line deploys.
    deployment: DeploymentFile | None = None
    #: Why no site should run on it; empty for a server that is fit for production.
    unfit: str = ""
    #: The page of its documentation that has these settings and what it recommends.
    source: str = ""

    @property
    def slug(self) -> str:
        """Its name as a part of a file's name."""
        return re.sub(r"[^a-z0-9-]+", "-", self.name.lower()).strip("-")

    def spec(self, values: Mapping[str, str]) -> "ServerSpec":
        """The server with these values for some of its parameters. Raises SpecError with one line."""
        return ServerSpec(server=self, values=MappingProxyType(resolve(self.name, self.parameters, values)))

    def refuses(self, pattern: Pattern, style: str) -> str | None:
        """Why this style of a pattern does not work under it; None if it does."""
        if style in self.cannot:
            return self.cannot[style]
        if not pattern.runs(style, self.interface):
            return pattern.needs[style][1]
        return self.no_websockets or None if pattern.websocket else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSpec:
    """A server with every parameter set."""

    #: The server.
    server: Server
    #: A value for each of its parameters, in their order.
    values: Mapping[str, Value]

    def __str__(self) -> str:
        return canonical(self.server.name, self.values)

    def __hash__(self) -> int:
        return hash(str(self))

    @property
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
        """The same server with a process for each core; its slots multiply.

        A server with a single process stays as it is. Raises SpecError if it does not take that number.
        """
        return self._with(self.server.processes, cores) if self.server.processes else self

    def with_slots(self, slots: int) -> "ServerSpec":
        """The same server with that number of slots, by what it has for them: threads or processes.

        An unbounded one stays as it is. Raises SpecError if its other parameters do not allow that number.
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
        texts = {**{key: text_of(current) for key, current in self.values.items()}, name: str(value)}
        return self.server.spec(texts)

    @property
    def processes(self) -> int:
        """How many processes answer requests."""
        return int(self.values[self.server.processes]) if self.server.processes else 1

    @property
    def slots_per_process(self) -> int:
        """How many requests one of its processes works on at once; 0 when unbounded."""
        return ceil((self.slots or 0) / self.processes)

    def pool_size(self, most: int | None, *, wanted: int = 0, standing: Sequence["ServerSpec"] = ()) -> int:
        """How many connections to the database the pool of each of its processes may hold.

        As many as are wanted, but at least one for each slot, and at least 16. most: connections that the database
        allows, None if it sets no limit. The pools of all processes and what else connects stay within it. standing:
        all servers that stand at the same time and share these, itself among them; empty for itself alone.
        """
        size = max(_POOL, self.slots_per_process, wanted)
        if most is None:
            return size
        sharing = standing or (self,)
        pooled = most - NOT_POOLED - (len(sharing) - 1)  # the conductor has a connection to the database of each
        return max(1, min(size, pooled // sum(spec.processes for spec in sharing)))

    def arguments(self, *, host: str, port: int, application: str) -> list[str]:
        """What follows the interpreter, or the server's program, so that it serves ``application`` there."""
        return self._filled(self._blanks(host=host, port=port, application=application))

    def shown_command(self, project: DeployedProject = YOUR_PROJECT) -> tuple[str, ...]:
        """The command line that serves a project of one's own."""
        return (self.server.program or "python", *self._filled(self._own(project)))

    def deployment(self, project: DeployedProject = YOUR_PROJECT) -> DeploymentFile | None:
        """The file that deploys a project of one's own as it was measured; None for a server without one."""
        file = self.server.deployment
        names = {"project": project.slug, "settings": project.settings, "folder": project.folder}
        return file.filled(str(self), {**self._own(project), **names}) if file else None

    def _filled(self, blanks: Mapping[str, object]) -> list[str]:
        return [part.format_map(blanks) for part in self.server.arguments]

    def _own(self, project: DeployedProject) -> dict[str, object]:
        """The blanks of a command line with a usual address and the project's application."""
        return self._blanks(host="127.0.0.1", port=8000, application=project.application(self.server.interface))

    def _blanks(self, **place: object) -> dict[str, object]:
        return {**{name: text_of(value) for name, value in self.values.items()}, **place}
