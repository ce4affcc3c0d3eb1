"""From a selection to the cells, the order of their trials and the expected time. Pure."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from results.records import Cell, Load, Session
from runners.errors import UsageError
from runners.profile import Profile
from runners.servers import ServerSpec, parse_server
from scenarios.load import parse_rate
from target_site.catalog import PatternSpec, parse_pattern
from target_site.parameters import SpecError, unknown

# Measured on two cores: starting a server and the generator, stopping both; and, per trial, verifying the body and
# storing the record. Only for the time shown in advance.
SESSION_OVERHEAD_S = 1.7
TRIAL_OVERHEAD_S = 0.2
RUN_OVERHEAD_S = 15.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be measured and in which order. ``servers`` and ``patterns`` by canonical spec string."""

    profile: Profile
    seed: int
    cells: tuple[Cell, ...]
    blocks: tuple[tuple[Session, ...], ...]
    servers: dict[str, ServerSpec]
    patterns: dict[str, PatternSpec]

    @property
    def trials(self) -> int:
        """How many trials the plan makes."""
        return sum(len(session.cells) for block in self.blocks for session in block)

    @property
    def uses(self) -> frozenset[str]:
        """The services that some pattern of the plan cannot answer without."""
        return frozenset().union(*(spec.pattern.uses for spec in self.patterns.values()))

    def expected_s(self) -> float:
        """About how long it takes, in seconds, as far as waits can be known in advance."""
        sessions = sum(len(block) for block in self.blocks)
        block_s = sum(self._trial_s(cell) for cell in self.cells)
        return RUN_OVERHEAD_S + sessions * SESSION_OVERHEAD_S + len(self.blocks) * block_s

    def _trial_s(self, cell: Cell) -> float:
        """A request to verify, a warm-up in which each user is answered, a window that ends on an answer, the drain."""
        wait_s = self.patterns[cell.pattern].wait_s(cell.style)
        if cell.load.rate is not None:
            stages = parse_rate(cell.load.rate, self.profile.duration_s)
            return 2 * wait_s + self.profile.warmup_s + sum(stage.length_s for stage in stages) + TRIAL_OVERHEAD_S
        turns = max(1.0, (cell.load.users or 1) / cell.slots) if cell.slots else 1.0
        cycle_s = wait_s * turns
        warmup_s = max(self.profile.warmup_s, self.profile.warmup_s / 2 + cycle_s)
        window_s = max(self.profile.duration_s, wait_s)
        return wait_s + warmup_s + window_s + cycle_s + TRIAL_OVERHEAD_S


def make_plan(profile: Profile, seed: int, *, leave_out: Sequence[str] = ()) -> Plan:
    """The plan for a profile. ``leave_out``: names of servers that cannot run here.

    Raises UsageError for an unknown name, a style that a pattern lacks, or two cells that are the same.
    """
    try:
        servers = [parse_server(text) for text in profile.servers]
        patterns = [parse_pattern(text) for text in profile.patterns]
        styles = {str(pattern): _styles(pattern, profile.styles) for pattern in patterns}
    except SpecError as error:
        raise UsageError(str(error)) from None
    for kind, names in (
        ("server", [str(server) for server in servers]),
        ("pattern", [str(pattern) for pattern in patterns]),
        ("style", profile.styles),
        ("number of users", [str(users) for users in profile.users]),
        ("rate", profile.rates),
    ):
        repeated = next((name for name in names if names.count(name) > 1), None)
        if repeated:
            raise UsageError(f"the {kind} {repeated} is given twice; every cell is measured once per block")
    runnable = [server for server in servers if server.server.name not in leave_out]
    cells = tuple(
        Cell(
            server=str(server),
            pattern=str(pattern),
            style=style,
            load=load,
            interface=server.server.interface,
            slots=server.slots,
            processes=server.processes,
        )
        for load in _loads(profile)
        for pattern in patterns
        for server in runnable
        for style in styles[str(pattern)]
    )
    return Plan(
        profile=profile,
        seed=seed,
        cells=cells,
        blocks=_shuffled_blocks(cells, profile, seed),
        servers={str(server): server for server in runnable},
        patterns={str(pattern): pattern for pattern in patterns},
    )


def _loads(profile: Profile) -> list[Load]:
    closed = [Load(kind="closed", users=users) for users in profile.users]
    opened = [
        Load(kind="open", rate=rate, arrivals=profile.arrivals, connections=profile.connections)
        for rate in profile.rates
    ]
    return closed + opened


def _styles(pattern: PatternSpec, wanted: Sequence[str]) -> list[str]:
    known = list(pattern.pattern.styles)
    if list(wanted) == ["all"]:
        return known
    for style in wanted:
        if style not in known:
            raise unknown(f"style of {pattern.pattern.name}", style, known)
    return list(wanted)


def sessions(cells: Sequence[Cell], order: Sequence[int], isolation: str) -> list[Session]:
    """The cells ``order`` names, in that order, with a start of the server for each or one for all of a server's."""
    if isolation == "trial":
        return [Session(server=cells[index].server, cells=(index,)) for index in order]
    by_server: dict[str, list[int]] = {}
    for index in order:
        by_server.setdefault(cells[index].server, []).append(index)
    return [Session(server=server, cells=tuple(of_server)) for server, of_server in by_server.items()]


def _shuffled_blocks(cells: Sequence[Cell], profile: Profile, seed: int) -> tuple[tuple[Session, ...], ...]:
    """Every cell once per block, in an order drawn anew for each: Abedi & Brecht 2017, randomized interleaving."""
    chance = random.Random(seed)  # noqa: S311  an order that the stored seed reproduces, not a secret
    blocks = []
    for _ in range(profile.blocks):
        if profile.isolation == "trial":
            order = list(range(len(cells)))
            chance.shuffle(order)
        else:
            names = list(dict.fromkeys(cell.server for cell in cells))
            chance.shuffle(names)
            order = []
            for name in names:
                of_server = [index for index, cell in enumerate(cells) if cell.server == name]
                chance.shuffle(of_server)
                order += of_server
        blocks.append(tuple(sessions(cells, order, profile.isolation)))
    return tuple(blocks)
