"""The servers of a session while they stand, with the generator that sends them their load."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from djbench.errors import ServerNotStarted
from djbench.target import Target
from results.records.schema import Session, Start, lost_work_key
from runners.conducting.ledger import Ledger
from runners.conducting.trial import Rig
from runners.conducting.verifying.right_answers import RightAnswers
from runners.hosts.processes import Processes
from runners.hosts.workspace import Workspace
from runners.loading.load_generator import Generator
from runners.planning.plan import Plan
from runners.servers.instance import Instance, StartedServer, start_server
from runners.services.place import Place
from runners.services.running import Services
from runners.watching.lost_work import lost_work
from runners.watching.observer import ObserverMaker


@dataclass(frozen=True, kw_only=True)
class Stand:
    """Starts and ends what a session needs, while the run's services are up."""

    #: What is measured.
    plan: Plan
    #: The project that is measured.
    target: Target
    #: Keeps what the run has come to.
    ledger: Ledger
    #: Starts the processes of the run.
    workspace: Workspace
    #: What the target needs around it.
    services: Services
    #: The right answer to each pattern.
    answers: RightAnswers
    #: Who looks on while a window is open.
    observers: Sequence[ObserverMaker]
    #: Memory for new processes when the run began; None if the system does not say.
    available_mib: int | None

    def with_room(self, session: Session) -> tuple[Session, ...]:
        """The session; or one for each of its servers if there is no room for all side by side, which is said."""
        servers = [start.server for start in session.starts]
        why = self.plan.why_not_side_by_side(
            servers, most=self.services.max_connections, available_mib=self.available_mib
        )
        if len(servers) == 1 or why is None:
            return (session,)
        self._say(f"{why}; so they are measured one after the other, not by turns")
        return tuple(replace(session, starts=(start,), by_turns=False) for start in session.starts)

    def _say(self, found: str) -> None:
        """Tell the user and the record, once."""
        machine = self.ledger.run.machine
        conditions, condition = machine.get("conditions", []), {"topic": "side by side", "found": found}
        if condition not in conditions:
            self.ledger.listener.says(found)
            self.ledger.note(machine={**machine, "conditions": [*conditions, condition]})

    @contextmanager
    def standing(
        self, block: int, session: Session, broken: Callable[[Start, ServerNotStarted], None]
    ) -> Iterator[dict[Start, Rig]]:
        """The session's servers, and their generator. Raw samples of failed trials go with them.

        broken: is told of each server that does not start. The others stand without it.
        """
        name = f"{block:03d}-{self.ledger.progress.next_number:04d}"
        settings, cpus = self.plan.settings, self.plan.cpus
        with self._lost_work_noted(session), ExitStack() as stack:
            scratch = stack.enter_context(TemporaryDirectory(prefix="samples-", dir=self.workspace.folder))
            # Started first and awaited last, so that it starts beside the servers, each on its own CPUs.
            log = f"{name}-{self.plan.servers[session.starts[0].server].server.slug}-generator"
            generator = stack.enter_context(
                Generator(self.workspace, cpus.support, log, settings.generators, waiting=self.ledger.listener.waiting)
            )
            servers = stack.enter_context(Processes())
            answering = self._answering(session, servers, name, broken)
            rigs = {
                start: Rig(
                    number=number,
                    settings=settings,
                    server=start.server,
                    instance=server,
                    generator=generator,
                    services=self.services,
                    place=self.services.place(number),
                    directory=self.ledger.directory,
                    scratch=Path(scratch),
                    cpus=cpus,
                    answers=self.answers,
                    observers=self.observers,
                )
                for number, (start, server) in answering.items()
            }
            generator.wait_ready()
            yield rigs

    def _answering(
        self, session: Session, servers: Processes, name: str, broken: Callable[[Start, ServerNotStarted], None]
    ) -> dict[int, tuple[Start, Instance]]:
        """The servers that answer, by their numbers. All are started before the first is waited for."""
        starts = dict(enumerate(session.starts))
        attempts = {number: partial(self._started, session, number, servers, name) for number in starts}
        started = {number: attempt() for number, attempt in attempts.items()}
        answering = {}
        for number, start in starts.items():
            try:
                answering[number] = start, _answer(started[number], attempts[number])
            except ServerNotStarted as error:
                broken(start, error)
        return answering

    def _started(
        self, session: Session, number: int, servers: Processes, name: str
    ) -> StartedServer | ServerNotStarted:
        """A server that has been started, or why it could not be."""
        start = session.starts[number]
        spec = self.plan.servers[start.server]
        alone = len(session.starts) == 1
        try:
            return start_server(
                spec,
                self.target,
                self.workspace,
                servers,
                environment=self._environment(session, start, self.services.before_start(number)),
                cpus=self.plan.cpus.server,
                log=f"{name}-{spec.server.slug}" if alone else f"{name}-{number:02d}-{spec.server.slug}",
            )
        except ServerNotStarted as error:
            return error

    def _environment(self, session: Session, start: Start, place: Place) -> dict[str, str]:
        """What the target is started with to answer the cells that share this start."""
        demands = [self.plan.demand(self.plan.cells[index]) for index in start.cells]
        cell = self.plan.cells[start.cells[0]]
        servers = [other.server for other in session.starts]
        return place.site_environment(
            pool_size=self.plan.pool_size(cell.server, self.services.max_connections, servers),
            stack=demands[0].stack,
            patterns={pattern.name for demand in demands for pattern in demand.patterns},
            cache=self.plan.settings.cache,
            handicap_us=cell.handicap_us,
        )

    @contextmanager
    def _lost_work_noted(self, session: Session) -> Iterator[None]:
        """When the servers have ended: keep what became of the work that the target was at, over all of its starts.

        Booked under the patterns and styles whose work goes on after the answer, which have a start of their own.
        """
        try:
            yield
        finally:
            # Of a run that is interrupted the servers are not given the time to end well.
            if not isinstance(sys.exception(), KeyboardInterrupt):
                for number, start in enumerate(session.starts):
                    works = [
                        work for index in start.cells for work in self.plan.demand(self.plan.cells[index]).outlasting
                    ]
                    self._note_lost_work(lost_work_key(works, start.server), self.services.place(number))

    def _note_lost_work(self, key: str, place: Place) -> None:
        if self.target.work_files is None:
            return
        lost, begun = lost_work(place.folder, self.target.work_files)
        if begun:
            noted = self.ledger.run.lost_work
            before = noted.get(key, (0, 0))
            self.ledger.note(lost_work={**noted, key: (before[0] + lost, before[1] + begun)})


_Attempt: TypeAlias = StartedServer | ServerNotStarted


def _answer(started: _Attempt, again: Callable[[], _Attempt]) -> Instance:
    """The server once it answers, at its second start if need be. Raises ServerNotStarted.

    A port can be taken by somebody else in the moment before the server binds it; a second start gets another one.
    """
    try:
        return _up(started)
    except ServerNotStarted:
        return _up(again())


def _up(started: _Attempt) -> Instance:
    if isinstance(started, ServerNotStarted):
        raise started
    return started.answering()
