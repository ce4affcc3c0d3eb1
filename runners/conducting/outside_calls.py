"""Before a run: which other hosts a project calls. It is asked everything once, by servers that note calls and refuse.

While it is measured, nobody looks: what is allowed by then is called, and nothing else is known to be.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from djbench.cell import Cell
from djbench.errors import GeneratorLost, RunFailed, ServerFailed, ServerNotStarted, UsageError
from djbench.load import ClosedLoad
from djbench.pattern import PatternSpec
from djbench.request import Workload
from djbench.target import Target
from runners.conducting.verifying.rounds import round_of
from runners.hosts.workspace import Workspace
from runners.loading.load_generator import Generator
from runners.planning.plan import Plan
from runners.servers.instance import HOST, Instance, running_server
from runners.services.call_notes import CallNotes, refusal, watching
from runners.services.contents.filled_workload import filled_workload
from runners.services.place import Place
from runners.services.running import Services
from scenarios.job import Job

_INTERFACES = ("wsgi", "asgi")
_AT_START = "its start"
# Users of a Locust file, and how long they are let ask.
_LOCUSTS, _LOCUSTS_S = 4, 5.0


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
                locustfile = workload.journey.locustfile if workload.journey else ""
                if locustfile:
                    self._let_locusts_ask(workload, instance)
                else:
                    self._ask(workload, instance)
                yield from notes.by(locustfile or ", ".join(request.line for request in workload.requests))

    def _ask(self, workload: Workload, instance: Instance) -> None:
        """Ask for each request once."""
        asked = round_of(instance, workload, self.plan.settings.timeout_s, variants=1, suspicious=False)
        with suppress(ServerFailed):  # for a call that was refused, or the run itself finds what is wrong
            asked.answers()

    def _let_locusts_ask(self, workload: Workload, instance: Instance) -> None:
        """Let the users of a Locust file do for a while what they do. Raises RunFailed if their process fails."""
        timeout_s = self.plan.settings.timeout_s
        job = Job(
            host=HOST,
            port=instance.port,
            workload=workload,
            load=ClosedLoad(users=_LOCUSTS),
            warmup_s=0.0,
            answered_limit_s=timeout_s,
            steady_limit_s=0.0,
            duration_s=_LOCUSTS_S,
            timeout_s=timeout_s,
            seed=self.plan.seed,
            samples=str(self.workspace.folder / "calls.raw"),
        )
        with Generator(self.workspace, self.plan.cpus.support, "calls-generator") as generator:
            generator.wait_ready()
            try:
                generator.measure(job, opened=_nobody_looks, tick=_nobody_looks, closed=_nobody_looks)
            except GeneratorLost as error:
                raise RunFailed(str(error)) from None

    def _asked(self, cells: Sequence[Cell]) -> Iterator[tuple[PatternSpec, str]]:
        """Every pattern in every style once, also what is sent beside."""
        for demand in map(self.plan.demand, cells):
            yield demand.pattern, demand.style
            if demand.beside:
                yield demand.beside, demand.beside_style


def _nobody_looks() -> None:
    """The window's ends do not matter."""


def _parts(workload: Workload) -> Iterator[Workload]:
    """Its requests one by one, or a journey as it is."""
    if workload.journey is not None:
        yield workload
        return
    for request in workload.requests:
        yield replace(workload, requests=(request,))
