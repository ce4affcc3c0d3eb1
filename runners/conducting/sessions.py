"""Measures sessions: starts a server and a generator, makes the trials, starts again what a trial brought down."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from djbench.errors import GeneratorLost, RunFailed, ServerFailed, ServerNotStarted, reason_without_log
from djbench.target import Target
from results.records.schema import Session, lost_work_key
from runners.conducting.ledger import Ledger
from runners.conducting.right_answers import RightAnswers
from runners.conducting.trial import Rig
from runners.hosts.workspace import Workspace
from runners.loading.load_generator import Generator
from runners.planning.plan import Plan
from runners.servers import instance
from runners.services.running import Services
from runners.watching.lost_work import lost_work
from runners.watching.observer import ObserverMaker

# A port can be taken by somebody else in the moment before the server binds it; a second start gets another one.
_STARTS = 2
# A generator that ends by itself has been killed by somebody; a second one in a row has a fault.
_LOST_GENERATORS = 1


@dataclass(kw_only=True)
class Sessions:
    """The sessions of one run, while its services are up."""

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
    #: How many generators in a row have been lost.
    _lost: int = 0

    def measure(self, block: int, session: Session) -> None:
        """Measure the session's cells. Raises RunFailed when the run cannot go on, and StoreError."""
        (start,) = session.starts
        left = list(start.cells)
        failed_starts = 0
        while left and start.server not in self.ledger.run.broken:
            try:
                with self._lost_work_noted(start.server, left):
                    self._start(block, session, left)
            except ServerNotStarted as error:
                failed_starts += 1
                if failed_starts == _STARTS:
                    self._leave_out(block, session, left, error)
            except ServerFailed as error:
                self._fail_first(block, session, left, error)
            except GeneratorLost as error:
                self._count_lost(error)
                self._fail_first(block, session, left, error, flags=("generator_lost",))
        self._fail_all(block, session, left)

    def _start(self, block: int, session: Session, left: list[int]) -> None:
        """One start of the server and its generator; takes each cell off ``left`` once its trial is stored."""
        self._announce(left[0])
        with self._running(block, session.starts[0].server, left) as rig:
            while left:
                self._announce(left[0])
                cell = self.plan.cells[left[0]]
                trial = self.ledger.next_trial(block, left[0], cell, session.purpose)
                trial = rig.measure(trial, self.plan.demand(cell), seed=self.plan.seed + block)
                left.pop(0)
                self._lost = 0
                self.ledger.keep(trial)

    def _announce(self, index: int) -> None:
        self.ledger.listener.measuring(self.ledger.progress.next_number, self.plan.cells[index])

    @contextmanager
    def _running(self, block: int, server_key: str, indices: Sequence[int]) -> Iterator[Rig]:
        """A server, started for these cells, and its generator. Raw samples of failed trials go with them."""
        server = self.plan.servers[server_key]
        log = f"{block:03d}-{self.ledger.progress.next_number:04d}-{server.server.slug}"
        cpus, settings = self.plan.cpus, self.plan.settings
        with ExitStack() as stack:
            scratch = stack.enter_context(TemporaryDirectory(prefix="samples-", dir=self.workspace.folder))
            # Started first and awaited last, so that the two start side by side, each on its own CPUs.
            generator = stack.enter_context(
                Generator(self.workspace, cpus.support, f"{log}-generator", settings.generators)
            )
            running = instance.running_server(
                server, self.target, self.workspace, environment=self._environment(indices), cpus=cpus.server, log=log
            )
            answering = stack.enter_context(running)
            generator.wait_ready()
            yield Rig(
                settings=settings,
                instance=answering,
                generator=generator,
                services=self.services,
                place=self.services.place(0),
                directory=self.ledger.directory,
                scratch=Path(scratch),
                cpus=cpus,
                answers=self.answers,
                observers=self.observers,
            )

    def _environment(self, indices: Sequence[int]) -> dict[str, str]:
        """What the target is started with to answer these cells, which share a start."""
        demands = [self.plan.demand(self.plan.cells[index]) for index in indices]
        cell = self.plan.cells[indices[0]]
        return self.services.place(0).site_environment(
            pool_size=self.plan.pool_size(cell.server, self.services.max_connections),
            stack=demands[0].stack,
            patterns={pattern.name for demand in demands for pattern in demand.patterns},
            cache=self.plan.settings.cache,
            handicap_us=cell.handicap_us,
        )

    @contextmanager
    def _lost_work_noted(self, server: str, indices: Sequence[int]) -> Iterator[None]:
        """When the server has ended: keep what became of the work that the target was at, over all of its starts.

        Booked under the patterns and styles whose work goes on after the answer, which have a start of their own.
        """
        works = [work for index in indices for work in self.plan.demand(self.plan.cells[index]).outlasting]
        try:
            yield
        finally:
            # Of a run that is interrupted the servers are not given the time to end well.
            if not isinstance(sys.exception(), KeyboardInterrupt):
                self._note_lost_work(lost_work_key(works, server))

    def _note_lost_work(self, key: str) -> None:
        if self.target.work_files is None:
            return
        lost, begun = lost_work(self.services.place(0).folder, self.target.work_files)
        if begun:
            noted = self.ledger.run.lost_work
            before = noted.get(key, (0, 0))
            self.ledger.note(lost_work={**noted, key: (before[0] + lost, before[1] + begun)})

    def _leave_out(self, block: int, session: Session, left: Sequence[int], error: ServerNotStarted) -> None:
        """Go on without a server that does not start. Raises RunFailed when it was the last one."""
        server = session.starts[0].server
        broken = {**self.ledger.run.broken, server: reason_without_log(error)}
        self.ledger.note(broken=broken)
        if len(broken) < len(self.plan.servers):
            self.ledger.listener.says(f"{server} is left out from here on: {error}")
            return
        self._fail_all(block, session, left)
        raise RunFailed(f"no server is left to be measured; {error}") from None

    def _count_lost(self, error: GeneratorLost) -> None:
        self._lost += 1
        if self._lost > _LOST_GENERATORS:
            raise RunFailed(str(error)) from None

    def _fail_all(self, block: int, session: Session, left: Sequence[int]) -> None:
        """Store a failed trial for each of the cells, for their server does not start."""
        for index in left:
            self._fail(block, session, index, self.ledger.run.broken[session.starts[0].server])

    def _fail_first(
        self, block: int, session: Session, left: list[int], error: Exception, flags: tuple[str, ...] = ()
    ) -> None:
        """Store a failed trial for the cell that was being measured. flags: why it is not the server's failure."""
        self.ledger.listener.says(f"{session.starts[0].server}: {error}")
        self._fail(block, session, left.pop(0), reason_without_log(error), flags)

    def _fail(self, block: int, session: Session, index: int, reason: str, flags: tuple[str, ...] = ()) -> None:
        trial = self.ledger.next_trial(block, index, self.plan.cells[index], session.purpose)
        self.ledger.keep(replace(trial, failure=reason, flags=flags, invalidated_by=flags))
