"""The answer to each question of a run, pattern × load, in one line: what is best, by how much, how sure. Pure.

``findings`` has the sentences under it. Nothing is said here either beyond what the intervals carry.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from djbench.load import Load
from results.analysis.cell_summary import CellSummary
from results.analysis.held_streams import in_words
from results.analysis.ranking import misleads, ranked
from results.analysis.summary import Ratio, Summary
from results.analysis.verdicts import MIN_BLOCKS, Verdict
from results.records.schema import Trial
from results.wording.names import cell_name, question_name
from results.wording.text import clipped, count, first_line, isolated, number, times


class Sureness(StrEnum):
    """How a question stands."""

    CLEAR = "clear"
    """One cell is faster than each of the others."""
    SAME = "the same"
    """Some others are as good as the best, within 3 %."""
    TOO_CLOSE = "too close to call"
    FEW = "too few blocks"
    ALONE = "nothing to compare with"
    COURSE = "a varying rate"
    """Cells under it are not ranked: the charts have their course."""
    HELD = "held open"
    """Streams that stay open are counted, not ranked."""
    NOTHING = "no number"


_WEAKEST_FIRST = (
    (Verdict.SLOWER, Sureness.TOO_CLOSE),  # each has something that is faster: see ``ranking``
    (Verdict.TOO_CLOSE, Sureness.TOO_CLOSE),
    (Verdict.INSUFFICIENT, Sureness.FEW),
    (Verdict.SAME, Sureness.SAME),
)
_SURENESS = dict(_WEAKEST_FIRST)
_MOST_NAMES = 3  # in one sentence; the others are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One pattern under one load.

    best: what to run, with its figure; how_much and how_sure: sentences. brief: a few words, for a chart.
    cells: of the best and of all that were not told from it, the best first; empty where there is no ranking.
    """

    pattern: str
    load: Load
    sureness: Sureness
    best: str
    how_much: str
    how_sure: str
    brief: str
    cells: tuple[CellSummary, ...]


def answers(summary: Summary, labels: Mapping[str, str]) -> list[Answer]:
    """One per pattern and load, in the order of the plan. labels: a short name for each server."""
    groups: dict[tuple[str, Load], list[CellSummary]] = {}
    for cell in summary.cells:
        groups.setdefault(cell.cell.question, []).append(cell)
    leads: dict[tuple[str, Load], list[Ratio]] = {key: [] for key in groups}
    for lead in summary.leads:
        leads[lead.cell.pattern, lead.cell.load].append(lead)
    blocks = len(summary.run.blocks)
    return [_answer(*key, cells, leads[key], labels, blocks) for key, cells in groups.items()]


def _answer(
    pattern: str, load: Load, cells: list[CellSummary], leads: list[Ratio], labels: Mapping[str, str], blocks: int
) -> Answer:
    measured = ranked(cell for cell in cells if cell.throughput_rps or cell.held)
    if not measured:
        reason = first_line(cells[0].reason or cells[0].status)
        return _unranked(pattern, load, Sureness.NOTHING, "nothing could be measured", isolated(clipped(reason)))
    if load.endless:
        most = max(measured, key=lambda cell: cell.held.alive if cell.held else 0)
        held = f"{cell_name(most.cell, labels, slots=True)}: {in_words(most.held)}." if most.held else ""
        counted = f"at most {most.held.alive} of {most.held.streams} streams were held" if most.held else "nothing"
        return _unranked(pattern, load, Sureness.HELD, counted, held)
    if load.varies:
        said = f"latency in the course of the rate, of {count(len(measured), 'cell')}; see the charts"
        return _unranked(pattern, load, Sureness.COURSE, said, "")
    best, *others = measured
    by_cell = {lead.other: lead for lead in leads}
    verdicts = {cell.cell: _verdict(by_cell.get(cell.cell)) for cell in others}
    equals = [cell for cell in others if verdicts[cell.cell] is not Verdict.FASTER]
    sureness = _sureness(list(verdicts.values()))
    behind = next((cell for cell in others if verdicts[cell.cell] is Verdict.FASTER), None)
    short = cell_name(best.cell, labels, written=str)
    # How sure it is stands beside the nearest of those that decide it; or else beside the next.
    deciding = [cell for cell in equals if _SURENESS[verdicts[cell.cell]] is sureness]
    equals = [*deciding[:1], *(cell for cell in equals if cell not in deciding[:1])]
    rival = equals[0] if equals else behind
    lead = by_cell.get(rival.cell) if rival else None
    return Answer(
        pattern=pattern,
        load=load,
        sureness=sureness,
        best=f"{cell_name(best.cell, labels, slots=True)}, {figure_of(best)}",
        how_much=_how_much(sureness, best, equals, rival, lead, labels),
        how_sure=_how_sure(sureness, lead, best, blocks) + _ahead_elsewhere(best, others, labels),
        brief=_brief(sureness, short, len(equals), lead),
        cells=(best, *equals),
    )


def _unranked(pattern: str, load: Load, sureness: Sureness, said: str, reason: str) -> Answer:
    return Answer(
        pattern=pattern,
        load=load,
        sureness=sureness,
        best=said,
        how_much=reason,
        how_sure="",
        brief=str(sureness),
        cells=(),
    )


def _brief(sureness: Sureness, short: str, equals: int, lead: Ratio | None) -> str:
    others = count(equals, "other")
    said = {
        Sureness.SAME: f"{short} and {others}: the same within 3 %",
        Sureness.TOO_CLOSE: f"{short} first, too close to call with {others}",
        Sureness.FEW: f"{short} first, too few blocks for a verdict",
        Sureness.ALONE: f"{short}, alone",
    }
    return said[sureness] if sureness in said or lead is None else f"{short} leads by {times(_lead(lead))} ×"


def _verdict(lead: Ratio | None) -> Verdict:
    return lead.comparison.verdict if lead else Verdict.INSUFFICIENT


def _sureness(verdicts: list[Verdict]) -> Sureness:
    if not verdicts:
        return Sureness.ALONE
    return next((found for verdict, found in _WEAKEST_FIRST if verdict in verdicts), Sureness.CLEAR)


def figure_of(cell: CellSummary) -> str:
    """What cells of its load are ranked by, with the unit."""
    if cell.cell.load.compares_latency:
        return f"p50 {number(cell.shown_latency_ms.get('p50'))} ms"
    return f"{number(cell.throughput_rps.mean if cell.throughput_rps else None)} requests/s"


def _lead(lead: Ratio) -> float:
    """How many times as good the best is: of a latency the other way round."""
    return 1 / lead.estimate.mean if lead.quantity != "throughput" else lead.estimate.mean


def _how_much(
    sureness: Sureness,
    best: CellSummary,
    equals: Sequence[CellSummary],
    rival: CellSummary | None,
    lead: Ratio | None,
    labels: Mapping[str, str],
) -> str:
    if rival is None:
        return "The only one with a number."
    if sureness is Sureness.CLEAR and lead:
        opened = best.cell.load.compares_latency
        measure = "the median latency of" if opened else "the throughput of"
        return f"{times(lead.estimate.mean)} times {measure} the next, {cell_name(rival.cell, labels, slots=True)}."
    names = [cell_name(cell.cell, labels, slots=True) for cell in equals[:_MOST_NAMES]]
    if len(equals) > _MOST_NAMES:
        names.append(f"{len(equals) - _MOST_NAMES} more")
    said = {
        Sureness.SAME: "As good, within 3 %",
        Sureness.TOO_CLOSE: "Not told apart from",
        Sureness.FEW: "Not yet told apart from",
    }[sureness]
    return f"{said}: {', '.join(names)}."


def _how_sure(sureness: Sureness, lead: Ratio | None, best: CellSummary, blocks: int) -> str:
    """blocks: how many the run had."""
    doubt = f" The best is flagged: {', '.join(best.flags)}." if best.flags else ""
    if sureness is Sureness.FEW:
        common = count(lead.estimate.n if lead else 0, "block has both", "blocks have both")
        more = f" Run it with --blocks {MIN_BLOCKS} or more." if blocks < MIN_BLOCKS else ""
        return f"{common}, and a verdict needs {MIN_BLOCKS}.{more}{doubt}"
    if lead is None:
        return doubt.strip()
    estimate = lead.estimate
    interval = ""
    if estimate.low is not None and estimate.high is not None:
        interval = f"95 % interval {times(estimate.low)} to {times(estimate.high)}, "
    more = " More blocks would narrow it." if sureness is Sureness.TOO_CLOSE else ""
    of = "" if sureness is Sureness.CLEAR else f"Ratio to the first of them {times(estimate.mean)}, "
    return f"{of}{interval}{count(estimate.n, 'block')}.{more}{doubt}"


def _ahead_elsewhere(best: CellSummary, others: Sequence[CellSummary], labels: Mapping[str, str]) -> str:
    """Where the figures that stand there seem to say that something else is the best: why they do not."""
    ahead = [
        f"{cell_name(cell.cell, labels, slots=True)} has {figure_of(cell)}" for cell in others if misleads(best, cell)
    ]
    if not ahead:
        return ""
    return f" Compared over the blocks that both have; over all of its own {ahead[0]}."


def overview(found: Sequence[Answer]) -> str:
    """How many of the questions have which answer, in one sentence."""
    counts = Counter(answer.sureness for answer in found)
    total = count(len(found), "question (pattern × load)", "questions (pattern × load)")
    words = {
        Sureness.CLEAR: ("has a clear answer", "have a clear answer"),
        Sureness.SAME: ("has several that are the same within 3 %",) * 2,
        Sureness.TOO_CLOSE: ("is too close to call", "are too close to call"),
        Sureness.FEW: ("has too few blocks for a verdict", "have too few blocks for a verdict"),
        Sureness.ALONE: ("has one cell alone", "have one cell alone"),
        Sureness.COURSE: ("is under a varying rate",) * 2,
        Sureness.HELD: ("is of streams held open", "are of streams held open"),
        Sureness.NOTHING: ("has no number", "have no number"),
    }
    parts = [f"{counts[kind]} {words[kind][counts[kind] > 1]}" for kind in Sureness if counts[kind]]
    return f"Of {total}, {', '.join(parts)}."


def without_numbers(cells: Sequence[CellSummary], labels: Mapping[str, str]) -> list[str]:
    """Each cell that has no number, with the reason."""
    return [
        f"{question_name(cell.cell.pattern, cell.cell.load)}: {cell_name(cell.cell, labels, slots=True)} has no number "
        f"({cell.status}): {isolated(clipped(first_line(cell.reason or 'no reason was recorded'), 240))}."
        for cell in cells
        if cell.throughput_rps is None and cell.held is None
    ]


def not_counted(trials: Sequence[Trial]) -> str:
    """How many trials do not count, and why, in one sentence; empty where all do."""
    invalid = [trial for trial in trials if not trial.valid]
    if not invalid:
        return ""
    reasons = Counter(reason for trial in invalid for reason in trial.invalidated_by or ("failed",))
    listed = ", ".join(f"{reason} {seen}" for reason, seen in reasons.most_common())
    verb = "does" if len(invalid) == 1 else "do"
    return f"{len(invalid)} of {count(len(trials), 'trial')} {verb} not count: {listed}."
