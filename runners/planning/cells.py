"""Cells: what one has from its server, pattern, style and load, and which there cannot be. Pure."""

from collections.abc import Sequence
from functools import cache

from djbench.catalog import Catalog
from djbench.cell import Cell, Configuration
from djbench.load import Load
from djbench.pattern import PatternSpec
from djbench.server import Server, ServerSpec
from runners.planning.demand import Demand


def cell_of(server: ServerSpec, pattern: PatternSpec, style: str, load: Load) -> Cell:
    """The cell as plans and records have it."""
    return Cell(
        configuration=Configuration(
            server=str(server),
            interface=server.server.interface,
            slots=server.slots,
            slots_by=server.slots_by,
            processes=server.processes,
        ),
        pattern=str(pattern),
        style=style,
        load=load,
        wait_s=pattern.wait_s(style),
    )


def why_not_cell(catalog: Catalog, server: Server, demand: Demand, load: Load) -> str | None:
    """Why a cell cannot be measured, for what it is or for what stands beside it; None if it can."""
    if load.scheduled and demand.journey:
        return f"{demand.pattern} is a journey, whose users wait for each answer: give --users instead of --rate"
    alone = why_not(catalog, server, demand.pattern, demand.style, held=load.endless)
    return alone or _why_not_beside(catalog, server, demand, load)


def why_not(catalog: Catalog, server: Server, spec: PatternSpec, style: str, *, held: bool) -> str | None:
    """Why this style of a pattern cannot be measured under a server; None if it can."""
    pattern, values = spec.pattern, spec.values
    if reason := server.refuses(pattern, style):
        return reason
    if not held and pattern.websocket and pattern.events and values[pattern.events]:
        return f"{pattern.name} with events can be held open only; leave {pattern.events} at 0"
    if held and pattern.events is None:
        return f"{pattern.name} cannot be held open; {holdable(catalog)}"
    if held and not pattern.can_be_held(style, server.interface):
        return f"under {server.interface.upper()} Django takes all of its {style} events before the first one goes out"
    return None


def _why_not_beside(catalog: Catalog, server: Server, demand: Demand, load: Load) -> str | None:
    """Why what stands beside cannot stand there; None if it can. A probe always can."""
    beside = demand.beside
    if beside is None or not load.beside:
        return None
    if demand.journey and demand.journey.locustfile:
        return f"{demand.pattern} has the users of a locustfile: give background users as one more class in that file"
    if beside.stack != demand.stack:
        theirs, ours = (f"'{stack}'" if stack else "none" for stack in (beside.stack, demand.stack))
        return (
            f"{beside} cannot stand beside {demand.pattern}: the site is started with one stack of middleware for "
            f"both, and they need {theirs} and {ours}"
        )
    reason = why_not(catalog, server, beside, demand.beside_style, held=False)
    return f"{beside} {demand.beside_style} cannot stand beside: {reason}" if reason else None


@cache  # packages are searched for patterns, and this is asked for each cell that cannot be
def holdable_patterns(catalog: Catalog) -> tuple[str, ...]:
    """Every pattern that can be held open, by name; those of packages, too."""
    return tuple(sorted(pattern.name for pattern in catalog.usable() if pattern.events))


def holdable(catalog: Catalog) -> str:
    """What can be held open, as a clause."""
    names = holdable_patterns(catalog)
    return f"{joined_names(names)} can" if names else "each request of this target has an end"


def joined_names(names: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
