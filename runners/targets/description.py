"""Description files: what a project's ``djbench.toml`` says of it, checked, as a Target."""

import math
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from djbench.catalog import Catalog, patterns_of
from djbench.errors import UsageError
from djbench.pattern import Pattern
from djbench.spec import SpecError, unknown
from djbench.target import Fact, Target, TargetService
from runners.toml_file import KeyPath, NumberOrText, like, place_of, read_toml

Application = Annotated[str, like(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*", "myproject.wsgi:application")]
Variable = Annotated[str, like(r"[A-Za-z_][A-Za-z0-9_]*", "DATABASE_URL")]
UrlPath = Annotated[str, like(r"/[\x21-\x7e]*", "/health")]
FilePattern = Annotated[str, like(r"[^/*]*\*[^/*]*", "background-*.work")]
Command = Annotated[list[str], Field(min_length=1)]


def _fact(name: object) -> object:
    """A fact by its name."""
    if name not in set(Fact):
        raise ValueError(str(unknown("fact", str(name), list(Fact))))
    return Fact(str(name))


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Parameter(_Table):
    """The keys of a parameter: the fields of ``djbench.spec.Parameter``, and its name is the table's."""

    default: NumberOrText
    summary: str
    unit: str = ""
    minimum: float = 0
    maximum: float = math.inf
    choices: list[str] = []


class _Need(_Table):
    """Why a style works under one interface only."""

    interface: Literal["wsgi", "asgi"]
    reason: str


class _Pattern(_Table):
    """The keys of a pattern: the fields of ``djbench.pattern.Pattern``, and its name is the table's."""

    summary: str
    styles: dict[str, str]
    parameters: dict[str, _Parameter] = {}
    uses: list[str] = []
    waits: dict[str, list[str]] = {}
    writes: bool = False
    stack: str = ""
    headers: dict[str, str] = {}
    upload: str | None = None
    needs: dict[str, _Need] = {}
    websocket: bool = False
    events: str | None = None
    event_end: str = ""
    outlasts: bool = False


class _Service(_Table):
    """The keys of a service: the fields of ``djbench.target.TargetService``."""

    name: str
    command: Command
    ready_path: UrlPath
    variable: Variable


class Description(_Table):
    """The keys of a description file."""

    #: What messages call the project.
    name: str
    #: Folders on the path of its processes, relative to the file.
    path: list[str]
    #: The applications, as ``module:name``.
    wsgi: Application
    asgi: Application
    #: A GET there answers with a JSON object: ``run``, ``server`` and ``interface``.
    health_path: UrlPath
    #: A POST there forgets what load has written.
    reset_path: UrlPath | None = None
    #: Commands that fill the database and write files, once per run.
    prepare: list[Command] = []
    #: A pattern's spec: what is asked for beside a held load.
    probe: str
    #: The files in which processes count background work, such as ``background-*.work``.
    work_files: FilePattern | None = None
    #: The package with a module of views for each pattern.
    views: str
    #: Variables that each of its processes gets.
    environment: dict[Variable, str] = {}
    #: The variables that tell it a fact of the run.
    variables: dict[Annotated[Fact, BeforeValidator(_fact)], Variable] = {}
    #: What else its views need.
    services: list[_Service] = []
    #: What can be asked for.
    patterns: Annotated[dict[str, _Pattern], Field(min_length=1)]


def read_target(file: Path, interpreter: str) -> Target:
    """The target that a description file describes. Raises UsageError with file, line and key."""
    description = read_toml(file, Description, "target")
    complain = _Complaints(file)
    folder = file.resolve().parent
    catalog = _catalog(description, complain)
    try:
        probe = catalog.parse(description.probe)
    except SpecError as error:
        raise complain.about(("probe",), str(error)) from None
    target = Target(
        name=description.name,
        description=file.resolve(),
        interpreter=interpreter,
        wsgi_application=description.wsgi,
        asgi_application=description.asgi,
        environment={**description.environment, "PYTHONPATH": _python_path(description, folder, complain)},
        variables=description.variables,
        health_path=description.health_path,
        reset_path=description.reset_path,
        prepare=tuple(tuple(command) for command in description.prepare),
        services=tuple(
            TargetService(**{**service.model_dump(), "command": tuple(service.command)})
            for service in description.services
        ),
        catalog=catalog,
        probe=probe,
        work_files=description.work_files,
    )
    _require_commands(target, complain)
    return target


class _Complaints:
    """Makes errors that name a place in a description file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def about(self, key: KeyPath, message: str) -> UsageError:
        """The error for what a key says."""
        return UsageError(f"{self._file}: {place_of(self._file.read_text(encoding='utf-8'), key)}: {message}")


def _catalog(description: Description, complain: _Complaints) -> Catalog:
    """The patterns. Raises UsageError for one whose parts do not fit together, or that uses an unknown service."""
    patterns: dict[str, Pattern] = {}
    catalog = Catalog(own=patterns, services=frozenset(service.name for service in description.services))
    for name, table in description.patterns.items():
        content: dict[str, Any] = {name: table.model_dump()}
        try:
            patterns.update(patterns_of(content, description.views))
            catalog.require_services(patterns[name])
        except SpecError as error:
            raise complain.about(("patterns", name), str(error)) from None
    return catalog


def _python_path(description: Description, folder: Path, complain: _Complaints) -> str:
    """The target's folders as PYTHONPATH has them. Raises UsageError for one that is not there."""
    folders = [(folder / place).resolve() for place in description.path]
    for place, absolute in zip(description.path, folders, strict=True):
        if not absolute.is_dir():
            raise complain.about(("path",), f"there is no folder {place}")
    return os.pathsep.join(map(str, folders))


def _require_commands(target: Target, complain: _Complaints) -> None:
    """Raises UsageError for a command with a blank that is not ``{python}``, or ``{port}`` for a service."""
    for index, command in enumerate(target.prepare):
        _require_blanks(command, {"python": ""}, ("prepare", index), complain)
    for index, service in enumerate(target.services):
        _require_blanks(service.command, {"python": "", "port": ""}, ("services", index, "command"), complain)


def _require_blanks(command: tuple[str, ...], blanks: dict[str, str], key: KeyPath, complain: _Complaints) -> None:
    for word in command:
        try:
            word.format_map(blanks)
        except (KeyError, ValueError, IndexError, AttributeError, TypeError) as error:
            names = " and ".join(f"{{{name}}}" for name in blanks)
            raise complain.about(key, f"{word!r} asks for {error}; djbench fills in {names}") from None
