"""Carries out a plan: services up, then block after block as the procedure says, then all down."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from djbench.errors import RunFailed
from djbench.target import Target
from results.records.fingerprints import differences
from results.records.schema import Run, Session
from results.records.store import StoreError
from runners.conducting.ledger import Ledger
from runners.conducting.outside_calls import OutsideCalls
from runners.conducting.sessions import Sessions
from runners.conducting.stand import Stand
from runners.conducting.verifying.right_answers import RightAnswers
from runners.hosts.workspace import Workspace
from runners.machine.limits import available_memory_mib
from runners.planning.plan import Plan
from runners.procedures.procedure import Ended, Procedure
from runners.services.running import Services, running_services
from runners.watching.observer import ObserverMaker


@dataclass(frozen=True, kw_only=True)
class Conductor:
    """One run, from its first block or from where its progress says that it was interrupted."""

    #: What is measured.
    plan: Plan
    #: Says what is measured next.
    procedure: Procedure
    #: The project that is measured.
    target: Target
    #: The run's record, as stored; it ends as finished, interrupted or failed.
    ledger: Ledger
    #: The choice as given, for the record has no password.
    database: str
    #: Who looks on while a window is open.
    observers: Sequence[ObserverMaker]

    def conduct(self) -> Run:
        """Carry out the plan. Raises RunFailed when it cannot go on; whatever happens, the run's end is stored."""
        self.ledger.progress.clock.start()
        with self._end_stored():
            self.ledger.note(status="running", failure=None, finished=None)
            ended = self._run()
            # With the status, and not before all is down: a run that is killed meanwhile is one that can go on.
            self._end(ended)
        return self.ledger.run

    def _run(self) -> Ended:
        run = self.ledger.run
        with (
            Workspace(run.id, self.ledger.directory.path / "logs") as workspace,
            running_services(self.target, self.database, workspace, self.plan.cpus, self.plan.uses) as around,
        ):
            self._note_database(around)
            if self.target.fresh_state:
                OutsideCalls(plan=self.plan, target=self.target, services=around, workspace=workspace).require_allowed()
            return self._blocks(
                Sessions(
                    plan=self.plan,
                    ledger=self.ledger,
                    stand=Stand(
                        plan=self.plan,
                        target=self.target,
                        ledger=self.ledger,
                        workspace=workspace,
                        services=around,
                        answers=RightAnswers(self.ledger.progress.bodies),
                        observers=self.observers,
                        available_mib=available_memory_mib(Path("/")),
                    ),
                )
            )

    def _blocks(self, sessions: Sessions) -> Ended:
        """Block after block; those that were begun before an interruption first, as far as they are not complete.

        Returns why there are no more of them.
        """
        number = 0
        while (ended := self._begun(number)) is None:
            self._block(number, sessions)
            number += 1
        return ended

    def _begun(self, number: int) -> Ended | None:
        """Let the procedure begin a block, if it has not begun before; why it begins none."""
        progress = self.ledger.progress
        if number < len(progress.blocks):
            return None
        following = self.procedure.next(progress)
        if isinstance(following, Ended):
            return following
        certain = self.procedure.certain(progress)
        self.ledger.begin(following)
        self.ledger.listener.more(_trials(following) + self.procedure.certain(progress) - certain)
        return None

    def _block(self, number: int, sessions: Sessions) -> None:
        """Measure what is left of a block, then once more what does not count."""
        progress, clock = self.ledger.progress, self.ledger.progress.clock
        begun_s, left = clock.spent_s(), progress.left(number)
        expected = _trials(progress.repeats(number))  # of a run that goes on: it said that these were outstanding
        for session in left:
            sessions.measure(number, session)
        repeats = progress.repeats(number)
        self.ledger.listener.more(_trials(repeats) - expected)
        for session in repeats:
            sessions.measure(number, session)
        made = [index for session in left for index in session.cells]
        clock.block(clock.spent_s() - begun_s, expected_s=self.plan.block_s(made))

    def _note_database(self, around: Services) -> None:
        """Keep what the database is. Raises RunFailed when it is not the one that the run began with."""
        machine = {"database": around.database}
        if changed := differences(self.ledger.run.machine, machine):
            raise RunFailed(f"trials would not compare with those made before: {'; '.join(changed)}")
        self.ledger.note(machine={**self.ledger.run.machine, **machine})

    def _end(self, ended: Ended) -> None:
        """The run has come to its end: finished, or failed for servers that did not start."""
        broken = self.ledger.run.broken
        failure = "; ".join(f"{server}: {reason}" for server, reason in broken.items())
        self.ledger.end("failed" if broken else "finished", failure or None, ended_by=str(ended))

    @contextmanager
    def _end_stored(self) -> Iterator[None]:
        """Whatever keeps the run from its end is stored. Raises RunFailed for what the system refuses: a full disk."""
        try:
            yield
        except KeyboardInterrupt:
            self.ledger.end("interrupted", "interrupted by the user")
            raise
        except (StoreError, OSError) as error:
            # The record is small and may find room. If not, it still says that the run goes on, and so it can.
            with suppress(StoreError):
                self.ledger.end("failed", str(error))
            raise RunFailed(str(error)) from None
        except BaseException as error:
            self.ledger.end("failed", str(error) or type(error).__name__)
            raise


def _trials(sessions: Sequence[Session]) -> int:
    return sum(len(session.cells) for session in sessions)
