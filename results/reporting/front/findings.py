"""What a run found, in a few sentences: the first thing that page, Markdown and terminal say. Pure.

Nothing here knows a pattern or a style by name, but for ``sync``, which all others are compared with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from djbench.cell import Cell
from results.analysis.cell_summary import CellSummary
from results.analysis.figures.usage import server_rss_mib
from results.analysis.summary import BASE_STYLE, Ratio, Summary
from results.analysis.verdicts import DECIDED, Verdict
from results.reporting.answers import Sureness
from results.reporting.front.standings import Standing, how_fast, shown_figure
from results.reporting.method import machine_sentence
from results.wording.names import in_sentence, short_names
from results.wording.text import times

_DIFFERENT = frozenset({Verdict.FASTER, Verdict.SLOWER})
_SAME, _BOTH = "the same within 3 %", "faster on one server and slower on another"
_TOO_CLOSE, _TOO_FEW = "too close to call", "measured in too few blocks for a verdict"
# What is said of a style, with the verdicts that tell it, in the order in which a sentence has them.
_CALLED = {
    str(Verdict.FASTER): {Verdict.FASTER},
    _SAME: {Verdict.SAME},
    _BOTH: _DIFFERENT,
    str(Verdict.SLOWER): {Verdict.SLOWER},
    _TOO_CLOSE: {Verdict.TOO_CLOSE},
    _TOO_FEW: {Verdict.INSUFFICIENT},
}
# As many things as a sentence names, and as many patterns as the first screen has room for at length.
_MOST_NAMES, _MOST_TOLD = 6, 2
_UNDECIDED = (Sureness.TOO_CLOSE, Sureness.FEW)
# The built-in profile that asks the questions of another one again, in more and longer blocks.
_LONGER = {"quick": "standard"}


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
        ("Which style", _styles(summary, of_run)),
        *((_pattern(of_pattern[0], of_run), _side_by_side(of_pattern)) for of_pattern in _told_at_length(of_run)),
        ("What it costs", " ".join(filter(None, (_cpu(summary), _memory(summary))))),
        ("How sure", " ".join(filter(None, _how_sure(summary, of_run)))),
    )
    return [Finding(about=about, text=text) for about, text in parts if text]


def _what_to_run(of_run: Sequence[Standing]) -> str:
    """Which server and style for which pattern; those with the same answer together."""
    answered: dict[str, list[Standing]] = {}
    for standing in of_run:
        if standing.advised:
            answered.setdefault(standing.run, []).append(standing)
    parts = [f"{run} for {_listed(_asked(standings, of_run))}" for run, standings in answered.items()]
    return f"Run {'; '.join(parts)}." if parts else ""


def _asked(standings: Sequence[Standing], of_run: Sequence[Standing]) -> list[str]:
    """The questions by name; without its load where a pattern has the same answer under each."""
    names: dict[str, None] = {}
    for standing in standings:
        of_pattern = [other for other in of_run if other.question.pattern == standing.question.pattern]
        whole = all(other in standings for other in of_pattern)
        load = "" if whole else f" ({standing.question.load})"
        names[f"{_pattern(standing, of_run)}{load}"] = None
    return list(names)


def _pattern(standing: Standing, of_run: Sequence[Standing]) -> str:
    """A pattern's name: without its parameters, if the run has it once."""
    pattern = standing.question.pattern
    name = pattern.partition(":")[0]
    alike = {other.question.pattern for other in of_run if other.question.pattern.partition(":")[0] == name}
    return in_sentence(pattern if len(alike) > 1 else name)


def _listed(names: Sequence[str]) -> str:
    """As one part of a sentence; of many the first ones, and how many more there are."""
    if len(names) > _MOST_NAMES:
        names = [*names[:_MOST_NAMES], f"{len(names) - _MOST_NAMES} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _by_style(ratios: Sequence[Ratio]) -> Mapping[str, list[Ratio]]:
    styles: dict[str, list[Ratio]] = {}
    for ratio in ratios:
        styles.setdefault(ratio.cell.style, []).append(ratio)
    return styles


def _styles(summary: Summary, of_run: Sequence[Standing]) -> str:
    """What each style is for, beside sync on the same server."""
    styles = [_of_style(style, ratios, of_run) for style, ratios in _by_style(summary.ratios).items()]
    return f"Against {BASE_STYLE} on the same server, {'. '.join(styles)}." if styles else ""


def _of_style(style: str, ratios: Sequence[Ratio], of_run: Sequence[Standing]) -> str:
    """Where a style is faster than sync on the same server, and where it is not."""
    called: dict[str, list[Contested]] = {word: [] for word in _CALLED}
    for standing in of_run:
        of_question = [
            ratio for ratio in ratios if ratio.cell.question == (standing.question.pattern, standing.question.load)
        ]
        if of_question:
            word = _called({ratio.comparison.verdict for ratio in of_question})
            telling = [ratio for ratio in of_question if ratio.comparison.verdict in _CALLED[word]]
            called[word].append(Contested(standing, tuple(telling), len(of_question)))
    parts = [f"{word} for {_listed(_spans(contested, of_run))}" for word, contested in called.items() if contested]
    return f"{in_sentence(style)} is {'; '.join(parts)}"


class Contested(NamedTuple):
    """A question, with what a style is called in it on each server."""

    #: The question.
    standing: Standing
    #: The style over sync, on the servers that tell this.
    ratios: tuple[Ratio, ...]
    #: How many servers were asked.
    servers: int

    @property
    def text(self) -> str:
        """From the lowest to the highest ratio, and on how many servers if not on all; empty for neither."""
        span = _span([how_fast(ratio).mean for ratio in self.ratios if ratio.comparison.verdict in _DIFFERENT])
        some = f"on {len(self.ratios)} of {self.servers} servers" if len(self.ratios) < self.servers else ""
        return " ".join(filter(None, (span, some)))


def _spans(contested: Sequence[Contested], of_run: Sequence[Standing]) -> list[str]:
    """Each pattern with its ratios, under each load if it has several."""
    patterns: dict[str, list[str]] = {}
    for of_question in contested:
        question = of_question.standing.question
        loads = {other.question.load for other in of_run if other.question.pattern == question.pattern}
        load = str(question.load) if len(loads) > 1 else ""
        text = ": ".join(filter(None, (load, of_question.text)))
        patterns.setdefault(_pattern(of_question.standing, of_run), []).append(text)
    return [f"{pattern} ({', '.join(spans)})" if any(spans) else pattern for pattern, spans in patterns.items()]


def _span(ratios: Sequence[float]) -> str:
    """From the lowest to the highest; empty without any."""
    if not ratios:
        return ""
    low, high = times(min(ratios)), times(max(ratios))
    return f"{low} times" if low == high else f"{low} to {high} times"


def _called(verdicts: set[Verdict]) -> str:
    """What several comparisons of one question come to: those that are too close to call say nothing against it."""
    decided = verdicts & DECIDED
    if not decided:
        return _TOO_CLOSE if Verdict.TOO_CLOSE in verdicts else _TOO_FEW
    if decided >= _DIFFERENT:
        return _BOTH
    return next((str(verdict) for verdict in decided if verdict in _DIFFERENT), _SAME)


def _told_at_length(of_run: Sequence[Standing]) -> list[list[Standing]]:
    """The patterns whose styles need a look side by side: with more than two styles, under more than one load.

    None if they are many: the table has them all.
    """
    patterns: dict[str, list[Standing]] = {}
    for standing in of_run:
        patterns.setdefault(standing.question.pattern, []).append(standing)
    told = [
        standings
        for standings in patterns.values()
        if len(standings) > 1 and all(standing.advised and len(standing.styles) > 1 for standing in standings)
    ]
    return told if len(told) <= _MOST_TOLD else []


def _side_by_side(standings: Sequence[Standing]) -> str:
    """Each style at its best under each load."""
    sentences = []
    for standing in standings:
        assert standing.advised is not None
        beside = _listed([rivalry.brief for rivalry in standing.styles])
        sentences.append(f"{standing.question.load}: {standing.run} {_reaches(standing.advised)}, {beside}.")
    return " ".join(sentences)


def _reaches(cell: CellSummary) -> str:
    figure = shown_figure(cell)
    return figure if figure.startswith("answers") else f"has {figure}"


def _cpu(summary: Summary) -> str:
    """What each style takes of the CPU."""
    styles = [_cpu_of(style, ratios) for style, ratios in _by_style(summary.cpu_ratios).items()]
    return f"CPU time per request, against {BASE_STYLE} on the same server: {'; '.join(styles)}." if styles else ""


def _cpu_of(style: str, ratios: Sequence[Ratio]) -> str:
    """In how many comparisons a style takes more or less."""
    called: dict[str, list[Ratio]] = {}
    for ratio in ratios:
        if (verdict := ratio.comparison.verdict) in DECIDED:
            word = "as much" if verdict is Verdict.SAME else ratio.quantity.word(verdict)
            called.setdefault(word, []).append(ratio)
    if not called:
        return f"{in_sentence(style)} is too close to call"
    parts = [f"{word} in {len(of_word)} of {len(ratios)}{_cpu_span(of_word)}" for word, of_word in called.items()]
    return f"{in_sentence(style)} takes {', '.join(parts)}"


def _cpu_span(ratios: Sequence[Ratio]) -> str:
    span = _span([ratio.estimate.mean for ratio in ratios if ratio.comparison.verdict in _DIFFERENT])
    return f" ({span})" if span else ""


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


def _how_sure(summary: Summary, of_run: Sequence[Standing]) -> tuple[str, ...]:
    """What is decided, what the machine allowed, and what is left; empty sentences among them."""
    return _share_decided(summary), machine_sentence(summary), _left_open(summary, of_run)


def _share_decided(summary: Summary) -> str:
    """How many of the comparisons have a verdict, by speed and by CPU time."""
    speed, cpu = _distinct(summary.ratios, summary.leads), _distinct(summary.cpu_ratios, summary.cpu_leads)
    parts = [f"{_decided(ratios)} by {what}" for what, ratios in (("speed", speed), ("CPU time", cpu)) if ratios]
    return f"Comparisons that are decided: {', '.join(parts)}." if parts else ""


def _decided(ratios: Sequence[Ratio]) -> str:
    return f"{sum(ratio.comparison.verdict in DECIDED for ratio in ratios)} of {len(ratios)}"


def _distinct(*families: Sequence[Ratio]) -> list[Ratio]:
    """Each pair of cells once: the best may be compared with sync in two families."""
    pairs: dict[frozenset[Cell], Ratio] = {}
    for family in families:
        for ratio in family:
            pairs.setdefault(frozenset((ratio.cell, ratio.other)), ratio)
    return list(pairs.values())


def _left_open(summary: Summary, of_run: Sequence[Standing]) -> str:
    """What this run does not decide, and what would."""
    open_sides: dict[str, list[Standing]] = {}
    for standing in of_run:
        sides = {"style": standing.sure_of_style, "server": standing.sure_of_server}
        if left := [side for side, sureness in sides.items() if sureness in _UNDECIDED]:
            open_sides.setdefault(" and ".join(left), []).append(standing)
    parts = [f"{sides} for {_listed(_asked(standings, of_run))}" for sides, standings in open_sides.items()]
    if not parts:
        return ""
    longer = _LONGER.get(summary.run.profile)
    how = "a run with more blocks may decide it"
    if longer:
        how = f"djbench run {longer} (make bench PROFILE={longer}) measures them in more blocks"
    return f"Not decided here: {', '.join(parts)}; {how}."
