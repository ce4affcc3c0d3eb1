"""The sentences under an answer: how its cells compare, and which have no number. Pure."""

from collections.abc import Iterator

from results.analysis.cell_summary import CellSummary
from results.analysis.figures.usage import background_rps, cpu_bound
from results.analysis.held_streams import in_words
from results.analysis.ranking import misleads
from results.analysis.summary import Ratio
from results.analysis.verdicts import DECIDED, MIN_BLOCKS, Verdict
from results.reporting.projects.asked import what_is_asked
from results.reporting.questions import Question, figure_of, figure_with_interval
from results.wording.names import cell_name, in_sentence
from results.wording.text import first_line, number, with_interval

# What is said of cells that the best one is not called faster than. The first is there only if each cell has something
# that is faster, see ``ranking``.
_NOT_FASTER = {
    Verdict.SLOWER: "Faster in the common blocks, but slower than another: {names}.",
    Verdict.SAME: "The same within 3 %: {names}.",
    Verdict.TOO_CLOSE: "Too close to call: {names}.",
    Verdict.INSUFFICIENT: f"Too few common blocks (under {MIN_BLOCKS}): {{names}}.",
}
_REASON_LETTERS = 240
# As sentences name the quantity ``cpu``.
CPU_TIME = "CPU time per request"


def details_of(question: Question) -> tuple[str, ...]:
    """All of them: how its cells compare, and of a project what it asks and how much of an answer is compared."""
    return (*_comparisons(question), *what_is_asked(question))


def _comparisons(question: Question) -> tuple[str, ...]:
    """The best cell's first. Of what the best is faster than only the next: a table has all."""
    missing = [no_number(cell, question.name(cell)) for cell in question.missing]
    if not question.measured:
        return tuple(missing)
    if question.load.endless:
        return (
            *(f"{question.name(cell)}: {in_words(cell.held)}." for cell in question.measured if cell.held),
            *missing,
        )
    if question.load.varies:
        return (*(_course(question, cell) for cell in question.measured), *missing)
    best = question.measured[0]
    among = "The best of what could be measured" if missing else "The best"
    return (
        f"{among}: {question.name(best)}, {figure_with_interval(best)}.",
        *_against_the_others(question),
        *(_against_base(ratio, question) for ratio in question.ratios),
        *_least_cpu(question),
        *(_against_alone(ratio, question) for ratio in question.interference),
        *missing,
    )


def no_number(cell: CellSummary, name: str) -> str:
    """Why a cell has no number."""
    reason = in_sentence(first_line(cell.reason or "no reason was recorded"), _REASON_LETTERS)
    return f"{name} has no number ({cell.status}): {reason}."


def _against_the_others(question: Question) -> Iterator[str]:
    others = question.measured[1:]
    for verdict, sentence in _NOT_FASTER.items():
        names = [question.name(cell) for cell in others if question.verdict(cell) is verdict]
        if names:
            yield sentence.format(names=", ".join(names))
    behind = next((cell for cell in others if question.verdict(cell) is Verdict.FASTER), None)
    if behind:
        yield _faster_than(question, behind, question.leads[behind.cell])


def _faster_than(question: Question, cell: CellSummary, lead: Ratio) -> str:
    common = ", compared over common blocks" if misleads(question.measured[0], cell) else ""
    return (
        f"Faster than {question.name(cell)}: {with_interval(lead.estimate)} its {lead.quantity.title}, "
        f"{figure_of(cell)}{common}."
    )


def _course(question: Question, cell: CellSummary) -> str:
    """What a cell's timeline shows: no ranking, for a whole ramp's median says little."""
    steps = [step for step in cell.timeline or () if step.p50_ms is not None]
    if not steps:
        return f"{question.name(cell)}: too few requests for a course."
    worst = max(steps, key=lambda step: step.p50_ms or 0.0)
    behind = " It fell behind the rate." if "falls_behind" in cell.flags else ""
    return (
        f"{question.name(cell)}: p50 {number(steps[0].p50_ms)} ms at first, at most {number(worst.p50_ms)} ms "
        f"after {worst.at_s:.3g} s, when {number(worst.due_rps)} requests/s were due.{behind}"
    )


def _against_base(ratio: Ratio, question: Question) -> str:
    server = in_sentence(question.labels[ratio.cell.server])
    contest = f"{in_sentence(ratio.cell.style)} against {in_sentence(ratio.other.style)} on {server}"
    speed = f"{ratio.verdict}, {with_interval(ratio.estimate)} the {ratio.quantity.title}"
    cpu = question.cpu_ratios.get(ratio.cell)
    return f"{contest}: {speed}{_at_which_cost(cpu)}.{_predicted(question, ratio, cpu)}"


def _at_which_cost(ratio: Ratio | None) -> str:
    return f"; {ratio.verdict}, {with_interval(ratio.estimate)} the {CPU_TIME}" if ratio else ""


def _predicted(question: Question, speed: Ratio, cpu: Ratio | None) -> str:
    """What CPU time says of a throughput that is too close to call, if it is all that limits both cells."""
    decided = cpu is not None and cpu.comparison.verdict in DECIDED
    if not decided or speed.comparison.verdict is not Verdict.TOO_CLOSE or not speed.quantity.more_is_better:
        return ""
    both = [cell for cell in question.measured if cell.cell in (speed.cell, speed.other)]
    if not all(cpu_bound(cell) for cell in both):
        return ""
    return f" Both kept their cores busy, so throughput should differ as {CPU_TIME} does."


def _least_cpu(question: Question) -> Iterator[str]:
    """Which cell takes least CPU time, and how much less than the next."""
    if not question.cpu_leads:
        return
    lead = max(question.cpu_leads, key=lambda lead: lead.estimate.mean)
    cheapest, following = (cell_name(cell, question.labels, slots=True) for cell in (lead.cell, lead.other))
    yield (
        f"Least {CPU_TIME}: {cheapest}. It takes {with_interval(lead.estimate)} that of the next, {following}: "
        f"{lead.verdict}."
    )


def _against_alone(ratio: Ratio, question: Question) -> str:
    """What background users did to a cell."""
    name = cell_name(ratio.cell, question.labels)
    few = "" if ratio.quantity.name == "p99" else " (too few requests for a higher percentile)"
    cell = next(cell for cell in question.cells if cell.cell == ratio.cell)
    rate = background_rps(cell)
    background = "" if rate is None else f" Background users had {number(rate)} answers/s."
    return (
        f"{name} with background users: its {ratio.quantity.title}{few} is {with_interval(ratio.estimate)} "
        f"that of the cell alone; {ratio.verdict}.{background}"
    )
