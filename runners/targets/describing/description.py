"""Description files: what a project's ``djbench.toml`` says of it, checked, as a Target.

The built-in site and the reader's project come in through this door. A site that is made for measuring describes
patterns and answers for itself (``health_path``). Any other project describes requests, and is served through the shim.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from djbench.catalog import Catalog
from djbench.data import Values
from djbench.pattern import Pattern, PatternSpec
from djbench.request import encode
from djbench.spec import SpecError, unknown
from djbench.target import Fact, Target, TargetService
from runners.hosts.cache_folder import cache_folder
from runners.targets import shim_contract
from runners.targets.describing.pattern_tables import PatternTable, patterns_in
from runners.targets.describing.project_patterns import ProjectPatterns
from runners.targets.describing.request_tables import JourneyTable, PairTable, RequestTable, UrlPath
from runners.targets.describing.value_tables import UserTable, ValuesTable, fields_of
from runners.targets.interpreters import project_interpreter
from runners.toml_file import Complaints, KeyPath, TomlTable, Word, like, read_toml

FILE_NAME = "djbench.toml"
RUNS_FOLDER = "djbench-runs"
Application = Annotated[str, like(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*", "myproject.wsgi:application")]
Settings = Annotated[str, like(r"[^\W\d]\w*(\.[^\W\d]\w*)*", "myproject.settings")]
Variable = Annotated[str, like(r"[A-Za-z_][A-Za-z0-9_]*", "DATABASE_URL")]
FilePattern = Annotated[str, like(r"[^/*]*\*[^/*]*", "background-*.work")]
Data = Annotated[str, like(r"empty|copy|dump:[^\0]+", '"empty", "copy" or "dump:FILE"')]
Host = Annotated[str, like(r"[A-Za-z0-9._:\[\]-]+", "api.example.org")]
Command = Annotated[list[Word], Field(min_length=1)]


def _fact(name: object) -> object:
    """A fact by its name."""
    if name not in set(Fact):
        raise ValueError(str(unknown("fact", str(name), list(Fact))))
    return Fact(str(name))


ServiceName = Annotated[str, like(r"[A-Za-z0-9_-]+", "search")]


class ServiceTable(TomlTable):
    """The keys of a service: the fields of ``djbench.target.TargetService``."""

    #: Also what its log is called.
    name: ServiceName
    command: Command
    ready_path: UrlPath | None = None
    variable: Variable
    value: Word = "http://127.0.0.1:{port}"


class Description(TomlTable):
    """The keys of a description file."""

    #: What messages call the project; by default as its folder is called.
    name: Annotated[str, Field(min_length=1)] | None = None
    #: Its settings module; a project that answers at ``health_path`` has it in [environment].
    settings: Settings | None = None
    #: The applications, as ``module:name``; without one, what Django makes of the settings.
    wsgi: Application | None = None
    asgi: Application | None = None
    #: The Python that runs it, relative to the file; by default that of an environment beside it.
    python: Annotated[Word, Field(min_length=1)] | None = None
    #: Folders on the path of its processes, relative to the file.
    path: list[Word] = ["."]
    #: Where its processes start, relative to the file; by default beside it.
    working_directory: Word | None = None
    #: The kind of its database, and what is in it before ``prepare``.
    database: Literal["", "sqlite", "postgres", "none"] = ""
    data: Data = "empty"
    #: Commands that fill the database and write files, once per run.
    prepare: list[Command] = []
    #: Hosts beyond this machine that it may call.
    may_call: list[Host] = []
    #: Variables that each of its processes gets.
    environment: dict[Variable, Word] = {}
    #: Settings that are replaced for a run.
    overrides: dict[Annotated[str, like(r"[A-Z][A-Z0-9_]*", "ALLOWED_HOSTS")], Any] = {}
    #: What else its views need.
    services: list[ServiceTable] = []
    #: What every request has, such as ``Host``.
    headers: dict[str, str] = {}
    #: What can be asked for, who asks, and what requests draw from.
    values: dict[str, ValuesTable] = {}
    users: dict[str, UserTable] = {}
    requests: dict[str, RequestTable] = {}
    pairs: dict[str, PairTable] = {}
    journeys: dict[str, JourneyTable] = {}
    #: Of a site that answers for itself: a GET gets a JSON object with ``run``, ``server`` and ``interface``.
    health_path: UrlPath | None = None
    #: A POST there forgets what load has written.
    reset_path: UrlPath | None = None
    #: The variables that tell it a fact of the run.
    variables: dict[Annotated[Fact, BeforeValidator(_fact)], Variable] = {}
    #: The files in which processes count background work, such as ``background-*.work``.
    work_files: FilePattern | None = None
    #: The package with a module of views for each pattern.
    views: str = ""
    patterns: dict[str, PatternTable] = {}
    #: What is asked for beside a held load; by default the first that can be asked for.
    probe: str | None = None

    @property
    def own_applications(self) -> dict[str, str]:
        """The applications that it names, by interface."""
        named = {"wsgi": self.wsgi, "asgi": self.asgi}
        return {interface: application for interface, application in named.items() if application}


def read_target(file: Path, interpreter: str | None = None) -> Target:
    """The target that a description file describes. Raises UsageError with file, line and key.

    interpreter: the Python that runs it; by default as the description says.
    """
    return _Reading(file, interpreter).target()


class _Reading:
    """One description file on its way to a target."""

    def __init__(self, file: Path, interpreter: str | None) -> None:
        self._description = read_toml(file, Description, "target")
        self._complaints = Complaints(file)
        self._file = file.resolve()
        self._folder = self._file.parent
        self._interpreter = interpreter or project_interpreter(self._folder, self._description.python)

    def target(self) -> Target:
        description = self._description
        if description.health_path is None and description.settings is None:
            raise self._complaints.about((), 'the key settings is missing, such as settings = "myproject.settings"')
        values = {name: self._values(name, table) for name, table in description.values.items()}
        catalog = self._catalog(values)
        common: dict[str, Any] = {
            "name": description.name or self._folder.name,
            "description": self._file,
            "interpreter": self._interpreter,
            "services": tuple(_service(table) for table in description.services),
            "catalog": catalog,
            "probe": self._probe(catalog),
            "work_files": description.work_files,
            "reset_path": description.reset_path,
            "values": values,
            "users": {name: table.user(name) for name, table in description.users.items()},
            "may_call": frozenset(description.may_call),
            "database": description.database,
            "data": description.data,
        }
        served = self._through_shim() if description.health_path is None else self._by_itself(description.health_path)
        target = Target(**common, **served)
        self._require_commands(target)
        return target

    def _by_itself(self, health_path: str) -> dict[str, Any]:
        """How a site is served that answers for itself."""
        description = self._description
        applications = description.own_applications
        for interface in ("wsgi", "asgi"):
            if interface not in applications:
                raise self._complaints.about((), f"the key {interface} is missing")
        return {
            "wsgi_application": applications["wsgi"],
            "asgi_application": applications["asgi"],
            "environment": {**description.environment, "PYTHONPATH": os.pathsep.join(self._path())},
            "variables": description.variables,
            "health_path": health_path,
            "prepare": tuple(tuple(command) for command in description.prepare),
        }

    def _through_shim(self) -> dict[str, Any]:
        """How any other project is served."""
        description = self._description
        path = [str(shim_contract.SHIM_FOLDER), *self._path()]
        environment = {
            # A page can show a set, whose order is that of the hashes: without a seed each process has its own.
            "PYTHONHASHSEED": "0",
            **description.environment,
            **shim_contract.shim_environment(
                str(description.settings),
                description.own_applications,
                description.overrides,
                [service.variable for service in description.services],
            ),
            "PYTHONPATH": os.pathsep.join(path),
            "PYTHONPYCACHEPREFIX": str(cache_folder("bytecode")),
        }
        return {
            "wsgi_application": shim_contract.APPLICATIONS["wsgi"],
            "asgi_application": shim_contract.APPLICATIONS["asgi"],
            "environment": environment,
            "variables": {**shim_contract.VARIABLES, **description.variables},
            "health_path": shim_contract.HEALTH_PATH,
            "prepare": tuple(self._with_shim_settings(*numbered) for numbered in enumerate(description.prepare)),
            "fresh_state": True,
            "overlaid": True,
            "working_directory": self._working_directory(),
            "deploys": description.own_applications,
            "runs": self._folder / RUNS_FOLDER,
        }

    def _with_shim_settings(self, index: int, command: list[str]) -> tuple[str, ...]:
        try:
            return shim_contract.with_shim_settings(tuple(command))
        except SpecError as error:
            raise self._complaints.about(("prepare", index), str(error)) from None

    def _values(self, name: str, table: ValuesTable) -> Values:
        try:
            return table.values(self._folder)
        except SpecError as error:
            raise self._complaints.about(("values", name), str(error)) from None

    def _catalog(self, values: Mapping[str, Values]) -> Catalog:
        """What can be asked for. Raises UsageError for a pattern whose parts do not fit together, or without any."""
        description = self._description
        services = frozenset(service.name for service in description.services)
        own: dict[str, Pattern] = patterns_in(description.patterns, description.views, services, self._complaints)
        database = frozenset[str]() if description.database == "none" else frozenset({"database"})
        project = ProjectPatterns(
            folder=self._folder,
            uses=services | database,
            users=description.users,
            values={name: fields_of(rows) for name, rows in values.items()},
            headers=self._headers(),
            complaints=self._complaints,
        )
        own |= project.patterns(description.requests, description.pairs, description.journeys)
        if not own:
            raise self._complaints.about((), "it describes nothing to ask for; add a table [requests.home] with a path")
        return Catalog(own=own, services=services)

    def _headers(self) -> Mapping[str, str]:
        """The headers of every request. Raises UsageError for one that no request can have."""
        try:
            encode("GET", "/", "localhost", self._description.headers, b"")
        except ValueError as error:
            raise self._complaints.about(("headers",), str(error).removeprefix("GET /: ")) from None
        return self._description.headers

    def _probe(self, catalog: Catalog) -> PatternSpec:
        try:
            return catalog.parse(self._description.probe or next(iter(catalog.own)))
        except SpecError as error:
            raise self._complaints.about(("probe",), str(error)) from None

    def _path(self) -> list[str]:
        """The folders on the path. Raises UsageError for one that is not there."""
        return [str(self._subfolder("path", place)) for place in self._description.path]

    def _working_directory(self) -> Path:
        return self._subfolder("working_directory", self._description.working_directory or ".")

    def _subfolder(self, key: str, place: str) -> Path:
        folder = (self._folder / place).resolve()
        if not folder.is_dir():
            raise self._complaints.about((key,), f"there is no folder {place}")
        return folder

    def _require_commands(self, target: Target) -> None:
        """Raises UsageError for a command with a blank that is not ``{python}``, or ``{port}`` for a service."""
        for index, command in enumerate(target.prepare):
            self._require_blanks(command, {"python": ""}, ("prepare", index))
        for index, service in enumerate(target.services):
            self._require_blanks(service.command, {"python": "", "port": ""}, ("services", index, "command"))
            self._require_blanks((service.value,), {"port": ""}, ("services", index, "value"))

    def _require_blanks(self, command: tuple[str, ...], blanks: dict[str, str], key: KeyPath) -> None:
        for word in command:
            try:
                word.format_map(blanks)
            except (KeyError, ValueError, IndexError, AttributeError, TypeError) as error:
                names = " and ".join(f"{{{name}}}" for name in blanks)
                raise self._complaints.about(key, f"{word!r} asks for {error}; djbench fills in {names}") from None


def _service(table: ServiceTable) -> TargetService:
    return TargetService(**{**table.model_dump(), "command": tuple(table.command)})
