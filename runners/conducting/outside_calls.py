"""Before a run: which other hosts a project calls. It is asked everything once, by servers that note calls and refuse.

While it is measured, nobody looks: what is allowed by then is called, and nothing else is known to be.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from djbench.cell import Cell
from djbench.errors import ServerFailed, ServerNotStarted, UsageError
from djbench.pattern import PatternSpec
from djbench.request import Workload
from djbench.target import Target
from runners.conducting.filling import filled_workload
from runners.conducting.verifying.rounds import round_of
from runners.hosts.workspace import Workspace
from runners.planning.plan import Plan
from runners.servers.instance import Instance, running_server
from runners.services.call_notes import CallNotes, refusal, watching
from runners.services.place import Place
from runners.services.running import Services

_INTERFACES = ("wsgi", "asgi")
_AT_START = "its start"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideCalls:
    """Asks a project everything that a plan asks, under one server of each interface."""

    #: What will be measured.
    plan: Plan
    #: The project, and the hosts that it may call.
    target: Target
    #: What it needs around it.
    services: Services
    #: Starts the servers.
    workspace: Workspace

    def require_allowed(self) -> None:
        """Raises UsageError that names each host that is called and is not allowed."""
        called: dict[str, str] = {}
        for interface in _INTERFACES:
            cells = [cell for cell in self.plan.cells if cell.interface == interface]
            for host, caller in self._called(interface, cells) if cells else ():
                called.setdefault(host, caller)
        if called:
            raise UsageError(refusal(called))

    def _called(self, interface: str, cells: Sequence[Cell]) -> Iterator[tuple[str, str]]:
        """Each call as its host, and what made it. Of several servers the first one that starts is asked."""
        notes = CallNotes(self.workspace.folder / f"calls-{interface}")
        for server in dict.fromkeys(cell.server for cell in cells):
            place = self.services.before_start(0)
            try:
                with running_server(
                    self.plan.servers[server],
                    self.target,
                    self.workspace,
                    environment=self._environment(server, cells, place, notes.file),
                    cpus=self.plan.cpus.server,
                    log=f"calls-{interface}",
                ) as instance:
                    yield from notes.by(_AT_START)
                    yield from self._calls_of(cells, instance, place, notes)
                    return
            except ServerNotStarted:
                yield from notes.by(_AT_START)  # whether it starts at all is a question that the run itself answers

    def _environment(self, server: str, cells: Sequence[Cell], place: Place, notes: Path) -> dict[str, str]:
        patterns = {pattern.name for cell in cells for pattern in self.plan.demand(cell).patterns}
        return {
            **place.site_environment(
                pool_size=self.plan.pool_size(server, self.services.max_connections),
                patterns=patterns,
                cache=self.plan.settings.cache,
            ),
            **watching(self.target, notes),
        }

    def _calls_of(
        self, cells: Sequence[Cell], instance: Instance, place: Place, notes: CallNotes
    ) -> Iterator[tuple[str, str]]:
        """What each request, and each journey, calls."""
        for pattern, style in self._asked(cells):
            for workload in _parts(filled_workload(pattern.workload(style), place.fillings)):
                asked = round_of(instance, workload, self.plan.settings.timeout_s, variants=1, suspicious=False)
                with suppress(ServerFailed):  # for a call that was refused, or the run itself finds what is wrong
                    asked.answers()
                yield from notes.by(", ".join(request.line for request in workload.requests))

    def _asked(self, cells: Sequence[Cell]) -> Iterator[tuple[PatternSpec, str]]:
        """Every pattern in every style once, also what is sent beside."""
        for demand in map(self.plan.demand, cells):
            yield demand.pattern, demand.style
            if demand.beside:
                yield demand.beside, demand.beside_style


def _parts(workload: Workload) -> Iterator[Workload]:
    """Its requests one by one, or a journey as it is."""
    if workload.journey is not None:
        yield workload
        return
    for request in workload.requests:
        yield replace(workload, requests=(request,))
