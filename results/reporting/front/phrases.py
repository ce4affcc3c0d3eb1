"""Parts of the sentences of the first screen: questions by name, lists, and spans of ratios. Pure."""

from collections.abc import Sequence

from results.reporting.front.standings import Standing
from results.wording.names import in_sentence
from results.wording.text import times

# As many things as a sentence names.
_MOST_NAMES = 6


def questions_by_name(standings: Sequence[Standing], of_run: Sequence[Standing]) -> list[str]:
    """The questions by name; without its load where a pattern has the same answer under each."""
    names: dict[str, None] = {}
    for standing in standings:
        of_pattern = [other for other in of_run if other.question.pattern == standing.question.pattern]
        whole = all(other in standings for other in of_pattern)
        load = "" if whole else f" ({standing.question.load})"
        names[f"{pattern_name(standing, of_run)}{load}"] = None
    return list(names)


def pattern_name(standing: Standing, of_run: Sequence[Standing]) -> str:
    """A pattern's name: without its parameters, if the run has it once."""
    pattern = standing.question.pattern
    name = pattern.partition(":")[0]
    alike = {other.question.pattern for other in of_run if other.question.pattern.partition(":")[0] == name}
    return in_sentence(pattern if len(alike) > 1 else name)


def as_list(names: Sequence[str]) -> str:
    """As one part of a sentence; of many the first ones, and how many more there are."""
    if len(names) > _MOST_NAMES:
        names = [*names[:_MOST_NAMES], f"{len(names) - _MOST_NAMES} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def ratio_span(ratios: Sequence[float]) -> str:
    """From the lowest to the highest; empty without any."""
    if not ratios:
        return ""
    low, high = times(min(ratios)), times(max(ratios))
    return f"{low} times" if low == high else f"{low} to {high} times"
