"""A target as a value: the Django project that is measured, and what it can do."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from djbench.catalog import Catalog
from djbench.data import User, Values
from djbench.pattern import MIX, PatternSpec
from djbench.supply import Supply


class Fact(StrEnum):
    """What djbench can tell a target's processes, each in an environment variable that the target names."""

    #: The run's identity, which the health endpoint repeats.
    RUN = "run"
    #: The server's spec string, which the health endpoint repeats.
    SERVER = "server"
    #: Django apps that the server needs before all others, with spaces between them.
    APPS = "apps"
    #: ``sqlite:///path``, or connection parameters for libpq.
    DATABASE_URL = "database_url"
    #: How many connections to the database one process may hold.
    DATABASE_POOL_SIZE = "database_pool_size"
    #: A Redis URL; empty for a cache in each process's memory.
    CACHE_URL = "cache_url"
    #: A folder for files, of each server that stands its own; removed after the run.
    DATA_FOLDER = "data_folder"
    #: What stands in front of the views (``Pattern.stack``).
    STACK = "stack"
    #: The names of the patterns that will be asked for, with spaces between them.
    PATTERNS = "patterns"
    #: A file in which calls to other hosts are noted. They are refused then.
    CALLS = "calls"
    #: Other hosts that may be called all the same, with spaces between them.
    MAY_CALL = "may_call"
    #: CPU time in µs that each request burns.
    HANDICAP_US = "handicap_us"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetService:
    """A process that the target's views talk to, such as a third-party API. A run starts and stops it.

    All servers that stand share it, so it is not told a database or a folder.
    """

    #: Patterns use it by this name, and records have its CPU time under it.
    name: str
    #: Its command line; ``{python}`` and ``{port}`` are filled in.
    command: tuple[str, ...]
    #: It is ready when a GET of this path answers 200; None: when it takes connections.
    ready_path: str | None
    #: The environment variable that tells the target where it is.
    variable: str
    #: What that variable gets; ``{port}`` is filled in.
    value: str = "http://127.0.0.1:{port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A Django project that servers can be pointed at."""

    #: What messages call it.
    name: str
    #: The file that describes it. Its code lies beside the file, and in folders below.
    description: Path
    #: The Python that runs it.
    interpreter: str
    #: The dotted path of its WSGI application, ``module:name``.
    wsgi_application: str
    #: The dotted path of its ASGI application.
    asgi_application: str
    #: Variables that each of its processes gets. PYTHONPATH has the target's own folders and no others.
    environment: Mapping[str, str]
    #: For each fact that it wants to know, the name of the variable.
    variables: Mapping[Fact, str]
    #: A GET answers with a JSON object that names the run, the server and the interface.
    health_path: str
    #: A POST forgets what load has written; None if there is no such path.
    reset_path: str | None
    #: Is its state put back before each start of a server?
    fresh_state: bool = False
    #: The commands that fill its database and write its files; ``{python}`` is filled in.
    prepare: tuple[tuple[str, ...], ...]
    #: What else its views need.
    services: tuple[TargetService, ...] = ()
    #: What can be asked for.
    catalog: Catalog
    #: What is asked for beside a held load, to see what other users meet.
    probe: PatternSpec
    #: The files in the data folder where its processes count background work (``djbench.work``), with ``*`` for what
    #: tells them apart; None if the target does not count it.
    work_files: str | None = None
    #: Where its processes start; None for an empty folder.
    working_directory: Path | None = None
    #: Are packages laid beside its interpreter's own if a server needs them? Else that server is left out.
    overlaid: bool = False
    #: The packages that servers find, by the server's name, as far as somebody has looked (``runners.servers``).
    supplies: Mapping[str, Supply] = field(default_factory=dict)
    #: The only kind of database that it works with: ``sqlite``, ``postgres``, or ``none``; empty if it takes any.
    database: str = ""
    #: What is in that database before ``prepare``: ``empty``, ``copy`` of the one in its settings, or ``dump:FILE``.
    data: str = "empty"
    #: What its requests draw from, by name.
    values: Mapping[str, Values] = field(default_factory=dict)
    #: Who sends its requests, by name.
    users: Mapping[str, User] = field(default_factory=dict)
    #: Hosts other than this machine that it may call.
    may_call: frozenset[str] = frozenset()
    #: Its own applications by interface, as a deployment names them; empty for those that are served.
    deploys: Mapping[str, str] = field(default_factory=dict)
    #: Where its runs are stored; None for the usual place.
    runs: Path | None = None

    @property
    def weights(self) -> dict[str, int]:
        """How often each of its requests comes, by the pattern that asks for it; empty without a mix."""
        mix = self.catalog.own.get(MIX)
        workloads = mix.workloads.values() if mix else ()
        return {request.name: request.weight for workload in workloads for request in workload.requests}

    def allowed(self, hosts: Collection[str]) -> "Target":
        """The same target, which may call these hosts, too."""
        return replace(self, may_call=self.may_call | set(hosts))

    def application(self, interface: str) -> str:
        """The dotted path of the application behind that interface."""
        return self.wsgi_application if interface == "wsgi" else self.asgi_application

    def supply(self, server: str) -> Supply:
        """What the server of that name finds; nothing is known of it until somebody has looked."""
        return self.supplies.get(server, Supply())

    def variables_for(self, facts: Mapping[Fact, str]) -> dict[str, str]:
        """The environment variables that tell these facts. A fact that the target does not want is left out."""
        return {self.variables[fact]: value for fact, value in facts.items() if fact in self.variables}

    def filled(self, command: tuple[str, ...], *, port: int = 0) -> list[str]:
        """A command line of the target, with its interpreter and a port."""
        return [word.format(python=self.interpreter, port=port) for word in command]
