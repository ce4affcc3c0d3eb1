"""What the target needs around it, started and stopped by the run: database, services of its own, tables and files."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from djbench.errors import RunFailed
from djbench.target import Fact, Target, TargetService
from runners.hosts.cpus import CpuSets
from runners.hosts.ports import free_port
from runners.hosts.process import ManagedProcess, ProcessFailed
from runners.hosts.workspace import Workspace
from runners.services import database
from runners.services.cache import LOCAL
from runners.watching.backends import Backends

_STARTUP_S = 30
_PREPARE_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What runs around a target."""

    #: Whom they serve.
    target: Target
    #: How the target finds them.
    environment: Mapping[str, str] = field(default_factory=dict)
    #: The processes whose CPU time a record keeps, by name.
    pids: Mapping[str, int] = field(default_factory=dict)
    #: The database's version and settings.
    database: Mapping[str, Any] = field(default_factory=dict)
    #: Counts the connections to the database; None if it is not PostgreSQL.
    backends: Backends | None = None

    @property
    def max_connections(self) -> int | None:
        """How many connections the database allows at a time; None if it is not PostgreSQL."""
        most = self.database.get("settings", {}).get("max_connections")
        return int(most) if most else None

    def site_environment(
        self,
        *,
        pool_size: int,
        stack: str = "",
        cache: str = LOCAL,
        handicap_us: float = 0.0,
        patterns: Collection[str] = (),
    ) -> dict[str, str]:
        """The target's environment at a start: how it finds its services, and how it has to be.

        ``patterns``: the names of those that will be asked for. Raises RunFailed if the target has no variable for
        something that has to change it: what is measured would be something else.
        """
        changes = {Fact.HANDICAP_US: handicap_us != 0, Fact.STACK: stack != "", Fact.CACHE_URL: cache != LOCAL}
        for fact, changed in changes.items():
            if changed and fact not in self.target.variables:
                raise RunFailed(f"{self.target.name} cannot be told its {fact}: name a variable for it in [variables]")
        facts = {
            Fact.DATABASE_POOL_SIZE: str(pool_size),
            Fact.HANDICAP_US: str(handicap_us),
            Fact.STACK: stack,
            Fact.CACHE_URL: "" if cache == LOCAL else cache,
            Fact.PATTERNS: " ".join(sorted(patterns)),
        }
        return {**self.environment, **self.target.variables_for(facts)}


@contextmanager
def running_services(
    target: Target, choice: str, workspace: Workspace, cpus: CpuSets, uses: Collection[str]
) -> Iterator[Services]:
    """Start what the target needs to answer patterns that use ``uses``. Raises RunFailed if a part does not come up.

    Its tables and files are always there. If no pattern uses the database, they are in SQLite, which starts nothing.
    """
    with ExitStack() as stack:
        choice = choice if "database" in uses else "sqlite"
        chosen = stack.enter_context(database.running_database(choice, workspace, cpus.support))
        facts = {
            Fact.RUN: workspace.run,
            Fact.DATABASE_URL: chosen.url,
            Fact.DATA_FOLDER: str(workspace.folder),
        }
        environment = {**target.environment, **target.variables_for(facts)}
        pids = {"database": chosen.pid} if chosen.pid else {}
        try:
            for service in target.services:
                if service.name in uses:
                    process, url = stack.enter_context(_serving(service, target, workspace, environment, cpus.support))
                    environment[service.variable] = url
                    pids[service.name] = process.pid
            for command in target.prepare:
                with workspace.process("prepare", target.filled(command), environment=environment) as prepare:
                    prepare.wait_for_success(_PREPARE_S)
        except ProcessFailed as error:
            raise RunFailed(str(error)) from None
        yield Services(
            target=target,
            environment=environment,
            pids=pids,
            database=database.database_description(chosen),
            backends=chosen.backends,
        )


@contextmanager
def _serving(
    service: TargetService, target: Target, workspace: Workspace, environment: Mapping[str, str], cpus: tuple[int, ...]
) -> Iterator[tuple[ManagedProcess, str]]:
    """A service that answers, and its base URL. Raises ProcessFailed if it does not come up.

    A second start has another port: somebody else can take the first one before the service does.
    """
    with ExitStack() as stack:
        try:
            started = stack.enter_context(_started(service, target, workspace, environment, cpus))
        except ProcessFailed:
            started = stack.enter_context(_started(service, target, workspace, environment, cpus))
        yield started


@contextmanager
def _started(
    service: TargetService, target: Target, workspace: Workspace, environment: Mapping[str, str], cpus: tuple[int, ...]
) -> Iterator[tuple[ManagedProcess, str]]:
    """One start of a service, on a free port."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = target.filled(service.command, port=port)
    with workspace.process(service.name, command, environment=environment, cpus=cpus) as process:
        process.wait_until(lambda: _answers(url + service.ready_path), _STARTUP_S)
        yield process, url


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
