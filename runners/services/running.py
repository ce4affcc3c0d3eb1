"""What the target needs around it, started and stopped by the run: database, services of its own, tables and files."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from djbench.errors import RunFailed
from djbench.target import Fact, Target, TargetService
from runners.hosts.cpus import CpuSets
from runners.hosts.local_http import local_client
from runners.hosts.ports import free_port, somebody_listens
from runners.hosts.process import ManagedProcess, ProcessFailed
from runners.hosts.workspace import Workspace
from runners.services.database import running_database
from runners.services.database_server import database_description
from runners.services.failures import failure_of
from runners.services.place import Place, Places

_STARTUP_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What runs around a target."""

    #: The place of standing server number 0, 1, 2 …, as it is.
    place: Callable[[int], Place]
    #: The same for a server that is to be started there: in the state that the target wants at a start.
    before_start: Callable[[int], Place]
    #: The processes whose CPU time a record keeps, by name.
    pids: Mapping[str, int] = field(default_factory=dict)
    #: The database's version and settings.
    database: Mapping[str, Any] = field(default_factory=dict)

    @property
    def max_connections(self) -> int | None:
        """How many connections the database allows at a time; None if it is not PostgreSQL."""
        most = self.database.get("settings", {}).get("max_connections")
        return int(most) if most else None


@contextmanager
def running_services(
    target: Target, choice: str, workspace: Workspace, cpus: CpuSets, uses: Collection[str]
) -> Iterator[Services]:
    """Start what the target needs to answer patterns that use ``uses``. Raises RunFailed if a part does not come up.

    Its tables and files are always there. If no pattern uses the database, they are in SQLite, which starts nothing.
    """
    with ExitStack() as stack:
        choice = choice if "database" in uses else "sqlite"
        server = stack.enter_context(running_database(choice, workspace, cpus.support))
        environment = {**target.environment, **target.variables_for({Fact.RUN: workspace.run})}
        pids = {"database": server.pid} if server.pid else {}
        places = stack.enter_context(Places(target, server, workspace, environment))
        for service in target.services:
            if service.name in uses:
                serving = _serving(service, target, workspace, environment, cpus.support)
                process, address = stack.enter_context(serving)
                environment[service.variable] = address
                pids[service.name] = process.pid
        first = places.place(0)
        yield Services(
            place=places.place,
            before_start=places.before_start,
            pids=pids,
            database=database_description(first.database),
        )


@contextmanager
def _serving(
    service: TargetService, target: Target, workspace: Workspace, environment: Mapping[str, str], cpus: tuple[int, ...]
) -> Iterator[tuple[ManagedProcess, str]]:
    """A service that answers, and what its variable gets.

    A second start has another port: somebody else can take the first one before the service does. Raises RunFailed if
    it does not come up, and UsageError for a service of a reader's project.
    """
    with ExitStack() as stack:
        try:
            started = stack.enter_context(_started(service, target, workspace, environment, cpus))
        except ProcessFailed:
            try:
                started = stack.enter_context(_started(service, target, workspace, environment, cpus))
            except ProcessFailed as error:
                if target.fresh_state:
                    raise failure_of(f"service {service.name}", error, workspace, service.name) from None
                raise RunFailed(str(error)) from None
        yield started


@contextmanager
def _started(
    service: TargetService, target: Target, workspace: Workspace, environment: Mapping[str, str], cpus: tuple[int, ...]
) -> Iterator[tuple[ManagedProcess, str]]:
    """One start of a service, on a free port."""
    port = free_port()
    command, cwd = target.filled(service.command, port=port), target.working_directory
    with workspace.process(service.name, command, environment=environment, cpus=cpus, cwd=cwd) as process:
        process.wait_until(lambda: _answers(port, service.ready_path), _STARTUP_S)
        yield process, service.value.format(port=port)


def _answers(port: int, path: str | None) -> bool:
    """Does it answer, or take connections if it has no path to ask?"""
    if path is None:
        return somebody_listens(port)
    try:
        with local_client(1) as client:
            return client.get(f"http://127.0.0.1:{port}{path}").status_code == 200
    except httpx.TransportError:
        return False
