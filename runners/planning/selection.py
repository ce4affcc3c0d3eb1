"""What a profile selects from a target, parsed once. Plans and estimates work with these objects."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from djbench.catalog import Catalog
from djbench.cell import Cell
from djbench.errors import UsageError
from djbench.load import ClosedLoad, HeldLoad, Load, OpenLoad
from djbench.option import ALL
from djbench.options import Profile
from djbench.pattern import PatternSpec
from djbench.server import Server, ServerSpec
from djbench.spec import SpecError, expand, split_spec, unknown
from djbench.target import Target
from runners.planning.cells import cell_of, why_not, why_not_cell
from runners.planning.demand import Demand, demand_of
from runners.servers.lookup import server_named
from runners.servers.registry import SERVERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A combination of what is selected, which becomes a cell if it can be measured."""

    #: The server.
    server: ServerSpec
    #: What its trials would ask for.
    demand: Demand
    #: How much load it would be under.
    load: Load
    #: Why it cannot be measured; None if it can.
    why_not: str | None

    @property
    def cell(self) -> Cell:
        """As plans and records have it."""
        return cell_of(self.server, self.demand.pattern, self.demand.style, self.load)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilePart:
    """Servers, patterns, styles and loads to combine."""

    #: What it says of them.
    profile: Profile
    #: With the profile's cores and slots.
    servers: tuple[ServerSpec, ...]
    #: Each with all of its parameters.
    patterns: tuple[PatternSpec, ...]
    #: Closed loads first, those with background users after them; then open and held ones.
    loads: tuple[Load, ...]
    #: What background users request; None without any.
    beside: PatternSpec | None

    def styles(self, pattern: PatternSpec) -> tuple[str, ...]:
        """The selected styles of a pattern."""
        return tuple(pattern.pattern.styles if self.profile.styles == (ALL,) else self.profile.styles)

    def candidates(self, target: Target) -> Iterator[Candidate]:
        """Every combination, in the order of a plan's cells."""
        for load in self.loads:
            beside = (self.beside if load.beside else target.probe) if load.mixed else None
            for pattern in self.patterns:
                for server in self.servers:
                    for style in self.styles(pattern):
                        demand = demand_of(pattern, style, beside)
                        reason = why_not_cell(target.catalog, server.server, demand, load)
                        yield Candidate(server=server, demand=demand, load=load, why_not=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a run is asked to measure: the parts of its profile."""

    #: How the cells are measured.
    profile: Profile
    #: Whose patterns they are.
    target: Target
    #: What the profile says itself, and then each of its tables.
    parts: tuple[ProfilePart, ...]

    @property
    def servers(self) -> dict[str, ServerSpec]:
        """The servers of all parts, by their spec strings."""
        return {str(server): server for part in self.parts for server in part.servers}

    @property
    def patterns(self) -> dict[str, PatternSpec]:
        """The patterns of all parts, by their spec strings."""
        return {str(pattern): pattern for part in self.parts for pattern in part.patterns}

    @property
    def background(self) -> dict[str, PatternSpec]:
        """What background users request in some part, by its spec string."""
        return {str(part.beside): part.beside for part in self.parts if part.beside}

    @property
    def loads(self) -> tuple[Load, ...]:
        """The loads of all parts."""
        return tuple(dict.fromkeys(load for part in self.parts for load in part.loads))

    def candidates(self) -> list[Candidate]:
        """Every combination of every part once, in the order of a plan's cells."""
        every = (candidate for part in self.parts for candidate in part.candidates(self.target))
        return list({candidate.cell: candidate for candidate in every}.values())

    def cannot_run(self) -> dict[str, str]:
        """Of the selected servers, the styles that do not work under them, each with the reason."""
        reasons = {}
        for candidate in self.candidates():
            if candidate.why_not is not None:
                reasons[self._subject_of_reason(candidate)] = candidate.why_not
        return reasons

    def _subject_of_reason(self, candidate: Candidate) -> str:
        """What a reason is about: a style that a server cannot run at all is named once, without its patterns."""
        server, demand, load = candidate.server.server, candidate.demand, candidate.load
        if demand.style in server.cannot:
            return f"{server.name} {demand.style}"
        held = load.endless
        name = f"{server.name} {demand.pattern.pattern.name} {demand.style}{' held open' * held}"
        if not load.beside or why_not(self.target.catalog, server, demand.pattern, demand.style, held=held):
            return name
        return f"{name} beside {load.beside}"


def select(profile: Profile, target: Target) -> Selection:
    """What a profile selects from a target.

    Raises UsageError for a name that does not exist, a style that a pattern lacks, or something that is given twice.
    """
    named, parsed = cache(server_named), cache(target.catalog.parse)  # what several parts name is read once
    parts = []
    for place, part in profile.parts.items():
        try:
            parts.append(_part(part, named, parsed, target.catalog))
        except SpecError as error:
            raise UsageError(f"{place}{error}") from None
    return Selection(profile=profile, target=target, parts=tuple(parts))


def _part(
    profile: Profile, named: Callable[[str], Server], parsed: Callable[[str], PatternSpec], catalog: Catalog
) -> ProfilePart:
    """What one part selects. named, parsed: a server by its name, a pattern by its spec. Raises SpecError."""
    beside = parsed(profile.beside) if profile.beside else None
    part = ProfilePart(
        profile=profile,
        servers=tuple(_servers(profile, named)),
        patterns=tuple(parsed(text) for text in _pattern_texts(profile.patterns, catalog)),
        beside=beside,
        loads=tuple(_loads(profile, beside)),
    )
    for pattern in part.patterns:
        _require_styles(pattern, profile.styles)
    _require_once(part)
    return part


def _pattern_texts(texts: Sequence[str], catalog: Catalog) -> list[str]:
    """The specs, with every pattern of the target's own that none of them names in the place of ``all``."""
    written = [one for text in texts for one in expand(text)]
    named = {text.partition(":")[0] for text in written}
    others = [name for name in catalog.own if name not in named]
    return [spec for text in written for spec in (others if text == ALL else [text])]


def parse_servers(texts: Iterable[str], named: Callable[[str], Server] | None = None) -> list[ServerSpec]:
    """The servers of these specs. A server's file is read once, whatever the number of its specs. Raises SpecError.

    named: a server by its name; without it, the server is looked up.
    """
    named = named or cache(server_named)
    specs = []
    for text in texts:
        name, values = split_spec(text)
        specs.append(named(name).spec(values))
    return specs


def parse_patterns(texts: Iterable[str], catalog: Catalog) -> dict[str, PatternSpec]:
    """The patterns of these specs, each by its text. Raises SpecError."""
    return {text: catalog.parse(text) for text in texts}


def _servers(profile: Profile, named: Callable[[str], Server]) -> list[ServerSpec]:
    """The servers of a profile, with its cores and slots. Raises SpecError."""
    texts = _with_all_others([one for text in profile.servers for one in expand(text)])
    specs = [
        _on_cores(text, spec, profile.budget_cores)
        for text, spec in zip(texts, parse_servers(texts, named), strict=True)
    ]
    if not profile.slots:
        return specs
    return list(dict.fromkeys(spec.with_slots(slots) for slots in profile.slots for spec in specs))


def _with_all_others(texts: Sequence[str]) -> list[str]:
    """The specs, with every server of djbench's own that none of them names in the place of ``all``."""
    named = {text.partition(":")[0] for text in texts}
    others = [name for name in SERVERS if name not in named]
    return [spec for text in texts for spec in (others if text == ALL else [text])]


def _on_cores(text: str, spec: ServerSpec, cores: int | None) -> ServerSpec:
    """The server with a process for each of the cores. Raises SpecError if its spec says another number."""
    if cores is None:
        return spec
    name = spec.server.processes
    if name in split_spec(text)[1] and spec.processes != cores:
        raise SpecError(f"{text}: a budget of {_cores(cores)} sets {name}={cores}; leave {name} out, or --budget-cores")
    return spec.with_cores(cores)


def _cores(count: int) -> str:
    return "1 core" if count == 1 else f"{count} cores"


def _loads(profile: Profile, beside: PatternSpec | None) -> Iterator[Load]:
    closed = [ClosedLoad(users=users) for users in profile.users]
    yield from closed
    if beside is not None:
        yield from (replace(load, beside=str(beside), beside_users=profile.beside_users or 0) for load in closed)
    for rate in profile.rates:
        yield OpenLoad(rate=rate, arrivals=profile.arrivals, connections=profile.connections)
    for streams in profile.hold:
        yield HeldLoad(streams=streams)


def _require_styles(pattern: PatternSpec, styles: Sequence[str]) -> None:
    """Raises SpecError for a style that the pattern does not have."""
    for style in styles:
        if style not in pattern.pattern.styles and list(styles) != [ALL]:
            raise unknown(f"style of {pattern.pattern.name}", style, pattern.pattern.styles)


def _require_once(part: ProfilePart) -> None:
    """Raises SpecError for what is given twice."""
    profile = part.profile
    for kind, names in (
        ("server", [str(server) for server in part.servers]),
        ("pattern", [str(pattern) for pattern in part.patterns]),
        ("style", profile.styles),
        ("number of users", [str(users) for users in profile.users]),
        ("number of streams", [str(streams) for streams in profile.hold]),
        ("rate", profile.rates),
    ):
        repeated = next((name for name in names if names.count(name) > 1), None)
        if repeated:
            raise SpecError(f"the {kind} {repeated} is given twice; every cell is measured once per block")
