"""The servers of a session while they stand, with the generator that sends them their load."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from djbench.errors import ServerNotStarted
from djbench.target import Target
from results.records.schema import Session, Start, lost_work_key
from runners.conducting.ledger import Ledger
from runners.conducting.right_answers import RightAnswers
from runners.conducting.trial import Rig
from runners.hosts.workspace import Workspace
from runners.loading.load_generator import Generator
from runners.planning.plan import Plan
from runners.servers import instance
from runners.services.place import Place
from runners.services.running import Services
from runners.watching.lost_work import lost_work
from runners.watching.observer import ObserverMaker

# A port can be taken by somebody else in the moment before the server binds it; a second start gets another one.
_STARTS = 2


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
            generator = stack.enter_context(Generator(self.workspace, cpus.support, log, settings.generators))
            rigs = {}
            for number, start in enumerate(session.starts):
                try:
                    answering = self._started(stack, start, number, len(session.starts), name)
                except ServerNotStarted as error:
                    broken(start, error)
                    continue
                rigs[start] = Rig(
                    number=number,
                    settings=settings,
                    server=start.server,
                    instance=answering,
                    generator=generator,
                    services=self.services,
                    place=self.services.place(number),
                    directory=self.ledger.directory,
                    scratch=Path(scratch),
                    cpus=cpus,
                    answers=self.answers,
                    observers=self.observers,
                )
            generator.wait_ready()
            yield rigs

    def _started(self, stack: ExitStack, start: Start, number: int, standing: int, name: str) -> instance.Instance:
        """A server that answers, until the stack ends it. Raises ServerNotStarted."""
        spec = self.plan.servers[start.server]
        log = f"{name}-{spec.server.slug}" if standing == 1 else f"{name}-{number:02d}-{spec.server.slug}"
        for left in reversed(range(_STARTS)):
            running = instance.running_server(
                spec,
                self.target,
                self.workspace,
                environment=self._environment(start, self.services.place(number), standing),
                cpus=self.plan.cpus.server,
                log=log,
            )
            try:
                return stack.enter_context(running)
            except ServerNotStarted:
                if not left:
                    raise
        raise AssertionError("each start answers or fails")

    def _environment(self, start: Start, place: Place, standing: int) -> dict[str, str]:
        """What the target is started with to answer the cells that share this start."""
        demands = [self.plan.demand(self.plan.cells[index]) for index in start.cells]
        cell = self.plan.cells[start.cells[0]]
        most = self.services.max_connections
        return place.site_environment(
            pool_size=self.plan.pool_size(cell.server, most and most // standing),
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
