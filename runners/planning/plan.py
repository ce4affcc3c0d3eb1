"""From a selection to the cells, the order of their trials and the expected time. Pure."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from djbench.cell import Cell
from djbench.errors import UsageError
from djbench.load import ClosedLoad, HeldLoad, Load, OpenLoad, TrialTiming
from djbench.pattern import PatternSpec
from djbench.server import ServerSpec
from djbench.spec import SpecError, expand, split_spec, unknown
from results.records.schema import Run, Session, Settings
from runners.hosts.cpus import CpuSets
from runners.planning.cells import cell_of, why_not, why_not_cell
from runners.planning.demand import Asked, asked_for
from runners.planning.holdable import require_events
from runners.planning.profile import Profile
from runners.servers.registry import parse_server
from target_site.catalog import parse_pattern

# Measured on two cores: starting a server and the generator, stopping both; and, per trial, verifying the body and
# storing the record. Only for the time shown in advance.
SESSION_OVERHEAD_S = 1.7
TRIAL_OVERHEAD_S = 0.2
RUN_OVERHEAD_S = 15.0

NO_DATABASE = "none, for no pattern of the run uses one"


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be measured, how, and in which order.

    servers, patterns: those of the cells, by canonical spec string.
    """

    settings: Settings
    seed: int
    cells: tuple[Cell, ...]
    servers: dict[str, ServerSpec]
    patterns: dict[str, PatternSpec]

    def block(self, number: int, chosen: Collection[int] | None = None) -> tuple[Session, ...]:
        """Block ``number`` (from 0): the chosen cells (all, without any) once each, in an order of its own.

        The order is drawn anew for each block (Abedi & Brecht 2017, randomized interleaving) from the seed and the
        block's number alone, so that what was chosen before, or a resumed run, changes nothing in it. With a start of
        the server for each trial, cells that are compared come one soon after the other: a machine that drifts is
        more alike from one trial to the next than from one end of a block to the other.
        """
        chance = random.Random(f"{self.seed} {number}")  # noqa: S311  reproduced by the stored seed, not a secret
        order = list(range(len(self.cells)))
        chance.shuffle(order)
        if self.settings.isolation == "trial":
            places = list(dict.fromkeys(self.cells[index].rivals for index in order))
            order.sort(key=lambda index: places.index(self.cells[index].rivals))
        sessions = self.sessions(order)
        if self.settings.isolation == "block":
            chance.shuffle(sessions)
        kept = set(order if chosen is None else chosen)
        rest = (tuple(index for index in session.cells if index in kept) for session in sessions)
        return tuple(Session(server=self.cells[cells[0]].server, cells=cells) for cells in rest if cells)

    def sessions(self, order: Sequence[int]) -> list[Session]:
        """The cells that ``order`` names, in that order: a start of the server each, or one for those that share it."""
        if self.settings.isolation == "trial":
            return [Session(server=self.cells[index].server, cells=(index,)) for index in order]
        by_start: dict[tuple[object, ...], list[int]] = {}
        for index in order:
            cell = self.cells[index]
            # What these leave in the process would be the next one's: memory that grew, work, streams still written to.
            asked = self.asked(cell)
            alone = index if cell.load.endless or asked.outlasts else None
            by_start.setdefault((cell.start, asked.stack, alone), []).append(index)
        return [Session(server=self.cells[cells[0]].server, cells=tuple(cells)) for cells in by_start.values()]

    def asked(self, cell: Cell) -> Asked:
        """What trials of a cell of the plan ask the server for."""
        return asked_for(self.patterns[cell.pattern], cell.style, cell.load)

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
        return frozenset().union(*(self.asked(cell).uses for cell in self.cells))

    def pool_size(self, server: str, most: int | None) -> int:
        """How many connections to the database the pool of each process of a server may hold.

        As many for every server of the plan, so that the pool is no difference between them: one for each slot that
        one of their processes has at most, and one for each request that can be at work under the largest load, for
        under ASGI each has a thread of its own and with it a connection. most: as ServerSpec.pool_size has it.
        """
        slots = max(spec.slots_per_process for spec in self.servers.values())
        return self.servers[server].pool_size(most, wanted=max(slots, *(cell.load.at_once for cell in self.cells)))

    def require_time(self) -> None:
        """Raises UsageError when the least number of blocks does not fit into the budget."""
        budget_s, least_s = self.settings.budget_s, self.expected_s(self.settings.min_blocks)
        if budget_s is not None and budget_s < least_s:
            raise UsageError(
                f"--budget of {budget_s:g} s: {self.settings.min_blocks} blocks of {len(self.cells)} cells take about "
                f"{least_s:.0f} s; give as much, or fewer cells or blocks"
            )

    def expected_s(self, blocks: float) -> float:
        """About how long so many blocks of all cells take, in seconds, as far as waits can be known in advance."""
        return RUN_OVERHEAD_S + blocks * self.block_s(range(len(self.cells)))

    def block_s(self, chosen: Collection[int]) -> float:
        """About how long a block of the chosen cells takes, in seconds."""
        starts = len(self.sessions(list(chosen)))
        return starts * SESSION_OVERHEAD_S + sum(self._trial_s(self.cells[index]) for index in chosen)

    def _trial_s(self, cell: Cell) -> float:
        """About how long a trial of the cell takes, in seconds."""
        pattern, settings = self.patterns[cell.pattern], self.settings
        timing = TrialTiming(
            wait_s=self.asked(cell).wait_s,
            event_gap_s=pattern.event_gap_s if cell.load.endless else 0.0,
            slots=cell.slots,
            warmup_s=settings.warmup_s,
            warmup_limit_s=settings.warmup_limit_s or 0.0,
            duration_s=settings.duration_s,
        )
        return cell.load.trial_s(timing) + TRIAL_OVERHEAD_S


def make_plan(
    profile: Profile,
    seed: int,
    *,
    cpus: CpuSets = CpuSets((), ()),  # noqa: B008  frozen
    database: str = "",
    leave_out: Sequence[str] = (),
) -> Plan:
    """The plan for a profile. ``leave_out``: names of servers that cannot run here. ``database``: as the record has it.

    Raises UsageError for an unknown name, a style that a pattern lacks, or two cells that are the same.
    """
    try:
        servers = configured(profile)
        patterns = _patterns(profile)
        loads = _loads(profile)
        styles = {str(pattern): _styles(pattern, profile.styles) for pattern in patterns}
    except SpecError as error:
        raise UsageError(str(error)) from None
    for kind, names in (
        ("server", [str(server) for server in servers]),
        ("pattern", [str(pattern) for pattern in patterns]),
        ("style", profile.styles),
        ("number of users", [str(users) for users in profile.users]),
        ("number of streams", [str(streams) for streams in profile.hold]),
        ("rate", profile.rates),
    ):
        repeated = next((name for name in names if names.count(name) > 1), None)
        if repeated:
            raise UsageError(f"the {kind} {repeated} is given twice; every cell is measured once per block")
    runnable = [server for server in servers if server.server.name not in leave_out]
    cells = tuple(
        cell_of(server, pattern, style, load)
        for load in loads
        for pattern in patterns
        for server in runnable
        for style in styles[str(pattern)]
        if why_not_cell(server.server, pattern, style, load) is None
    )
    if profile.beside and cells and not any(cell.load.beside for cell in cells):
        reasons = dict.fromkeys(
            reason
            for load in loads
            for pattern in patterns
            for server in runnable
            for style in styles[str(pattern)]
            if load.beside and (reason := why_not_cell(server.server, pattern, style, load))
        )
        raise UsageError(f"--beside {profile.beside}: {'; '.join(reasons)}")
    return plan_for(cells, profile, seed, cpus=cpus, database=database)


def plan_for(cells: Sequence[Cell], profile: Profile, seed: int, *, cpus: CpuSets, database: str) -> Plan:
    """The plan that measures these cells as the profile says. database: as the record has it.

    Raises UsageError when one of them holds streams that would show nothing, and SpecError for what there is not.
    """
    plan = _plan(settings_of(profile, cpus, database), seed, cells)
    for cell in cells:
        if cell.load.endless:
            require_events(plan.patterns[cell.pattern], cell.load.at_once, profile)
    if "database" in plan.uses:
        return plan
    return replace(plan, settings=replace(plan.settings, database=NO_DATABASE))


def settings_of(profile: Profile, cpus: CpuSets, database: str) -> Settings:
    """How trials are made, as the profile says. database: as the record has it."""
    return Settings(
        isolation=profile.isolation,
        warmup_s=profile.warmup_s,
        warmup_limit_s=profile.longest_warmup_s,
        duration_s=profile.duration_s,
        timeout_s=profile.timeout_s,
        database=database,
        cpus_server=cpus.server,
        cpus_support=cpus.support,
        cpus=cpus.asked_for,
        generators=profile.generators,
        min_blocks=profile.min_blocks,
        max_blocks=profile.max_blocks,
        budget_s=profile.budget_s,
        cache=profile.cache,
        budget_cores=profile.budget_cores,
        accepted=tuple(profile.accept),
    )


def _patterns(profile: Profile) -> list[PatternSpec]:
    return [parse_pattern(one) for text in profile.patterns for one in expand(text)]


def configured(profile: Profile) -> list[ServerSpec]:
    """The servers of a profile, with its cores and slots. Raises SpecError."""
    given = [_on_cores(one, profile.budget_cores) for text in profile.servers for one in expand(text)]
    if not profile.slots:
        return given
    return list(dict.fromkeys(spec.with_slots(slots) for slots in profile.slots for spec in given))


def _on_cores(text: str, cores: int | None) -> ServerSpec:
    """The server of a spec, with a process for each of the cores. Raises SpecError when it says another number."""
    spec = parse_server(text)
    if cores is None:
        return spec
    name = spec.server.processes
    if name in split_spec(text)[1] and spec.processes != cores:
        raise SpecError(f"{text}: a budget of {_cores(cores)} sets {name}={cores}; leave {name} out, or --budget-cores")
    return spec.with_cores(cores)


def _cores(count: int) -> str:
    return "1 core" if count == 1 else f"{count} cores"


def cannot_run(profile: Profile) -> dict[str, str]:
    """Of the chosen servers, the styles that do not work under them, each with the reason. Raises SpecError."""
    servers = {spec.server.name: spec.server for spec in configured(profile)}
    found = {}
    for load in _loads(profile):
        for pattern in _patterns(profile):
            for server in servers.values():
                for style in _styles(pattern, profile.styles):
                    held = load.endless
                    name = f"{server.name} {pattern.pattern.name} {style}{' held open' * held}"
                    if style in server.cannot:  # said once, and not for each pattern
                        found[f"{server.name} {style}"] = server.cannot[style]
                    elif reason := why_not(server, pattern, style, held=held):
                        found[name] = reason
                    elif reason := why_not_cell(server, pattern, style, load):
                        found[f"{name} beside {load.beside}"] = reason
    return found


def plan_of(run: Run) -> Plan:
    """The plan that a stored run follows. Raises UsageError when this djbench does not know its servers or patterns."""
    try:
        plan = _plan(run.settings, run.seed, run.cells)
        for cell in plan.cells:
            plan.asked(cell)  # what stands beside has to be known, too
    except SpecError as error:
        raise UsageError(f"this djbench cannot go on with the run: {error}") from None
    return plan


def _plan(settings: Settings, seed: int, cells: Sequence[Cell]) -> Plan:
    """The plan of these cells, with their servers and patterns and no others. Raises SpecError."""
    return Plan(
        settings=settings,
        seed=seed,
        cells=tuple(cells),
        servers={name: parse_server(name) for name in dict.fromkeys(cell.server for cell in cells)},
        patterns={name: parse_pattern(name) for name in dict.fromkeys(cell.pattern for cell in cells)},
    )


def _loads(profile: Profile) -> list[Load]:
    closed = [ClosedLoad(users=users) for users in profile.users]
    if profile.beside:
        beside = str(parse_pattern(profile.beside))
        closed += [replace(load, beside=beside, beside_users=profile.beside_users or 0) for load in closed]
    opened = [OpenLoad(rate=rate, arrivals=profile.arrivals, connections=profile.connections) for rate in profile.rates]
    held = [HeldLoad(streams=streams) for streams in profile.hold]
    return [*closed, *opened, *held]


def _styles(pattern: PatternSpec, wanted: Sequence[str]) -> list[str]:
    known = list(pattern.pattern.styles)
    if list(wanted) == ["all"]:
        return known
    for style in wanted:
        if style not in known:
            raise unknown(f"style of {pattern.pattern.name}", style, known)
    return list(wanted)
