"""What the numbers say in plain sentences; nothing beyond what the intervals carry. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from djbench.cell import Cell
from djbench.load import Load
from results.analysis.cell_summary import CellSummary
from results.analysis.held_streams import in_words
from results.analysis.ranking import misleads, ranked
from results.analysis.summary import Ratio, Summary
from results.analysis.verdicts import MIN_BLOCKS, Verdict
from results.wording.names import short_names
from results.wording.text import clipped, first_line, isolated, number, with_interval

# What is said of cells that the best one is not called faster than. The first where ``ranking`` finds that each cell
# has something that is faster.
_NOT_FASTER = {
    Verdict.SLOWER: "Faster than it in the blocks that both have, and slower than another: {names}.",
    Verdict.SAME: "The same, within 3 %: {names}.",
    Verdict.TOO_CLOSE: "Too close to call: {names}.",
    Verdict.INSUFFICIENT: f"Too few blocks (under {MIN_BLOCKS}) to tell it from: {{names}}.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One pattern under one load: a headline and the sentences under it, as plain text."""

    pattern: str
    load: Load
    headline: str
    details: tuple[str, ...]


def findings(summary: Summary) -> list[Finding]:
    """One finding per pattern and load, in the order of the plan."""
    short = short_names(cell.cell for cell in summary.cells)
    groups: dict[tuple[str, Load], list[CellSummary]] = {}
    for cell in summary.cells:
        groups.setdefault(cell.cell.question, []).append(cell)
    return [
        _finding(
            pattern,
            load,
            cells,
            [r for r in summary.ratios if (r.cell.pattern, r.cell.load) == (pattern, load)],
            {r.other: r for r in summary.leads if (r.cell.pattern, r.cell.load) == (pattern, load)},
            [r for r in summary.interference if (r.cell.pattern, r.cell.load) == (pattern, load)],
            short,
        )
        for (pattern, load), cells in groups.items()
    ]


def _finding(
    pattern: str,
    load: Load,
    cells: list[CellSummary],
    ratios: list[Ratio],
    leads: dict[Cell, Ratio],
    interference: list[Ratio],
    short: dict[str, str],
) -> Finding:
    missing = [
        f"{_name(cell, short)} has no number ({cell.status}): {first_line(cell.reason)}."
        for cell in cells
        if cell.throughput_rps is None and cell.held is None
    ]
    measured = ranked(cell for cell in cells if cell.throughput_rps or cell.held)
    if not measured:
        return Finding(pattern, load, "nothing could be measured", tuple(missing))
    if load.endless:
        best = max(measured, key=lambda cell: cell.held.alive if cell.held else 0)
        held = [f"{_name(cell, short)}: {in_words(cell.held)}." for cell in measured if cell.held]
        most = f"at most {best.held.alive} of {best.held.streams} streams" if best.held else "nothing"
        return Finding(pattern, load, f"{most} were held, by {_name(best, short)}", (*held, *missing))
    if load.varies:
        return Finding(pattern, load, "latency in the course of the rate", (*map(_course(short), measured), *missing))
    best, *rest = measured
    quantity, figure = ("median latency", _latency) if load.compares_latency else ("throughput", _rate)
    among = f"{'lowest' if load.kind == 'open' else 'highest'} {quantity}{' of what could be measured' * bool(missing)}"
    doubt = f", flagged {' and '.join(best.flags)}" if best.flags else ""
    headline = f"{among}: {_name(best, short)}, {figure(best)}{doubt}"
    details = []
    others = [(cell, leads.get(cell.cell)) for cell in rest]
    for verdict, sentence in _NOT_FASTER.items():
        names = [_name(cell, short) for cell, lead in others if _verdict(lead) is verdict]
        if names:
            details.append(sentence.format(names=", ".join(names)))
    behind = next(((cell, lead) for cell, lead in others if lead and _verdict(lead) is Verdict.FASTER), None)
    if behind:
        cell, lead = behind
        paired = "; compared over the blocks that both have" if misleads(best, cell) else ""
        details.append(
            f"It is faster than {_name(cell, short)}: {with_interval(lead.estimate)} its {quantity}, "
            f"{figure(cell)}{paired}."
        )
    details.extend(_against_sync(ratio, short) for ratio in ratios)
    details.extend(_against_alone(ratio, short) for ratio in interference)
    return Finding(pattern, load, headline, (*details, *missing))


def _verdict(lead: Ratio | None) -> Verdict:
    return lead.comparison.verdict if lead else Verdict.INSUFFICIENT


def _shown(name: str) -> str:
    return isolated(clipped(name))


def _name(cell: CellSummary, short: dict[str, str]) -> str:
    slots = "unbounded slots" if cell.cell.slots is None else f"{cell.cell.slots} slots"
    return f"{_shown(cell.cell.style)} on {_shown(short[cell.cell.server])} ({slots})"


def _rate(cell: CellSummary) -> str:
    rate = cell.throughput_rps
    if rate is None:
        return "no rate"
    if rate.low is None or rate.high is None:
        return f"{number(rate.mean)} requests/s (too few trials for an interval)"
    return f"{number(rate.mean)} requests/s (95 % interval {number(rate.low)} to {number(rate.high)})"


def _course(short: dict[str, str]) -> Callable[[CellSummary], str]:
    """What a cell's timeline shows, in one sentence: no ranking, for a whole ramp's median says little."""

    def sentence(cell: CellSummary) -> str:
        steps = [step for step in cell.timeline or () if step.p50_ms is not None]
        if not steps:
            return f"{_name(cell, short)}: too few requests for a course."
        worst = max(steps, key=lambda step: step.p50_ms or 0.0)
        behind = " It fell behind the rate." if "falls_behind" in cell.flags else ""
        return (
            f"{_name(cell, short)}: p50 {number(steps[0].p50_ms)} ms at first, at most {number(worst.p50_ms)} ms, "
            f"{worst.at_s:.3g} s into the window, where {number(worst.due_rps)} requests/s were due.{behind}"
        )

    return sentence


def _latency(cell: CellSummary) -> str:
    shown = cell.shown_latency_ms
    tail = f", p99 {number(shown['p99'])} ms" if "p99" in shown else ""
    return f"p50 {number(shown['p50'])} ms{tail}, over {cell.latency_samples} requests"


def _against_sync(ratio: Ratio, short: dict[str, str]) -> str:
    server = _shown(short[ratio.cell.server])
    ratio_of_it = f"{with_interval(ratio.estimate)} the {ratio.quantity}"
    return f"{_shown(ratio.cell.style)} against sync on {server}: {ratio.comparison.verdict}, {ratio_of_it}."


def _against_alone(ratio: Ratio, short: dict[str, str]) -> str:
    """What the others did to a cell."""
    name = f"{_shown(ratio.cell.style)} on {_shown(short[ratio.cell.server])}"
    few = "" if ratio.quantity == "p99" else ", the highest percentile that both have requests enough for,"
    said = f"{name}: its {ratio.quantity}{few} is {with_interval(ratio.estimate)} what it is alone"
    return f"{said}; {ratio.comparison.verdict}."
