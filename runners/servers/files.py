"""Servers from outside: a TOML file, or the entry point of an installed package."""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from djbench.errors import UsageError
from djbench.server import EVENT_LOOP, DeploymentFile, Server, Since
from djbench.spec import Parameter, SpecError, require_sound
from runners.toml_file import NumberOrText, like, read_toml

# What the blanks of a command line stand for besides parameters.
_PLACE = {"host": "127.0.0.1", "port": "1", "application": "a:b"}
# What those of a deployment file stand for in addition, and those of its text alone.
_OF_FILE = {"project": "a", "settings": "a.b", "folder": "/a"}
_OF_TEXT = {"spec": "a", "command": "b"}
_COLOUR = re.compile("#[0-9a-f]{6}")
_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


# TOML has lists, and the values have tuples.
_Words = Annotated[tuple[str, ...], Field(strict=False)]


class _Table(BaseModel):
    """A table of a server's file: no key that does not exist, no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class _Parameter(_Table):
    """One setting; the type of its default is the type of its values."""

    name: Annotated[str, like(r"[a-z][a-z0-9_]*", "max_requests, in lower-case letters, digits and _")]
    default: NumberOrText
    summary: str
    unit: str = ""
    minimum: float = 0
    maximum: float = math.inf
    choices: _Words = ()


class _Since(_Table):
    """From when on a server knows words of its command line."""

    package: Annotated[str, like(r"[a-z0-9]+(-[a-z0-9]+)*", "uvicorn-worker")]
    version: Annotated[str, like(r"\d+(\.\d+)*", "25.1")]
    dispensable: bool = False


class _DeploymentFile(_Table):
    """The file that a site deploys the server with."""

    name: str
    command: Annotated[_Words, Field(min_length=1)]
    text: str


class _ServerFile(_Table):
    """A server's TOML file: the fields of ``Server`` but for its name, which is the file's path."""

    summary: str
    interface: Literal["wsgi", "asgi"]
    arguments: Annotated[_Words, Field(min_length=1)]
    program: str | None = None
    modules: dict[str, str] = {}
    since: dict[str, _Since] = {}
    parameters: list[_Parameter] = []
    slots: _Words | None = None
    unbounded: str = EVENT_LOOP
    processes: str | None = None
    helpers: int = 1
    environment: dict[str, str] = {}
    apps: _Words = ()
    cannot: dict[str, str] = {}
    no_websockets: str = ""
    colour: str = ""
    deployment: _DeploymentFile | None = None
    unfit: str = ""
    source: str = ""

    def server(self, name: str) -> Server:
        """The value that the file describes."""
        values = self.model_dump(exclude={"parameters", "deployment", "since"})
        return Server(
            name=name,
            parameters=tuple(Parameter(**parameter.model_dump()) for parameter in self.parameters),
            since={words: Since(**since.model_dump()) for words, since in self.since.items()},
            deployment=DeploymentFile(**self.deployment.model_dump()) if self.deployment else None,
            **values,
        )


def from_file(name: str) -> Server:
    """The server that a TOML file describes, named by its path. Raises SpecError with one line."""
    try:
        server = read_toml(Path(name), _ServerFile, "server").server(name)
    except UsageError as error:
        raise SpecError(str(error)) from None
    require_sound_server(server)
    return server


def require_sound_server(server: Server) -> None:
    """Raises SpecError if the parts do not fit together; else only a start or a report would show that."""
    require_sound(server.name, server.parameters)
    parameters = {parameter.name: parameter for parameter in server.parameters}
    if taken := sorted(parameters.keys() & {*_PLACE, *_OF_FILE, *_OF_TEXT}):
        raise SpecError(f"{server.name}: {taken[0]} cannot be a parameter: djbench fills in {{{taken[0]}}} itself")
    _require_counts(server, parameters)
    _require_words(server)
    blanks = dict.fromkeys(parameters, "1") | _PLACE
    _require_arguments(server, blanks)
    if server.deployment:
        _require_deployment(server.name, server.deployment, blanks | _OF_FILE)


def _require_counts(server: Server, parameters: Mapping[str, Parameter]) -> None:
    """Raises SpecError unless slots and processes can be counted."""
    if server.slots is not None and not server.slots:
        raise SpecError(f"{server.name}: slots names no parameter; leave it out for a server without a limit")
    for name in (*(server.slots or ()), *((server.processes,) if server.processes else ())):
        parameter = parameters.get(name)
        if parameter is None or not isinstance(parameter.default, int):
            raise SpecError(f"{server.name}: slots and processes name whole-number parameters, and {name} is none")
        if parameter.minimum < 1:
            raise SpecError(f"{server.name}: {name} counts slots or processes; give it a minimum of 1 or more")
    if server.helpers < 0:
        raise SpecError(f"{server.name}: helpers={server.helpers}: must be 0 or more")


def _require_words(server: Server) -> None:
    """Raises SpecError for a module's name or a colour that is none."""
    for module in server.modules:
        if not _MODULE.fullmatch(module):
            raise SpecError(f"{server.name}: modules: '{module}' is not the name of a module")
    if server.colour and not _COLOUR.fullmatch(server.colour):
        raise SpecError(f"{server.name}: colour: '{server.colour}' is not a colour such as #0072b2")


def _require_arguments(server: Server, blanks: Mapping[str, str]) -> None:
    """Raises SpecError if a blank of the command line stands for nothing, or if one is missing."""
    for argument in server.arguments:
        _require_blanks(f"{server.name}: the argument {argument!r}", argument, blanks)
    for needed in ("{port}", "{application}"):
        if not any(needed in argument for argument in server.arguments):
            raise SpecError(f"{server.name}: no argument has {needed}; add it where the server expects it")


def _require_deployment(owner: str, file: DeploymentFile, blanks: Mapping[str, str]) -> None:
    """Raises SpecError if a blank stands for nothing, or if a report could not show the text."""
    _require_blanks(f"{owner}: deployment: the name {file.name!r}", file.name, blanks)
    for word in file.command:
        _require_blanks(f"{owner}: deployment: the command's {word!r}", word, blanks)
    if not file.legible:
        raise SpecError(f"{owner}: deployment: a report cannot show a file with control characters; leave them out")
    for line in file.text.splitlines():
        _require_blanks(f"{owner}: deployment: the line {line!r}", line, {**blanks, **_OF_TEXT})


def _require_blanks(place: str, template: str, blanks: Mapping[str, str]) -> None:
    """Raises SpecError if a blank of the template stands for nothing."""
    try:
        template.format_map(blanks)
    except ValueError as error:
        raise SpecError(f"{place}: {error}; a literal brace is {{{{ or }}}}") from None
    except (KeyError, IndexError, AttributeError, TypeError) as error:
        raise SpecError(f"{place} asks for {error}; there are {', '.join(sorted(blanks))}") from None
