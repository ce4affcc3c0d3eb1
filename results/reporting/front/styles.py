"""What each style is for: beside sync, at its best beside the others, and what it takes of the CPU. Pure.

Nothing here knows a pattern or a style by name.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from results.analysis.summary import Ratio, Summary
from results.analysis.verdicts import DECIDED, Verdict
from results.reporting.front.phrases import as_list, pattern_name, ratio_span
from results.reporting.front.standings import Standing, how_fast
from results.wording.names import in_sentence

# As many patterns as the first screen has room for at length.
_MOST_TOLD = 2
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


def styles_text(summary: Summary, of_run: Sequence[Standing]) -> str:
    """What each style is for, beside sync on the same server."""
    return " ".join(
        f"Against {in_sentence(base)} on the same server, "
        f"{'. '.join(_of_style(style, of_style, of_run) for style, of_style in _by_style(ratios).items())}."
        for base, ratios in _by_base(summary.ratios).items()
    )


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
    parts = [f"{word} for {as_list(_spans(contested, of_run))}" for word, contested in called.items() if contested]
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
        span = ratio_span([how_fast(ratio).mean for ratio in self.ratios if ratio.comparison.verdict in _DIFFERENT])
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
        patterns.setdefault(pattern_name(of_question.standing, of_run), []).append(text)
    return [f"{pattern} ({', '.join(spans)})" if any(spans) else pattern for pattern, spans in patterns.items()]


def _called(verdicts: set[Verdict]) -> str:
    """What several comparisons of one question come to: those that are too close to call say nothing against it."""
    decided = verdicts & DECIDED
    if not decided:
        return _TOO_CLOSE if Verdict.TOO_CLOSE in verdicts else _TOO_FEW
    if decided >= _DIFFERENT:
        return _BOTH
    return next((str(verdict) for verdict in decided if verdict in _DIFFERENT), _SAME)


def told_at_length(of_run: Sequence[Standing]) -> list[list[Standing]]:
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


def side_by_side(standings: Sequence[Standing]) -> str:
    """Each style at its best under each load."""
    sentences = []
    for standing in standings:
        beside = as_list([rivalry.brief for rivalry in standing.styles])
        sentences.append(f"{standing.question.load}: {standing.run} {standing.reaches}, {beside}.")
    return " ".join(sentences)


def cpu_text(summary: Summary) -> str:
    """What each style takes of the CPU."""
    return " ".join(
        f"CPU time per request, against {in_sentence(base)} on the same server: "
        f"{'; '.join(_cpu_of(style, of_style) for style, of_style in _by_style(ratios).items())}."
        for base, ratios in _by_base(summary.cpu_ratios).items()
    )


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
    span = ratio_span([ratio.estimate.mean for ratio in ratios if ratio.comparison.verdict in _DIFFERENT])
    return f" ({span})" if span else ""


def _by_base(ratios: Sequence[Ratio]) -> Mapping[str, list[Ratio]]:
    """By the style that others are compared with."""
    bases: dict[str, list[Ratio]] = {}
    for ratio in ratios:
        bases.setdefault(ratio.other.style, []).append(ratio)
    return bases


def _by_style(ratios: Sequence[Ratio]) -> Mapping[str, list[Ratio]]:
    styles: dict[str, list[Ratio]] = {}
    for ratio in ratios:
        styles.setdefault(ratio.cell.style, []).append(ratio)
    return styles
