"""From a selection to the cells, the order of their trials and the expected time. Pure."""

import math
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from djbench.cell import Cell
from djbench.errors import UsageError
from djbench.load import Slicing, TrialTiming
from djbench.options import CONFIGURED, RECORDED, Profile
from djbench.pattern import PatternSpec
from djbench.server import ServerSpec
from djbench.spec import SpecError
from djbench.target import Target
from results.records.schema import Run, Session, Settings, Start
from runners.hosts.cpus import CpuSets
from runners.planning.demand import Demand, demand_of
from runners.planning.holdable import require_events
from runners.planning.selection import Selection, parse_patterns, parse_servers
from runners.planning.side_by_side import why_not_side_by_side

# Measured on two cores: starting a generator and stopping it; starting a server and stopping it beside others; per
# trial, verifying the body and storing the record; and per slice, the way to its lead-in and from its last answer. Only
# for the time shown in advance.
SESSION_OVERHEAD_S = 1.0
START_OVERHEAD_S = 0.7
TRIAL_OVERHEAD_S = 0.2
TURN_OVERHEAD_S = 0.02
RUN_OVERHEAD_S = 15.0

NO_DATABASE = "none, for no pattern of the run uses one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be measured, how, and in which order."""

    #: How trials are made.
    settings: Settings
    #: The order of every block follows from it.
    seed: int
    #: What is measured.
    cells: tuple[Cell, ...]
    #: The servers of the cells, by their spec strings.
    servers: Mapping[str, ServerSpec]
    #: The measured patterns of the cells, by their spec strings.
    patterns: Mapping[str, PatternSpec]
    #: What background users request, by its spec string.
    background: Mapping[str, PatternSpec]
    #: What is asked for beside held loads.
    probe: PatternSpec
    #: Is what was written forgotten only when a server starts?
    fresh_state: bool = False

    def sessions(self, order: Sequence[int]) -> list[Session]:
        """The cells that ``order`` names, in about that order: rivals that take turns side by side, all others alone.

        Each cell has a start of its server to itself, or one with those that can share it.
        """
        place = {index: number for number, index in enumerate(order)}
        taking_turns = self.taking_turns()
        sessions = [
            *self._side_by_side([index for index in order if index in taking_turns]),
            *self._one_after_another([index for index in order if index not in taking_turns]),
        ]
        return sorted(sessions, key=lambda session: min(place[index] for index in session.cells))

    def taking_turns(self) -> frozenset[int]:
        """The cells that are measured in slices, for some other cell is compared with them."""
        return frozenset(range(len(self.cells))).difference(self.by_themselves())

    def by_themselves(self) -> dict[int, str]:
        """The cells that have one window each, one after the other, and why."""
        reasons = {index: reason for index, cell in enumerate(self.cells) if (reason := self._needs_one_window(cell))}
        rivals = Counter(cell.rivals for index, cell in enumerate(self.cells) if index not in reasons)
        alone = {index for index, cell in enumerate(self.cells) if rivals[cell.rivals] == 1}
        return dict.fromkeys(alone.difference(reasons), "no rival to take turns with") | reasons

    def _needs_one_window(self, cell: Cell) -> str | None:
        """Why a cell cannot be measured in slices; None if it can."""
        if self.settings.by_turns == "off":
            return "--by-turns off"
        if self.settings.generators > 1:
            return "several generators"
        if self.slicing(cell) is None:
            return "the load has no slices"
        return self.demand(cell).needs_one_window

    def slicing(self, cell: Cell) -> Slicing | None:
        """How the cell's load is applied by turns; None if it needs one window."""
        return cell.load.slicing(self.demand(cell).wait_s, cell.slots)

    def _side_by_side(self, order: Sequence[int]) -> list[Session]:
        """A session for each group of rivals; with shared starts one for all of them."""
        if self.settings.isolation == "block":
            return [Session(starts=self._shared_starts(order), by_turns=True)] if order else []
        groups: dict[Hashable, list[int]] = {}
        for index in order:
            groups.setdefault(self.cells[index].rivals, []).append(index)
        return [
            Session(starts=tuple(self._start([index]) for index in group), by_turns=True) for group in groups.values()
        ]

    def _one_after_another(self, order: Sequence[int]) -> list[Session]:
        """A session for each start."""
        if self.settings.isolation == "block":
            return [Session(starts=(start,)) for start in self._shared_starts(order)]
        return [Session(starts=(self._start([index]),)) for index in order]

    def _shared_starts(self, order: Sequence[int]) -> tuple[Start, ...]:
        by_start: dict[tuple[object, ...], list[int]] = {}
        for index in order:
            cell = self.cells[index]
            # What these leave would be the next one's: memory that grew, work, streams still written to, rows.
            demand = self.demand(cell)
            leaves_something = cell.load.endless or demand.outlasts or (demand.writes and self.fresh_state)
            alone = index if leaves_something else None
            by_start.setdefault((cell.start, demand.stack, alone), []).append(index)
        return tuple(self._start(cells) for cells in by_start.values())

    def _start(self, cells: Sequence[int]) -> Start:
        return Start(server=self.cells[cells[0]].server, cells=tuple(cells))

    def demand(self, cell: Cell) -> Demand:
        """What trials of a cell of the plan ask the server for."""
        load = cell.load
        beside = (self.background[load.beside] if load.beside else self.probe) if load.mixed else None
        return demand_of(self.patterns[cell.pattern], cell.style, beside)

    @property
    def locustfiles(self) -> tuple[str, ...]:
        """The files whose users some cells have, each once."""
        journeys = (self.demand(cell).journey for cell in self.cells)
        return tuple(dict.fromkeys(journey.locustfile for journey in journeys if journey and journey.locustfile))

    @property
    def cpus(self) -> CpuSets:
        """Where the server runs, and where what measures it does."""
        return CpuSets(self.settings.cpus_server, self.settings.cpus_support, self.settings.cpus)

    @property
    def fixed(self) -> bool:
        """Is the number of blocks known in advance?"""
        return self.settings.min_blocks == self.settings.max_blocks

    @property
    def uses(self) -> frozenset[str]:
        """The services that some pattern of the plan cannot answer without."""
        return frozenset().union(*(self.demand(cell).uses for cell in self.cells))

    def pool_size(self, server: str, most: int | None, standing: Sequence[str] = ()) -> int:
        """How many connections to the database the pool of each process of a server may hold.

        All servers of the plan get the same number, so that the pool is no difference between them. ``most``: as
        ``ServerSpec.pool_size`` has it. ``standing``: all servers that stand at the same time; empty for one alone.
        """
        together = [self.servers[name] for name in standing]
        return self.servers[server].pool_size(most, wanted=self.pool_wanted, standing=together)

    @property
    def pool_wanted(self) -> int:
        """Connections for the pool of each process: one for each slot, and one for each request of the largest load.

        Under ASGI each request has a thread of its own and a connection with it.
        """
        slots = max(spec.slots_per_process for spec in self.servers.values())
        return max(slots, *(cell.load.at_once for cell in self.cells))

    def why_not_side_by_side(
        self, standing: Sequence[str], *, most: int | None, available_mib: int | None
    ) -> str | None:
        """As the function of that name has it, for servers of the plan."""
        together = [self.servers[name] for name in standing]
        return why_not_side_by_side(together, wanted=self.pool_wanted, most=most, available_mib=available_mib)

    def require_time(self) -> None:
        """Raises UsageError if the minimum number of blocks does not fit into the budget."""
        budget_s, needed_s = self.settings.budget_s, self.expected_s(self.settings.min_blocks)
        if budget_s is not None and budget_s < needed_s:
            raise UsageError(
                f"--budget of {budget_s:g} s: {self.settings.min_blocks} blocks of {len(self.cells)} cells take about "
                f"{needed_s:.0f} s; give --budget {math.ceil(needed_s)}s or more, lower --blocks, or choose fewer cells"
            )

    def expected_s(self, blocks: float) -> float:
        """About how long so many blocks of all cells take, in seconds, as far as waits can be known in advance."""
        return RUN_OVERHEAD_S + blocks * self.block_s(range(len(self.cells)))

    def block_s(self, chosen: Collection[int]) -> float:
        """About how long a block of the chosen cells takes, in seconds."""
        sessions = self.sessions(list(chosen))
        starts_s = sum(SESSION_OVERHEAD_S + START_OVERHEAD_S * len(session.starts) for session in sessions)
        trials_s = (
            self._turns_s(self.cells[index]) if session.by_turns else self._trial_s(self.cells[index])
            for session in sessions
            for index in session.cells
        )
        return starts_s + sum(trials_s)

    def _turns_s(self, cell: Cell) -> float:
        """About how long a trial of the cell takes by turns, in seconds, without those of its rivals."""
        slicing, settings, wait_s = self.slicing(cell), self.settings, self.demand(cell).wait_s
        assert slicing is not None, "a cell that takes turns is measured in slices"
        count, slice_s = slicing.fitted(settings.duration_s, settings.slice_s)
        if count == 1:
            return self._trial_s(cell)
        turn_s = slicing.lead_in_s + max(slice_s, cell.load.round_s) + wait_s + TURN_OVERHEAD_S
        warmup_s = max(settings.warmup_s, cell.load.gathering_s) + slicing.lead_in_s
        return wait_s + warmup_s + count * turn_s + TRIAL_OVERHEAD_S

    def _trial_s(self, cell: Cell) -> float:
        """About how long a trial of the cell takes in one window, in seconds."""
        pattern, settings = self.patterns[cell.pattern], self.settings
        timing = TrialTiming(
            wait_s=self.demand(cell).wait_s,
            think_s=self.demand(cell).think_s,
            event_gap_s=pattern.event_gap_s if cell.load.endless else 0.0,
            slots=cell.slots,
            warmup_s=self.demand(cell).warmup_s(settings.warmup_s),
            warmup_limit_s=settings.warmup_limit_s or 0.0,
            duration_s=settings.duration_s,
        )
        return cell.load.trial_s(timing) + TRIAL_OVERHEAD_S


def make_plan(
    selection: Selection,
    seed: int,
    *,
    cpus: CpuSets = CpuSets((), ()),  # noqa: B008  frozen
    database: str = "",
    leave_out: Sequence[str] = (),
) -> Plan:
    """The plan for a selection.

    ``leave_out``: the names of servers that cannot run here. ``database``: as the record has it. Raises UsageError for
    a load that would show nothing, and if background users cannot stand beside anything.
    """
    candidates = [candidate for candidate in selection.candidates() if candidate.server.server.name not in leave_out]
    cells = tuple(candidate.cell for candidate in candidates if candidate.why_not is None)
    if selection.background and cells and not any(cell.load.beside for cell in cells):
        reasons = dict.fromkeys(str(candidate.why_not) for candidate in candidates if candidate.load.beside)
        raise UsageError(f"--beside {' and '.join(selection.background)}: {'; '.join(reasons)}")
    plan = Plan(
        settings=settings_of(selection.profile, cpus, database),
        seed=seed,
        cells=cells,
        servers=_of_cells(selection.servers, [cell.server for cell in cells]),
        patterns=_of_cells(selection.patterns, [cell.pattern for cell in cells]),
        background=selection.background,
        probe=selection.target.probe,
        fresh_state=selection.target.fresh_state,
    )
    return _checked(plan, selection.profile, selection.target)


_Spec = TypeVar("_Spec")


def _of_cells(specs: Mapping[str, _Spec], names: Iterable[str]) -> dict[str, _Spec]:
    """Those of the specs that cells name, in the order of the cells."""
    return {name: specs[name] for name in dict.fromkeys(names)}


def plan_for(
    cells: Sequence[Cell], profile: Profile, seed: int, *, target: Target, cpus: CpuSets, database: str
) -> Plan:
    """The plan that measures these cells as the profile says. ``database``: as the record has it.

    Raises UsageError for a load that would show nothing, and SpecError for a name that does not exist.
    """
    return _checked(_parsed(settings_of(profile, cpus, database), seed, cells, target), profile, target)


def _checked(plan: Plan, profile: Profile, target: Target) -> Plan:
    """The plan, without a database that it does not use.

    Raises UsageError for a load that would show nothing, and if the target lacks an ability that a cell needs.
    """
    writing = dict.fromkeys(cell.pattern for cell in plan.cells if plan.demand(cell).writes)
    if writing and plan.settings.database == CONFIGURED:
        raise UsageError(
            f"--database {CONFIGURED} is only read, and these write: {', '.join(writing)}; choose others with "
            "--pattern, or leave --database out for a temporary one"
        )
    for cell in plan.cells:
        if cell.load.endless:
            require_events(plan.patterns[cell.pattern], cell.load.at_once, profile)
        if target.reset_path is None and not target.fresh_state and plan.demand(cell).writes:
            raise UsageError(
                f"{cell.pattern} under {cell.load} writes, and {target.name} cannot forget what was written: "
                "describe its reset_path"
            )
    if plan.locustfiles and profile.generators > 1:
        raise UsageError(
            f"--generators {profile.generators}: the users of {plan.locustfiles[0]} run in one process; "
            "leave --generators at 1"
        )
    if "database" in plan.uses:
        return plan
    return replace(plan, settings=replace(plan.settings, database=NO_DATABASE))


def settings_of(profile: Profile, cpus: CpuSets, database: str) -> Settings:
    """How trials are made, as the profile says. database: as the record has it."""
    return Settings(
        **{
            **{key: getattr(profile, key) for key in RECORDED},
            "warmup_limit_s": profile.longest_warmup_s,
            "database": database,
            "cpus": cpus.asked_for,
        },
        cpus_server=cpus.server,
        cpus_support=cpus.support,
        min_blocks=profile.min_blocks,
        max_blocks=profile.max_blocks,
    )


def plan_of(run: Run, target: Target) -> Plan:
    """The plan that a stored run follows. Raises UsageError if this djbench does not know its servers or patterns."""
    try:
        return _parsed(run.settings, run.seed, run.cells, target)
    except SpecError as error:
        raise UsageError(f"this djbench cannot go on with the run: {error}") from None


def _parsed(settings: Settings, seed: int, cells: Sequence[Cell], target: Target) -> Plan:
    """The plan of these cells, with their servers and patterns and no others. Raises SpecError."""
    servers = list(dict.fromkeys(cell.server for cell in cells))
    background = dict.fromkeys(cell.load.beside for cell in cells if cell.load.beside)
    return Plan(
        settings=settings,
        seed=seed,
        cells=tuple(cells),
        servers=dict(zip(servers, parse_servers(servers), strict=True)),
        patterns=parse_patterns(dict.fromkeys(cell.pattern for cell in cells), target.catalog),
        background=parse_patterns(background, target.catalog),
        probe=target.probe,
        fresh_state=target.fresh_state,
    )
