"""Who is ahead of whom, as titles of charts may say it: what the answers carry, and no more."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from results.reporting.answers import Answer, Sureness
from results.wording.names import in_sentence
from results.wording.text import count, number, times

_UNDECIDED = {
    Sureness.SAME: "the same within 3 %",
    Sureness.TOO_CLOSE: "too close to call",
    Sureness.FEW: "too few blocks for a verdict",
}
_RANKED = (Sureness.CLEAR, *_UNDECIDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """Servers, each by its best style, under one pattern and load; or the styles of the only server."""

    #: The pattern's canonical spec.
    pattern: str
    #: The load, in words.
    load: str
    #: ``server`` or ``style``.
    between: str
    #: How the question stands.
    sureness: Sureness
    #: The best and all that are not told from it.
    first: tuple[str, ...]
    #: How many take part.
    number_of: int
    #: How many times as good the best one's mean is as that of the next. Under 1 if the next, which is behind in the
    #: blocks of both, has the better mean over its own.
    ahead: float
    #: The same beside the last.
    span: float

    @property
    def led(self) -> bool:
        """Is one of them ahead of all the others?"""
        return len(self.first) == 1

    @property
    def firsts(self) -> str:
        """The first of them, for a sentence."""
        named = [in_sentence(name) for name in self.first[:2]]
        if len(self.first) > 2:
            named.append(count(len(self.first) - 2, "other"))
        return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)

    @property
    def undecided(self) -> str:
        """Why none is ahead."""
        return _UNDECIDED[self.sureness]


def contests(cells: pd.DataFrame, answers: Sequence[Answer]) -> list[Contest]:
    """Of each pattern and load in which there are two to compare.

    cells: of one kind of load, as ``frames.for_charts`` has it.
    """
    numbers = cells.dropna(subset="relative")
    by, between = ("server_label", "server") if numbers["server_label"].nunique() > 1 else ("style", "style")
    label_of = dict(zip(cells["server"], cells["server_label"], strict=True))
    groups = dict(iter(numbers.groupby(["pattern", "load"], sort=False)))
    of_questions = []
    for answer in answers:
        group = groups.get((answer.pattern, str(answer.load)))
        if group is None or answer.sureness not in _RANKED:
            continue
        best = group.groupby(by, sort=False)["relative"].max().sort_values(ascending=False)
        if len(best) < 2:
            continue
        first = [cell.cell.style if by == "style" else label_of[cell.cell.server] for cell in answer.cells]
        own, others = best[first[0]], best.drop(first[0])
        of_questions.append(
            Contest(
                pattern=answer.pattern,
                load=str(answer.load),
                between=between,
                sureness=answer.sureness,
                first=tuple(dict.fromkeys(first)),
                number_of=len(best),
                ahead=own / others.iloc[0],
                span=own / others.iloc[-1],
            )
        )
    return of_questions


def overview_title(contested: Sequence[Contest], what: str) -> str:
    """Who is ahead how often. what: what the first has, such as ``the highest throughput``."""
    if not contested:
        return "Each cell beside the best of its pattern and load"
    if len(contested) == 1:
        (only,) = contested
        verb = f"has {what}" if only.led else f"have {what}, {only.undecided}"
        tells = only.number_of > len(only.first) and only.span > 1
        last = f"; the last has {number(100 / only.span, 3)} % of the best" if tells else ""
        return f"{only.firsts} {verb}{last}"
    led = Counter(contest.firsts for contest in contested if contest.led)
    open_ = Counter(contest.undecided for contest in contested if not contest.led)
    rest = [f"{seen} {reason}" for reason, seen in open_.most_common()]
    if not led:
        return f"No {contested[0].between} clearly has {what} in any of {len(contested)}: {', '.join(rest)}"
    (name, wins), *others = led.most_common()
    of = f"{wins} of {len(contested)}" if wins < len(contested) else "both" if wins == 2 else f"all {wins}"
    leader = f"{name} has {what} in {of}"
    parts = [f"{other} in {times_}" for other, times_ in others[:2]]
    if len(others) > 2:
        parts.append(f"others in {sum(seen for _, seen in others[2:])}")
    return ", ".join([leader, *parts]) + (f"; {', '.join(rest)}" if rest else "")


def throughput_title(contested: Sequence[Contest]) -> str:
    """Where the throughputs differ the most."""
    if not contested:
        return "Throughput by server and style"
    widest = max(contested, key=lambda contest: contest.span)
    where = f"{in_sentence(widest.pattern)} at {in_sentence(widest.load)}"
    if widest.led:
        next_ = (
            f": {times(widest.ahead)} × the next {widest.between}"
            if widest.ahead > 1
            else ", in the blocks that all have"
        )
        last = f", {times(widest.span)} × the last" if widest.number_of > 2 and widest.ahead > 1 else ""
        return f"{widest.firsts} answers the most requests of {where}{next_}{last}"
    tells = widest.number_of > len(widest.first) and widest.span > 1
    last = f"; {times(widest.span)} × the last" if tells else ""
    return f"{widest.firsts} answer the most requests of {where}, {widest.undecided}{last}"
