"""Carries out a plan: services up, then block after block, session after session, trial after trial, all down."""

import math
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from djbench.cell import Cell
from djbench.errors import GeneratorLost, RunFailed, ServerFailed, ServerNotStarted, reason_without_log
from djbench.target import Target
from results.analysis.stopping import Ended, next_cells
from results.records.fingerprints import differences
from results.records.schema import Run, Session, Trial, lost_work_key
from results.records.store import RunDirectory
from runners.conducting.clock import Clock
from runners.conducting.progress import Progress
from runners.conducting.trial import Bench, Bodies, now
from runners.hosts.workspace import Workspace
from runners.loading.generator import Generator
from runners.planning.plan import Plan
from runners.servers import instance
from runners.services import running as services
from runners.watching.lost_work import lost_work

# A port can be taken by somebody else in the moment before the server binds it; a second start gets another one.
_STARTS = 2
# One that ends by itself has been killed by somebody; a second one in a row has a fault.
_LOST_GENERATORS = 1
# Of a budget, for stopping what runs and writing the report.
_END_S = 10.0


class Observer(Protocol):
    """Hears how the run goes on."""

    def says(self, message: str) -> None:
        """Something worth a line."""

    def measuring(self, trial: int, cell: Cell) -> None:
        """Trial number ``trial`` (from 0) is next, of this cell; its server may have to be started first."""

    def measured(self, trial: Trial) -> None:
        """A trial is stored."""

    def more(self, trials: int) -> None:
        """So many more trials are made than the plan's least: for those that do not count, or for wide intervals."""


@dataclass
class Conductor:
    """One run, from its first block or from where ``progress`` says it was interrupted.

    ``run`` holds its record as stored; it ends as finished, interrupted or failed. database: the choice as given, for
    the record has no password.
    """

    plan: Plan
    target: Target
    directory: RunDirectory
    observer: Observer
    run: Run
    database: str
    progress: Progress
    _lost: int = 0
    _bodies: Bodies = field(init=False)
    _clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self._bodies = Bodies(self.progress.bodies)
        self._clock = Clock(self.run.spent_s)

    def conduct(self) -> Run:
        """Carry out the plan. Raises RunFailed when it cannot go on; whatever happens, the run's end is stored."""
        self._store(status="running", failure=None, finished=None)
        try:
            with (
                Workspace(self.run.id, self.directory.path / "logs") as workspace,
                services.running(self.target, self.database, workspace, self.plan.cpus, self.plan.uses) as around,
            ):
                self._note_database(around)
                ended = self._blocks(workspace, around)
        except KeyboardInterrupt:
            self._end("interrupted", "interrupted by the user")
            raise
        except BaseException as error:
            self._end("failed", str(error) or type(error).__name__)
            raise
        # With the status, and not before all is down: a run that is killed meanwhile is one that can go on.
        if self.run.broken:
            failure = "; ".join(f"{server}: {reason}" for server, reason in self.run.broken.items())
            self._end("failed", failure, ended_by=str(ended))
        else:
            self._end("finished", None, ended_by=str(ended))
        return self.run

    def _blocks(self, workspace: Workspace, around: services.Services) -> Ended:
        """Block after block; those that were begun before an interruption first, as far as they are not complete.

        Returns why there are no more of them.
        """
        number = 0
        while not isinstance(sessions := self._block(number), Ended):
            begun_s, left = self._clock.spent_s(), self.progress.left(number, sessions)
            known = len(self.progress.to_repeat(number))  # of a run that goes on, among what it said was outstanding
            for session in left:
                self._session(number, session, workspace, around)
            repeats = self.progress.to_repeat(number)
            self.observer.more(len(repeats) - known)
            for session in self.plan.sessions(repeats):
                self._session(number, session, workspace, around)
            made = [index for session in left for index in session.cells]
            self._clock.block(self._clock.spent_s() - begun_s, expected_s=self.plan.block_s(made))
            number += 1
        return sessions

    def _block(self, number: int) -> tuple[Session, ...] | Ended:
        """The sessions of a block, which is stored as begun; or why there are no more."""
        if number < len(self.run.blocks):
            return self.run.blocks[number]
        settings = self.plan.settings
        chosen = None
        if number >= settings.min_blocks:
            if self.plan.fixed:
                return Ended.BLOCKS
            found = next_cells(
                self.progress.evidence(),
                left_s=math.inf if settings.budget_s is None else settings.budget_s - self._clock.spent_s() - _END_S,
                cost_s=lambda cells: self.plan.block_s(cells) * self._clock.pace,
            )
            if isinstance(found, Ended):
                return found
            if number >= settings.max_blocks:
                return Ended.BLOCKS
            chosen = found
            self.observer.more(len(chosen))
        sessions = self.plan.block(number, chosen)
        self._store(blocks=(*self.run.blocks, sessions))
        return sessions

    def _note_database(self, around: services.Services) -> None:
        """Keep what the database is. Raises RunFailed when it is not the one that the run began with."""
        found = {"database": around.database}
        if changed := differences(self.run.machine, found):
            raise RunFailed(f"trials would not compare with those made before: {'; '.join(changed)}")
        self._store(machine={**self.run.machine, **found})

    def _end(self, status: str, failure: str | None, ended_by: str | None = None) -> None:
        self._store(status=status, failure=failure, finished=now(), ended_by=ended_by)

    def _store(self, **changes: Any) -> None:
        self.run = replace(self.run, spent_s=self._clock.spent_s(), **changes)
        self.directory.write_run(self.run)

    def _environment(self, indices: Sequence[int], around: services.Services) -> dict[str, str]:
        """What the target is started with to answer these cells, which share a start."""
        demands = [self.plan.demand(self.plan.cells[index]) for index in indices]
        cell = self.plan.cells[indices[0]]
        return around.site_environment(
            pool_size=self.plan.pool_size(cell.server, around.max_connections),
            stack=demands[0].stack,
            patterns={pattern.name for demand in demands for pattern in demand.patterns},
            cache=self.plan.settings.cache,
            handicap_us=cell.handicap_us,
        )

    def _session(self, block: int, session: Session, workspace: Workspace, around: services.Services) -> None:
        """Measure a session's cells, starting the server again for what is left when a trial brought it down."""
        left = list(session.cells)
        not_started = 0
        while left:
            if session.server in self.run.broken:
                self._fail(block, left, self.run.broken[session.server])
                return
            try:
                works = [work for index in left for work in self.plan.demand(self.plan.cells[index]).outlasting]
                try:
                    self._attempt(block, session, left, workspace, around)
                finally:
                    # Of a run that is interrupted the servers are not given the time to end well.
                    if not isinstance(sys.exception(), KeyboardInterrupt):
                        self._note_lost_work(works, session.server, workspace.folder)
            except ServerNotStarted as error:
                not_started += 1
                if not_started == _STARTS:
                    self._leave_out(block, session.server, left, error)
            except ServerFailed as error:
                self.observer.says(f"{session.server}: {error}")
                self._fail(block, [left.pop(0)], reason_without_log(error))
            except GeneratorLost as error:
                self._lost += 1
                if self._lost > _LOST_GENERATORS:
                    raise RunFailed(str(error)) from None
                self.observer.says(f"{session.server}: {error}")
                self._fail(block, [left.pop(0)], reason_without_log(error), flags=("generator_lost",))

    def _note_lost_work(self, works: Sequence[str], server: str, folder: Path) -> None:
        """The server has ended: keep what became of the work that the target was at, over all of its starts.

        ``works``: the patterns and styles whose work goes on after the answer, which have a start of their own.
        """
        if self.target.work_files is None:
            return
        lost, begun = lost_work(folder, self.target.work_files)
        if begun:
            key = lost_work_key(works, server)
            before = self.run.lost_work.get(key, (0, 0))
            self._store(lost_work={**self.run.lost_work, key: (before[0] + lost, before[1] + begun)})

    def _leave_out(self, block: int, server: str, left: list[int], error: ServerNotStarted) -> None:
        """Go on without a server that does not start. Raises RunFailed when it was the last one."""
        broken = {**self.run.broken, server: reason_without_log(error)}
        self._store(broken=broken)
        if len(broken) == len(self.plan.servers):
            self._fail(block, left, broken[server])
            raise RunFailed(f"no server is left to be measured; {error}") from None
        self.observer.says(f"{server} is left out from here on: {error}")

    def _attempt(
        self, block: int, session: Session, left: list[int], workspace: Workspace, around: services.Services
    ) -> None:
        """One start of the server and its generator; takes each cell off ``left`` once its trial is stored."""
        spec = self.plan.servers[session.server]
        log = f"{block:03d}-{self.progress.next_number:04d}-{spec.server.slug}"
        self.observer.measuring(self.progress.next_number, self.plan.cells[left[0]])
        with ExitStack() as stack:
            # Started first and awaited last, so that the two start side by side, each on its own CPUs.
            generator = stack.enter_context(
                Generator(workspace, self.plan.cpus.support, f"{log}-generator", self.plan.settings.generators)
            )
            server = stack.enter_context(
                instance.running(
                    spec,
                    self.target,
                    workspace,
                    environment=self._environment(left, around),
                    cpus=self.plan.cpus.server,
                    log=log,
                )
            )
            generator.wait_ready()
            bench = Bench(
                self.plan.settings,
                server,
                generator,
                around,
                self.directory,
                workspace.folder,
                self.plan.cpus,
                self._bodies,
            )
            while left:
                cell = self.plan.cells[left[0]]
                number = self.progress.next_number
                self.observer.measuring(number, cell)
                trial = bench.run(
                    number,
                    block,
                    cell,
                    self.plan.demand(cell),
                    seed=self.plan.seed + block,
                    repeat=self.progress.tried(block, left[0]),
                )
                left.pop(0)
                self._lost = 0
                self._made(trial)

    def _fail(self, block: int, cells: list[int], reason: str, flags: tuple[str, ...] = ()) -> None:
        """Store a failed trial for each of the cells. ``flags``: what makes it invalid, when that is not the server."""
        for index in cells:
            trial = Trial(
                number=self.progress.next_number,
                block=block,
                cell=self.plan.cells[index],
                started=now(),
                failure=reason,
                flags=flags,
                invalidated_by=flags,
                repeat=self.progress.tried(block, index),
            )
            self.directory.write_trial(trial)
            self._made(trial)

    def _made(self, trial: Trial) -> None:
        self.progress.add(trial)
        self._store()  # the time spent
        self.observer.measured(trial)
