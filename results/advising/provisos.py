"""On what an advice depends: when it would be another one, and which run would settle what is open. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from results.advising.contenders import Contender
from results.analysis.cell_summary import CellSummary
from results.analysis.stats import SAME_BAND, Estimate
from results.analysis.stopping import DEFAULT_MAX_BLOCKS, DEFAULT_MIN_BLOCKS
from results.analysis.summary import Summary
from results.analysis.verdicts import MIN_BLOCKS, Comparison, Verdict
from results.records.schema import Settings
from results.wording.commands import command_for
from results.wording.names import cell_name
from results.wording.text import count, first_line, isolated, number, with_interval

# What would take more is as good as the same.
MAX_BLOCKS_TO_SETTLE = 100
# An interval's width varies from run to run; so many times the blocks that this run's would need.
_MARGIN = 1.3
_BLOCKS_OF_A_FIRST_LOOK = f"{DEFAULT_MIN_BLOCKS}..{DEFAULT_MAX_BLOCKS}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """What would settle an advice."""

    #: The run that would; None if nothing has to be settled.
    command: str | None
    #: Sentences about what no run of reasonable length can settle.
    conditions: tuple[str, ...] = ()


def blocks_to_settle(estimate: Estimate) -> int | None:
    """About how many blocks tell two cells apart, or show that they are the same; None when that takes over 100.

    An interval gets narrower with the root of the number of blocks. It has to get as narrow as the ratio is away from
    the nearer edge of the band of +-3 %, whichever side of it the ratio is on.
    """
    if estimate.high is None:
        return None
    half_width = math.log(estimate.high / estimate.mean)
    distance = abs(abs(math.log(estimate.mean)) - math.log(1 + SAME_BAND))
    if not distance:
        return None
    wanted = _MARGIN * estimate.n * (half_width / distance) ** 2
    return max(estimate.n + 1, math.ceil(wanted)) if wanted <= MAX_BLOCKS_TO_SETTLE else None


def to_settle(
    cells: Sequence[CellSummary], best: Contender, leads: Mapping[Contender, Comparison | None], settings: Settings
) -> Settle:
    """The run that would tell the best contender from those that this one does not tell from it.

    cells: all that the contenders are made of. leads: the best one over each of the others, the better ones first.
    """
    blocks: list[int] = []
    concerned, hopeless = [], []
    first_look = False
    for contender, lead in leads.items():
        if lead is None or lead.verdict is Verdict.INSUFFICIENT:
            first_look = True
            concerned.append(contender)
        elif lead.verdict is Verdict.TOO_CLOSE:
            wanted = blocks_to_settle(lead.estimate)
            if wanted is None:
                hopeless.append(contender)
            else:
                blocks.append(wanted)
                concerned.append(contender)
    conditions = [
        f"To tell {best.name} from {contender.name} would take over {MAX_BLOCKS_TO_SETTLE} such blocks. "
        "Treat them as equal, or measure on a quieter machine."
        for contender in hopeless
    ]
    doubtful = [cell.cell for cell in cells if cell.status in ("invalid", "unmeasured")]
    chosen = [cell.cell for cell in cells if any(contender.has(cell.cell) for contender in (best, *concerned))]
    if not concerned and not doubtful:
        return Settle(command=None, conditions=tuple(conditions))
    least = max([DEFAULT_MIN_BLOCKS, *blocks])
    often = _BLOCKS_OF_A_FIRST_LOOK if first_look or not blocks else str(least)
    # With a fresh server for each trial, so that no cell has the luck of the one process that its neighbours share.
    return Settle(
        command=command_for([*chosen, *doubtful], settings, often, isolation="trial"), conditions=tuple(conditions)
    )


def provisos(
    summary: Summary,
    cells: Sequence[CellSummary],
    contenders: Sequence[Contender],
    advised: Contender,
    leads: Mapping[Contender, Comparison | None],
    quantity: str,
) -> tuple[str, ...]:
    """Sentences that say when the advice for one pattern and load would be another one.

    cells: all of that pattern and load. contenders: those of them with numbers, the best first. leads: the best one
    over each of the others.
    """
    return (
        *_missing(cells),
        *_doubts(summary, advised),
        *_other_styles(contenders, advised, leads, quantity),
        *_slots(cells, contenders, advised, {cells[0].cell.pattern: 1.0}),
        *_loads(summary, cells),
    )


def provisos_of_mix(
    summary: Summary,
    cells: Sequence[CellSummary],
    contenders: Sequence[Contender],
    advised: Contender,
    shares: Mapping[str, float],
) -> tuple[str, ...]:
    """The same of the advice for a mix. cells: all of its patterns under its load. shares: each pattern's, of 1."""
    return (*_doubts(summary, advised), *_slots(cells, contenders, advised, shares), *_loads(summary, cells))


def _missing(cells: Sequence[CellSummary]) -> list[str]:
    return [
        f"{cell_name(cell.cell)} has no number ({cell.status}: "
        f"{first_line(cell.reason or cell.status)}). It might be better."
        for cell in cells
        if cell.throughput_rps is None and cell.status != "failing"
    ]


def _doubts(summary: Summary, advised: Contender) -> list[str]:
    sentences = []
    if advised.flags:
        sentences.append(f"Its numbers are flagged {', '.join(advised.flags)}. Look at its trials.")
    if summary.run.status != "finished":
        sentences.append(f"The run is {summary.run.status}. With all of its blocks the order may change.")
    blocks = advised.throughput_rps.n if advised.throughput_rps else 0
    if blocks < MIN_BLOCKS and summary.run.status == "finished":
        sentences.append(f"Its numbers rest on {count(blocks, 'block')}; a verdict needs {MIN_BLOCKS}.")
    if summary.run.settings.isolation == "block":
        sentences.append("Memory and threads are those of a process that also answered other patterns.")
    return sentences


def _other_styles(
    contenders: Sequence[Contender], advised: Contender, leads: Mapping[Contender, Comparison | None], quantity: str
) -> list[str]:
    """For whoever cannot write the view in the advised style: the best one in each other."""
    sentences = []
    best = contenders[0]
    for style in dict.fromkeys(contender.style for contender in contenders):
        if style == advised.style:
            continue
        rival = next(contender for contender in contenders if contender.style == style)
        lead = leads.get(rival)
        if rival is best:
            sentences.append(f"If CPU time and memory do not matter, run {rival.name}: {rival.figures}.")
        elif lead is None:
            sentences.append(f"If the view has to be {style}, run {rival.name}.")
        else:
            sentences.append(
                f"If the view has to be {style}, run {rival.name}. Against it {best.name} has "
                f"{with_interval(lead.estimate)} the {quantity}: {lead.verdict}."
            )
    return sentences


def _slots(
    cells: Sequence[CellSummary], contenders: Sequence[Contender], advised: Contender, shares: Mapping[str, float]
) -> list[str]:
    """Where slots and not speed decide."""
    load = cells[0].cell.load
    sentences = []
    # How long a request waits: of a mix the weighted mean.
    waits = {
        contender: math.fsum(shares[cell.cell.pattern] * cell.cell.wait_s for cell in cells if contender.has(cell.cell))
        for contender in contenders
    }
    if advised.price.slots and waits[advised]:
        ceiling = advised.price.slots / waits[advised]
        sentences.append(
            f"With {advised.price.slots} slots and a wait of {waits[advised]:.4g} s it answers at most "
            f"{number(ceiling)} requests/s. Above that users wait for a slot: add slots, or use an event loop."
        )
    users = load.alone.at_once if load.throughput_tells else 0
    short = [
        contender
        for contender in contenders
        if contender is not advised and contender.price.slots and contender.price.slots < users and waits[contender]
    ]
    if short:
        names = dict.fromkeys(f"{isolated(contender.server)} ({contender.price.slots})" for contender in short)
        sentences.append(
            f"Fewer slots than the {users} users: {', '.join(names)}. Their users waited for a slot. "
            f"With as many slots as users (--slots {users}) the order may change."
        )
    return sentences


def _loads(summary: Summary, cells: Sequence[CellSummary]) -> list[str]:
    first, patterns = cells[0].cell, {cell.cell.pattern for cell in cells}
    loads = {cell.cell.load for cell in summary.cells if cell.cell.pattern in patterns}
    alike = [load for load in loads if load.like(first.load) and load.one_figure and not load.beside]
    if len(alike) > 1 or first.load.beside:
        return []
    other = "--users" if first.load.throughput_tells else "--rate"
    return [f"Measured at one load only ({first.load}). At another ({other}) another configuration may be better."]
