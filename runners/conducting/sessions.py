"""Measures sessions: groups of cells on the servers that stand for them. What a trial brought down starts again."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from djbench.errors import GeneratorLost, RunFailed, ServerFailed, ServerNotStarted, reason_without_log
from results.records.schema import Session, Start, Trial
from runners.conducting.ledger import Ledger
from runners.conducting.stand import Stand
from runners.conducting.trial import Rig
from runners.conducting.turns import Entrant, Turns
from runners.planning.plan import Plan

# A generator that ends by itself has been killed by somebody; a second one in a row has a fault.
_LOST_GENERATORS = 1


@dataclass(kw_only=True)
class Sessions:
    """The sessions of one run, while its services are up."""

    #: What is measured.
    plan: Plan
    #: Keeps what the run has come to.
    ledger: Ledger
    #: Starts the servers.
    stand: Stand
    #: How many generators in a row have been lost.
    _lost: int = 0
    #: The numbers of the servers that stand, and on which a trial failed: what it left there would be the next one's.
    _spent: set[int] = field(default_factory=set)
    #: The last server that did not start.
    _unstarted: ServerNotStarted | None = None

    def measure(self, block: int, session: Session) -> None:
        """Measure the session's cells. Raises RunFailed when the run cannot go on, and StoreError."""
        for part in self.stand.with_room(session):
            left = self._unbroken(block, part)
            while left.starts:
                made = self._measured(block, left)
                left = self._unbroken(block, left.only(set(left.cells) - made))
        if self._unstarted and len(self.ledger.run.broken) == len(self.plan.servers):
            raise RunFailed(f"no server is left to be measured; {self._unstarted}") from None

    def _unbroken(self, block: int, session: Session) -> Session:
        """The session without servers that do not start; their cells get failed trials."""
        broken = self.ledger.run.broken
        for start in session.starts:
            for index in start.cells if start.server in broken else ():
                trial = self.ledger.next_trial(block, index, self.plan.cells[index], session.purpose)
                self.ledger.keep(replace(trial, failure=broken[start.server]))
        return replace(session, starts=tuple(start for start in session.starts if start.server not in broken))

    def _measured(self, block: int, session: Session) -> set[int]:
        """Start the servers and measure what they stand for; the cells that have got a trial.

        Not all have: those that share a server with a trial that failed, or that a lost generator left, come again.
        """
        made: set[int] = set()
        self._spent.clear()
        self.ledger.listener.measuring(self.ledger.progress.next_number, [self.plan.cells[session.cells[0]]])
        with self.stand.standing(block, session, self._leave_out) as rigs:
            for group in self._groups(session, rigs):
                usable = {index: rig for index, rig in group.items() if rig.number not in self._spent}
                if usable:
                    trials = self._trials(block, session, usable, list(rigs.values()))
                    made.update(trials)
                    if len(trials) < len(usable):
                        break  # the generator is lost
        return made

    def _groups(self, session: Session, rigs: Mapping[Start, Rig]) -> list[dict[int, Rig]]:
        """The cells that are measured together, with their servers: rivals by turns, others each by itself."""
        groups: dict[Hashable, dict[int, Rig]] = {}
        for start, rig in rigs.items():
            for index in start.cells:
                together = self.plan.cells[index].rivals if session.by_turns else index
                groups.setdefault(together, {})[index] = rig
        return list(groups.values())

    def _trials(
        self, block: int, session: Session, group: Mapping[int, Rig], standing: Sequence[Rig]
    ) -> dict[int, Trial]:
        """Make and keep the trials of a group; by cell. Of one that a lost generator ends, the one that it was at."""
        self.ledger.listener.measuring(self.ledger.progress.next_number, [self.plan.cells[index] for index in group])
        drafts = {
            index: self.ledger.next_trial(block, index, self.plan.cells[index], session.purpose, ahead=ahead)
            for ahead, index in enumerate(group)
        }
        measure = self._by_turns if session.by_turns else self._in_one_window
        trials = measure(drafts, group, standing, self.plan.seed + block)
        for index, trial in trials.items():
            self.ledger.keep(trial)
            if trial.failure is not None:
                self._spent.add(group[index].number)
        return trials

    def _by_turns(
        self, drafts: Mapping[int, Trial], group: Mapping[int, Rig], standing: Sequence[Rig], seed: int
    ) -> dict[int, Trial]:
        turns = Turns(
            [self._entrant(group[index], draft) for index, draft in drafts.items()],
            standing,
            seed=seed,
            says=self.ledger.listener.says,
        )
        try:
            trials = turns.measure()
        except GeneratorLost as error:
            first = next(iter(drafts.values())).number  # none of the others is stored
            (index,) = (index for index, draft in drafts.items() if draft.number == turns.current.number)
            return {index: self._lost_by(replace(drafts[index], number=first), error)}
        self._lost = 0
        return dict(zip(drafts, trials, strict=True))

    def _entrant(self, rig: Rig, draft: Trial) -> Entrant:
        slicing = self.plan.slicing(draft.cell)
        assert slicing is not None, "a cell that takes turns is measured in slices"
        return Entrant(rig=rig, trial=draft, demand=self.plan.demand(draft.cell), slicing=slicing)

    def _in_one_window(
        self, drafts: Mapping[int, Trial], group: Mapping[int, Rig], standing: Sequence[Rig], seed: int
    ) -> dict[int, Trial]:
        assert len(standing) == 1, "a server that is measured in one window stands by itself"
        ((index, draft),) = drafts.items()
        try:
            trial = group[index].measure(draft, self.plan.demand(draft.cell), seed=seed)
        except ServerFailed as error:
            self.ledger.listener.says(f"{draft.cell.server}: {error}")
            return {index: replace(draft, failure=reason_without_log(error))}
        except GeneratorLost as error:
            return {index: self._lost_by(draft, error)}
        self._lost = 0
        return {index: trial}

    def _lost_by(self, draft: Trial, error: GeneratorLost) -> Trial:
        """A trial whose generator was lost: no failure of the server. Raises RunFailed when it is not the first."""
        self._lost += 1
        if self._lost > _LOST_GENERATORS:
            raise RunFailed(str(error)) from None
        self.ledger.listener.says(f"{draft.cell.server}: {error}")
        flags = ("generator_lost",)
        return replace(draft, failure=reason_without_log(error), flags=flags, invalidated_by=flags)

    def _leave_out(self, start: Start, error: ServerNotStarted) -> None:
        """Go on without a server that does not start."""
        self._unstarted = error
        broken = {**self.ledger.run.broken, start.server: reason_without_log(error)}
        self.ledger.note(broken=broken)
        if len(broken) < len(self.plan.servers):
            self.ledger.listener.says(f"{start.server} is left out from here on: {error}")
