"""What a run found, in a few sentences: the first thing that page, Markdown and terminal say. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from results.analysis.figures.usage import server_rss_mib
from results.analysis.summary import Summary
from results.reporting.front.decisions import how_sure
from results.reporting.front.phrases import as_list, pattern_name, questions_by_name
from results.reporting.front.standings import Standing
from results.reporting.front.styles import cpu_text, side_by_side, styles_text, told_at_length
from results.reporting.projects.price import price_of_mix
from results.reporting.projects.slowest import slowest_text
from results.wording.names import in_sentence, short_names


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a run found."""

    #: What it is about, in a word or two.
    about: str
    #: One to three sentences.
    text: str


def findings(summary: Summary, of_run: Sequence[Standing]) -> list[Finding]:
    """What to run, what each style is for, what it costs, how sure that is; without what the run has no data for."""
    parts = (
        ("What to run", _what_to_run(of_run)),
        ("Which style", styles_text(summary, of_run)),
        *((pattern_name(of_pattern[0], of_run), side_by_side(of_pattern)) for of_pattern in told_at_length(of_run)),
        ("Request by request", slowest_text(of_run)),
        ("What it costs", " ".join(filter(None, (price_of_mix(of_run), cpu_text(summary), _memory(summary))))),
        ("How sure", " ".join(filter(None, how_sure(summary, of_run)))),
    )
    return [Finding(about=about, text=text) for about, text in parts if text]


def _what_to_run(of_run: Sequence[Standing]) -> str:
    """Which server and style for which pattern; of a project first for all of it, for it can run but one server."""
    mixes = _runs([standing for standing in of_run if standing.question.is_mix], of_run)
    others = _runs([standing for standing in of_run if not standing.question.is_mix], of_run)
    if mixes and others:
        return f"Run {mixes}, which stands for the whole project. One by one: {others}."
    return f"Run {mixes or others}." if mixes or others else ""


def _runs(standings: Sequence[Standing], of_run: Sequence[Standing]) -> str:
    """What to run for these; those with the same answer together."""
    answered: dict[str, list[Standing]] = {}
    for standing in standings:
        if standing.advised:
            answered.setdefault(standing.run, []).append(standing)
    return "; ".join(f"{run} for {as_list(questions_by_name(alike, of_run))}" for run, alike in answered.items())


def _memory(summary: Summary) -> str:
    """The server that takes least, and the one that takes most."""
    most: dict[str, float] = {}
    for cell in summary.cells:
        rss_mib = server_rss_mib(cell)
        if rss_mib is not None:
            most[cell.cell.server] = max(rss_mib, most.get(cell.cell.server, 0.0))
    labels = short_names(cell.cell for cell in summary.cells)
    ends = [f"{most[server]:.0f} MiB on {in_sentence(labels[server])}" for server in sorted(most, key=most.__getitem__)]
    if not ends:
        return ""
    return f"Memory at the peak: {ends[0]}{f', {ends[-1]}' if len(ends) > 1 else ''}."
