"""From claims to the plan of one run that measures all their cells. Pure."""

from collections.abc import Sequence

from djbench.cell import Cell
from djbench.load import ClosedLoad, HeldLoad, Load
from djbench.options import Profile
from djbench.pattern import PatternSpec
from djbench.spec import SpecError, unknown
from results.analysis.stats import SAME_BAND
from results.claims.claim import Claim
from runners.hosts.cpus import CpuSets
from runners.planning.cells import cell_of, why_not_cell
from runners.planning.demand import demand_of
from runners.planning.plan import Plan, plan_for
from runners.servers.lookup import parse_server
from runners.targets.built_in import built_in

# One process each: an event loop, a pool of threads, and a process that can do one thing at a time.
UVICORN, GTHREAD, SYNC_WORKER = "uvicorn", "gunicorn-gthread:threads=16", "gunicorn-sync"
# The pool with fewer and with more threads, and nothing else about it changed.
ONE_THREAD, MANY_THREADS = "gunicorn-gthread:threads=1", "gunicorn-gthread:threads=64"
# As verdicts have it: a ratio nearer to 1 is of no practical interest, so that neither a gain nor a cost begins there.
SAME_LOW, SAME_HIGH = 1 - SAME_BAND, 1 + SAME_BAND
# What a ratio of two servers in two styles says of is the move, and not the style.
BOTH = "server and style both changed"


def cell(
    server: str,
    pattern: str,
    style: str,
    users: int = 16,
    *,
    beside: str | None = None,
    beside_users: int = 0,
) -> Cell:
    """A cell under closed load, as a plan has it. Raises SpecError for what there is not."""
    background = built_in().catalog.parse(beside) if beside else None
    load = ClosedLoad(users=users, beside=str(background) if background else None, beside_users=beside_users)
    return _cell(server, pattern, style, load, background)


def holding(server: str, pattern: str, style: str, streams: int) -> Cell:
    """A cell that holds so many streams open. Raises SpecError for what there is not."""
    return _cell(server, pattern, style, HeldLoad(streams=streams), built_in().probe)


def _cell(server: str, pattern: str, style: str, load: Load, beside: PatternSpec | None) -> Cell:
    catalog = built_in().catalog
    spec, measured = parse_server(server), catalog.parse(pattern)
    if style not in measured.pattern.styles:
        raise unknown(f"style of {measured.pattern.name}", style, measured.pattern.styles)
    if reason := why_not_cell(catalog, spec.server, demand_of(measured, style, beside), load):
        how = "held open" if load.endless else "measured"
        raise SpecError(f"{measured} {style} cannot be {how} under {spec}: {reason}")
    return cell_of(spec, measured, style, load)


def plan_of_claims(claims: Sequence[Claim], profile: Profile, seed: int, *, cpus: CpuSets, database: str) -> Plan:
    """One run of every cell that some claim needs; how it is measured is the profile's.

    A cell beside others comes with the same cell alone, as in every run, so that its report can compare the two.
    database: as the record has it. Raises UsageError when the profile leaves too little time to see events.
    """
    cells: dict[Cell, None] = {}
    for claim in claims:
        for wanted in claim.cells:
            if wanted.load.beside:
                cells[wanted.alone] = None
            cells[wanted] = None
    return plan_for(tuple(cells), profile, seed, target=built_in(), cpus=cpus, database=database)
