"""The questions of a run, a pattern under a load each, with all that the run has on it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from djbench.cell import Cell
from djbench.load import Load
from djbench.pattern import MIX
from results.analysis.cell_summary import CellSummary
from results.analysis.ranking import ranked
from results.analysis.summary import Ratio, Summary, between
from results.analysis.verdicts import Verdict
from results.wording.names import cell_name
from results.wording.text import number


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is best for one pattern under one load?"""

    #: The pattern's canonical spec.
    pattern: str
    #: The load.
    load: Load
    #: Every cell of it, in the order of the plan.
    cells: tuple[CellSummary, ...]
    #: Of the cells that have numbers, the best first; under a load that is not ranked by their figure.
    measured: tuple[CellSummary, ...]
    #: The best cell over each of the others that can be compared with it.
    leads: Mapping[Cell, Ratio]
    #: Each style over the one that it is compared with, such as sync, on the same server.
    ratios: tuple[Ratio, ...]
    #: The cheapest cell's CPU time per request over that of each of the others.
    cpu_leads: tuple[Ratio, ...]
    #: The same of CPU time per request, by the cell of that style.
    cpu_ratios: Mapping[Cell, Ratio]
    #: Each cell with background users over the same cell alone.
    interference: tuple[Ratio, ...]
    #: How many blocks the run has.
    blocks: int
    #: A short name for each server.
    labels: Mapping[str, str]
    #: Is it a project's mix, measured as one load?
    is_mix: bool
    #: Is a style a part of the answer? Not if a project has no other.
    tells_style: bool
    #: By style the request of a project that is measured, such as ``GET /polls/``; empty for a mix or a journey.
    asks: Mapping[str, str]

    @property
    def missing(self) -> tuple[CellSummary, ...]:
        """The cells that have no number."""
        return tuple(cell for cell in self.cells if not has_number(cell))

    def name(self, cell: CellSummary) -> str:
        """A cell's name: the question is said already."""
        return cell_name(cell.cell, self.labels, slots=True)

    def verdict(self, cell: CellSummary) -> Verdict:
        """What the best cell is called over this one."""
        lead = self.leads.get(cell.cell)
        return lead.comparison.verdict if lead else Verdict.INSUFFICIENT

    def cpu_between(self, cell: Cell, other: Cell) -> Ratio | None:
        """The CPU time per request of one cell over that of the other; None if the run does not compare the two."""
        return between((*self.cpu_leads, *self.cpu_ratios.values()), cell, other)


def questions(summary: Summary, labels: Mapping[str, str]) -> list[Question]:
    """One per pattern and load, in the order of the plan. labels: a short name for each server."""
    groups: dict[tuple[str, Load], list[CellSummary]] = {}
    for cell in summary.cells:
        groups.setdefault(cell.cell.question, []).append(cell)
    return [
        Question(
            pattern=pattern,
            load=load,
            cells=tuple(cells),
            measured=tuple(ranked(cell for cell in cells if has_number(cell))),
            leads={lead.other: lead for lead in _of(summary.leads, (pattern, load))},
            ratios=_of(summary.ratios, (pattern, load)),
            cpu_leads=_of(summary.cpu_leads, (pattern, load)),
            cpu_ratios={ratio.cell: ratio for ratio in _of(summary.cpu_ratios, (pattern, load))},
            interference=_of(summary.interference, (pattern, load)),
            blocks=len(summary.run.blocks),
            labels=labels,
            is_mix=summary.run.target is not None and pattern == MIX,
            tells_style=summary.run.target is None or len({cell.cell.style for cell in cells}) > 1,
            asks=_asks(summary, pattern, cells),
        )
        for (pattern, load), cells in groups.items()
    ]


def _asks(summary: Summary, pattern: str, cells: Sequence[CellSummary]) -> dict[str, str]:
    requests = summary.run.target.requests if summary.run.target else {}
    styles = dict.fromkeys(cell.cell.style for cell in cells)
    return {style: requests[name] for style in styles if (name := f"{pattern} {style}") in requests}


def _of(ratios: tuple[Ratio, ...], question: tuple[str, Load]) -> tuple[Ratio, ...]:
    return tuple(ratio for ratio in ratios if ratio.cell.question == question)


def has_number(cell: CellSummary) -> bool:
    """Has anything been measured of the cell that counts?"""
    return cell.throughput_rps is not None or cell.held is not None


def figure_of(cell: CellSummary) -> str:
    """What cells under its load are ranked by, with the unit."""
    if cell.cell.load.compares_latency:
        return f"p50 {number(cell.shown_latency_ms.get('p50'))} ms"
    return f"{number(cell.throughput_rps.mean if cell.throughput_rps else None)} {cell.cell.load.unit}/s"


def figure_with_interval(cell: CellSummary) -> str:
    """The same, with the interval of a throughput or what a median rests on."""
    if cell.cell.load.compares_latency:
        p99_ms = cell.shown_latency_ms.get("p99")
        tail = "" if p99_ms is None else f", p99 {number(p99_ms)} ms"
        return f"{figure_of(cell)}{tail}, over {cell.latency_samples} requests"
    rate = cell.throughput_rps
    if rate is None or rate.low is None or rate.high is None:
        return f"{figure_of(cell)} (too few trials for an interval)"
    return f"{figure_of(cell)} (95 % interval {number(rate.low)} to {number(rate.high)})"
