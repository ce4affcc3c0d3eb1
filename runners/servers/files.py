"""Servers from outside: a TOML file, or the entry point of an installed package."""

import math
import re
import tomllib
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from djbench.server import EVENT_LOOP, Server
from djbench.spec import Parameter, SpecError, require_sound

# What the blanks of a command line stand for besides parameters.
_PLACE = {"host": "127.0.0.1", "port": "1", "application": "a:b"}
_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


class _Parameter(BaseModel):
    """One setting; the type of its default is the type of its values."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    default: int | float | str
    summary: str
    unit: str = ""
    minimum: float = 0
    maximum: float = math.inf
    choices: list[str] = []


class _ServerFile(BaseModel):
    """A server's TOML file: the fields of ``server.Server`` but for its name, which is the file's."""

    model_config = ConfigDict(extra="forbid", strict=True)

    summary: str
    interface: Literal["wsgi", "asgi"]
    arguments: Annotated[list[str], Field(min_length=1)]
    program: str | None = None
    modules: dict[str, str] = {}
    parameters: list[_Parameter] = []
    slots: list[str] | None = None
    unbounded: str = EVENT_LOOP
    processes: str | None = None
    environment: dict[str, str] = {}
    cannot: dict[str, str] = {}
    no_websockets: str = ""
    source: str = ""


def from_file(name: str) -> Server:
    """The server that a TOML file describes, named by its path. Raises SpecError with one line."""
    try:
        given = _ServerFile.model_validate(tomllib.loads(Path(name).read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SpecError(f"cannot read the server {name}: {reason}") from None
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"{name}: not valid TOML: {error}") from None
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise SpecError(f"{name}: {where}: {problem['msg'][0].lower()}{problem['msg'][1:]}") from None
    server = Server(
        name=name,
        summary=given.summary,
        interface=given.interface,
        program=given.program,
        arguments=tuple(given.arguments),
        modules=MappingProxyType(given.modules),
        parameters=tuple(
            Parameter(**{**parameter.model_dump(), "choices": tuple(parameter.choices)})
            for parameter in given.parameters
        ),
        slots=None if given.slots is None else tuple(given.slots),
        unbounded=given.unbounded,
        processes=given.processes,
        environment=MappingProxyType(given.environment),
        cannot=MappingProxyType(given.cannot),
        no_websockets=given.no_websockets,
        source=given.source,
    )
    require_sound_server(server)
    return server


def require_sound_server(server: Server) -> None:
    """Raises SpecError when the parts do not fit together, which would show only at its start."""
    require_sound(server.name, server.parameters)
    known = {parameter.name: parameter for parameter in server.parameters}
    if taken := sorted(known.keys() & _PLACE.keys()):
        raise SpecError(f"{server.name}: {taken[0]} cannot be a parameter, for djbench fills it in itself")
    if server.slots is not None and not server.slots:
        raise SpecError(f"{server.name}: slots names no parameter; leave it out for a server without a limit")
    for name in (*(server.slots or ()), *((server.processes,) if server.processes else ())):
        if name not in known or not isinstance(known[name].default, int):
            raise SpecError(
                f"{server.name}: {name} is no whole-number parameter of it, as slots and processes have to be"
            )
        if known[name].minimum < 1:
            raise SpecError(f"{server.name}: {name} takes a minimum of 1 or more, as slots and processes do")
    for module in server.modules:
        if not _MODULE.fullmatch(module):
            raise SpecError(f"{server.name}: modules: '{module}' is no module's name")
    _check_arguments(server, dict.fromkeys(known, "1") | _PLACE)


def _check_arguments(server: Server, filled: dict[str, str]) -> None:
    """Raises SpecError when a blank of the command line stands for nothing, or one is missing."""
    for argument in server.arguments:
        try:
            argument.format_map(filled)
        except (KeyError, ValueError, IndexError, AttributeError, TypeError) as error:
            raise SpecError(
                f"{server.name}: the argument {argument!r} asks for {error}; there are {', '.join(sorted(filled))}"
            ) from None
    for needed in ("{port}", "{application}"):
        if not any(needed in argument for argument in server.arguments):
            raise SpecError(f"{server.name}: no argument has {needed}, so djbench cannot tell it")
