"""The answer to each question of a run: what is best, by how much, how sure, and every comparison behind it. Pure.

Page and Markdown are both rendered from these sentences. Nothing is said beyond what the intervals carry.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from djbench.load import Load
from results.analysis.cell_summary import CellSummary
from results.analysis.held_streams import in_words
from results.analysis.ranking import misleads
from results.analysis.summary import Ratio
from results.analysis.verdicts import DECIDED, MIN_BLOCKS, Verdict
from results.records.schema import Trial
from results.reporting.details import details_of, no_number
from results.reporting.questions import Question, figure_of, has_number
from results.wording.names import cell_name, in_sentence, question_name
from results.wording.text import count, first_line, times, with_interval

# In one sentence; the others are counted.
_MOST_NAMES = 3


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


# The weakest verdict decides. Slower than another is the best one only if each cell has something that is faster.
_WEAKEST_FIRST = (
    (Verdict.SLOWER, Sureness.TOO_CLOSE),
    (Verdict.TOO_CLOSE, Sureness.TOO_CLOSE),
    (Verdict.INSUFFICIENT, Sureness.FEW),
    (Verdict.SAME, Sureness.SAME),
)
_SURENESS = dict(_WEAKEST_FIRST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a run says of one pattern under one load, in sentences."""

    #: The pattern's canonical spec.
    pattern: str
    #: The load.
    load: Load
    #: How the question stands.
    sureness: Sureness
    #: What to run, with its figure.
    best: str
    #: A sentence: how much better it is than what.
    how_much: str
    #: Sentences: what that rests on; empty if nothing is compared.
    how_sure: str
    #: A few words, for a chart.
    brief: str
    #: The best cell and all that were not told from it, the best first; empty if there is no ranking.
    cells: tuple[CellSummary, ...]
    #: A sentence for every comparison, and for every cell without a number.
    details: tuple[str, ...]


def answer_of(question: Question) -> Answer:
    """What the run says of one of them."""
    if not question.measured:
        cell = question.cells[0]
        return _unranked(
            question, Sureness.NOTHING, "nothing could be measured", in_sentence(first_line(cell.reason or cell.status))
        )
    if question.load.endless:
        return _of_streams(question)
    if question.load.varies:
        text = f"latency over the course of the rate, for {count(len(question.measured), 'cell')}; see the charts"
        return _unranked(question, Sureness.COURSE, text, "")
    return _ranked(question)


def _unranked(question: Question, sureness: Sureness, best: str, how_much: str) -> Answer:
    return Answer(
        pattern=question.pattern,
        load=question.load,
        sureness=sureness,
        best=best,
        how_much=how_much,
        how_sure="",
        brief=str(sureness),
        cells=(),
        details=details_of(question),
    )


def _of_streams(question: Question) -> Answer:
    most = max(question.measured, key=lambda cell: cell.held.alive if cell.held else 0)
    if most.held is None:
        return _unranked(question, Sureness.HELD, "no stream was held", "")
    text = f"at most {most.held.alive} of {most.held.streams} streams were held"
    return _unranked(question, Sureness.HELD, text, f"{question.name(most)}: {in_words(most.held)}.")


def _ranked(question: Question) -> Answer:
    best, *others = question.measured
    sureness = sureness_of([question.verdict(cell) for cell in others])
    equals = [cell for cell in others if question.verdict(cell) is not Verdict.FASTER]
    # How sure it is stands beside the nearest of those that decide it; or else beside the next.
    deciding = [cell for cell in equals if _SURENESS[question.verdict(cell)] is sureness]
    equals = [*deciding[:1], *(cell for cell in equals if cell not in deciding[:1])]
    behind = next((cell for cell in others if question.verdict(cell) is Verdict.FASTER), None)
    rival = equals[0] if equals else behind
    lead = question.leads.get(rival.cell) if rival else None
    return Answer(
        pattern=question.pattern,
        load=question.load,
        sureness=sureness,
        best=f"{question.name(best)}, {figure_of(best)}",
        how_much=_how_much(question, sureness, equals, rival, lead),
        how_sure=_how_sure(question, sureness, lead) + _ahead_elsewhere(question),
        brief=_brief(sureness, cell_name(best.cell, question.labels, written=str), len(equals), lead),
        cells=(best, *equals),
        details=details_of(question),
    )


def sureness_of(verdicts: Sequence[Verdict]) -> Sureness:
    """How sure it is that one cell is the best, by what it is called over each of the others."""
    if not verdicts:
        return Sureness.ALONE
    return next((sureness for verdict, sureness in _WEAKEST_FIRST if verdict in verdicts), Sureness.CLEAR)


def _brief(sureness: Sureness, best: str, equals: int, lead: Ratio | None) -> str:
    others = count(equals, "other")
    briefs = {
        Sureness.SAME: f"{best} and {others}: the same within 3 %",
        Sureness.TOO_CLOSE: f"{best} first, too close to call with {others}",
        Sureness.FEW: f"{best} first, too few blocks for a verdict",
        Sureness.ALONE: f"{best}, alone",
    }
    return briefs[sureness] if sureness in briefs or lead is None else f"{best} leads by {times(_lead(lead))} ×"


def _lead(lead: Ratio) -> float:
    """How many times as good the best is: of a latency the other way round."""
    return lead.estimate.mean if lead.quantity.more_is_better else 1 / lead.estimate.mean


def _how_much(
    question: Question,
    sureness: Sureness,
    equals: Sequence[CellSummary],
    rival: CellSummary | None,
    lead: Ratio | None,
) -> str:
    if rival is None:
        return "No other cell has a number."
    if sureness is Sureness.CLEAR and lead:
        return f"{times(lead.estimate.mean)} times the {lead.quantity.title} of the next, {question.name(rival)}."
    names = [question.name(cell) for cell in equals[:_MOST_NAMES]]
    if len(equals) > _MOST_NAMES:
        names.append(f"{len(equals) - _MOST_NAMES} more")
    beginning = {
        Sureness.SAME: "The same within 3 %",
        Sureness.TOO_CLOSE: "No clear difference from",
        Sureness.FEW: "Not yet compared with",
    }[sureness]
    return f"{beginning}: {', '.join(names)}."


def _how_sure(question: Question, sureness: Sureness, lead: Ratio | None) -> str:
    best = question.measured[0]
    doubt = f" The best is flagged: {', '.join(best.doubts)}." if best.doubts else ""
    if sureness is Sureness.FEW:
        common = count(lead.estimate.n if lead else 0, "common block")
        more = f" Run with --blocks {MIN_BLOCKS} or more." if question.blocks < MIN_BLOCKS else ""
        return f"{common}; a verdict needs {MIN_BLOCKS}.{more}{doubt}"
    if lead is None:
        return doubt.strip()
    estimate = lead.estimate
    interval = ""
    if estimate.low is not None and estimate.high is not None:
        interval = f"95 % interval {times(estimate.low)} to {times(estimate.high)}, "
    more = f"{_by_cpu(question, lead)} Measure more blocks to narrow it." if sureness is Sureness.TOO_CLOSE else ""
    ratio = "" if sureness is Sureness.CLEAR else f"Ratio to the first of them: {times(estimate.mean)}, "
    return f"{ratio}{interval}{count(estimate.n, 'block')}.{more}{doubt}"


def _by_cpu(question: Question, lead: Ratio) -> str:
    """That CPU time tells two cells apart, which throughput does not; empty if it does not either."""
    cpu = question.cpu_between(lead.cell, lead.other)
    if cpu is None or cpu.comparison.verdict not in DECIDED:
        return ""
    return f" CPU time per request is decided: {cpu.verdict}, {with_interval(cpu.estimate)} that of the other."


def _ahead_elsewhere(question: Question) -> str:
    """Why the best is not the cell with the best figure, if that is another one."""
    best, *others = question.measured
    ahead = next((cell for cell in others if misleads(best, cell)), None)
    if ahead is None:
        return ""
    return f" Compared over common blocks; over all of its own, {question.name(ahead)} has {figure_of(ahead)}."


_SEEN = {
    Sureness.CLEAR: ("has a clear answer", "have a clear answer"),
    Sureness.SAME: ("has several that are the same within 3 %",) * 2,
    Sureness.TOO_CLOSE: ("is too close to call", "are too close to call"),
    Sureness.FEW: ("has too few blocks for a verdict", "have too few blocks for a verdict"),
    Sureness.ALONE: ("has one cell alone", "have one cell alone"),
    Sureness.COURSE: ("is under a varying rate", "are under a varying rate"),
    Sureness.HELD: ("is about streams held open", "are about streams held open"),
    Sureness.NOTHING: ("has no number", "have no number"),
}


def overview(of_run: Sequence[Answer]) -> str:
    """How many of the questions have which answer, in one sentence."""
    counts = Counter(answer.sureness for answer in of_run)
    total = count(len(of_run), "question (pattern × load)", "questions (pattern × load)")
    parts = [f"{counts[sureness]} {_SEEN[sureness][counts[sureness] > 1]}" for sureness in Sureness if counts[sureness]]
    return f"Of {total}, {', '.join(parts)}."


def without_numbers(cells: Sequence[CellSummary], labels: Mapping[str, str]) -> list[str]:
    """Each cell that has no number, with the reason."""
    return [
        f"{question_name(*cell.cell.question)}: {no_number(cell, cell_name(cell.cell, labels, slots=True))}"
        for cell in cells
        if not has_number(cell)
    ]


def not_counted(trials: Sequence[Trial]) -> str:
    """How many trials do not count, and why, in one sentence; empty if all do."""
    invalid = [trial for trial in trials if not trial.valid]
    if not invalid:
        return ""
    reasons = Counter(reason for trial in invalid for reason in trial.invalidated_by or ("failed",))
    listed = ", ".join(f"{reason} {seen}" for reason, seen in reasons.most_common())
    verb = "does" if len(invalid) == 1 else "do"
    return f"{len(invalid)} of {count(len(trials), 'trial')} {verb} not count: {listed}."
