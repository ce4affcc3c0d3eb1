"""Carries out a plan: services up, then block after block, session after session, trial after trial, all down."""

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Protocol

from results.records import Run, Session, Trial
from results.store import RunDirectory
from runners import instance, services
from runners.errors import GeneratorLost, RunFailed, ServerFailed, ServerNotStarted
from runners.generator import Generator
from runners.machine import CpuSets
from runners.plan import Plan, sessions
from runners.target import Target
from runners.trial import Bench, Bodies, now
from runners.workspace import Workspace

# A port can be taken by somebody else in the moment before the server binds it; a second start gets another one.
_STARTS = 2
# One that ends by itself has been killed by somebody; a second one in a row has a fault.
_LOST_GENERATORS = 1


class Observer(Protocol):
    """Hears how the run goes on."""

    def says(self, message: str) -> None:
        """Something worth a line."""

    def measuring(self, trial: int, server: str) -> None:
        """Trial number ``trial`` (from 0) is next, on this server."""

    def measured(self, trial: Trial) -> None:
        """A trial is stored."""

    def repeats(self, trials: int) -> None:
        """So many more trials than planned are made, for those that did not count."""


@dataclass
class Conductor:
    """One run. ``run`` holds its record as stored; it ends as finished, interrupted or failed."""

    plan: Plan
    target: Target
    directory: RunDirectory
    cpus: CpuSets
    observer: Observer
    run: Run
    _next_number: int = 0
    _lost: int = 0
    _repeating: bool = False
    _invalid: list[int] = field(default_factory=list)
    _broken: dict[str, str] = field(default_factory=dict)
    _bodies: Bodies = field(default_factory=Bodies)

    def conduct(self) -> Run:
        """Carry out the plan. Raises RunFailed when it cannot go on; whatever happens, the run's end is stored."""
        self.directory.write_run(self.run)
        try:
            with (
                Workspace(self.run.id, self.directory.path / "logs") as workspace,
                services.running(
                    self.target, self.plan.profile.database, workspace, self.cpus, self.plan.uses
                ) as around,
            ):
                self.run = replace(self.run, machine={**self.run.machine, "database": around.database})
                self.directory.write_run(self.run)
                for number, block in enumerate(self.plan.blocks):
                    for session in block:
                        self._session(number, session, workspace, around)
                    self._repeat_invalid(number, workspace, around)
        except KeyboardInterrupt:
            self._end("interrupted", "interrupted by the user")
            raise
        except BaseException as error:
            self._end("failed", str(error) or type(error).__name__)
            raise
        if self._broken:
            self._end("failed", "; ".join(f"{server}: {reason}" for server, reason in self._broken.items()))
        else:
            self._end("finished", None)
        return self.run

    def _repeat_invalid(self, block: int, workspace: Workspace, around: services.Services) -> None:
        """Once more, at the end of the block, the cells whose trial in it does not count; both trials are kept."""
        cells, self._invalid = self._invalid, []
        if not cells:
            return
        self.observer.repeats(len(cells))
        self._repeating = True
        for session in sessions(self.plan.cells, cells, self.plan.profile.isolation):
            self._session(block, session, workspace, around)
        self._repeating = False
        self._invalid = []

    def _end(self, status: str, failure: str | None) -> None:
        self.run = replace(self.run, status=status, failure=failure, finished=now())
        self.directory.write_run(self.run)

    def _session(self, block: int, session: Session, workspace: Workspace, around: services.Services) -> None:
        """Measure a session's cells, starting the server again for what is left when a trial brought it down."""
        left = list(session.cells)
        not_started = 0
        while left:
            if session.server in self._broken:
                self._fail(block, left, self._broken[session.server])
                return
            try:
                self._attempt(block, session, left, workspace, around)
            except ServerNotStarted as error:
                not_started += 1
                if not_started == _STARTS:
                    self._leave_out(block, session.server, left, error)
            except ServerFailed as error:
                self.observer.says(f"{session.server}: {error}")
                self._fail(block, [left.pop(0)], str(error).splitlines()[0])
            except GeneratorLost as error:
                self._lost += 1
                if self._lost > _LOST_GENERATORS:
                    raise RunFailed(str(error)) from None
                self.observer.says(f"{session.server}: {error}")
                self._invalid.append(left[0])
                self._fail(block, [left.pop(0)], str(error).splitlines()[0], flags=("generator_lost",))

    def _leave_out(self, block: int, server: str, left: list[int], error: ServerNotStarted) -> None:
        """Go on without a server that does not start. Raises RunFailed when it was the last one."""
        self._broken[server] = str(error).splitlines()[0]
        if len(self._broken) == len(self.plan.servers):
            self._fail(block, left, self._broken[server])
            raise RunFailed(f"no server is left to be measured; {error}") from None
        self.observer.says(f"{server} is left out from here on: {error}")

    def _attempt(
        self, block: int, session: Session, left: list[int], workspace: Workspace, around: services.Services
    ) -> None:
        """One start of the server and its generator; takes each cell off ``left`` once its trial is stored."""
        spec = self.plan.servers[session.server]
        log = f"{block:03d}-{self._next_number:04d}-{spec.server.name}"
        self.observer.measuring(self._next_number, session.server)
        with ExitStack() as stack:
            # Started first and awaited last, so that the two start side by side, each on its own CPUs.
            generator = stack.enter_context(
                Generator(workspace, self.cpus.support, f"{log}-generator", self.plan.profile.generators)
            )
            server = stack.enter_context(
                instance.running(
                    spec, self.target, workspace, environment=around.environment, cpus=self.cpus.server, log=log
                )
            )
            generator.wait_ready()
            bench = Bench(
                self.plan.profile,
                server,
                generator,
                around,
                self.directory,
                workspace.folder,
                self.cpus,
                self._bodies,
            )
            while left:
                cell = self.plan.cells[left[0]]
                number = self._next_number
                self.observer.measuring(number, session.server)
                trial = bench.run(
                    number,
                    block,
                    cell,
                    self.plan.patterns[cell.pattern],
                    seed=self.plan.seed + block,
                    repeat=self._repeating,
                )
                if trial.invalidated_by:
                    self._invalid.append(left[0])
                left.pop(0)
                self._lost = 0
                self._next_number += 1
                self.observer.measured(trial)

    def _fail(self, block: int, cells: list[int], reason: str, flags: tuple[str, ...] = ()) -> None:
        """Store a failed trial for each of the cells. ``flags``: what makes it invalid, when that is not the server."""
        for index in cells:
            trial = Trial(
                number=self._next_number,
                block=block,
                cell=self.plan.cells[index],
                started=now(),
                failure=reason,
                flags=flags,
                invalidated_by=flags,
                repeat=self._repeating,
            )
            self.directory.write_trial(trial)
            self._next_number += 1
            self.observer.measured(trial)
