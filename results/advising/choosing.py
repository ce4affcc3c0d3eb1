"""Which of several configurations is advised, and why. Pure.

Among those that the run does not tell apart from the best one, and that cannot be over 10 % slower, it is the one that
costs least: CPU time per request first, then memory. A difference in speed that nobody can see is not worth paying for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from results.advising.contenders import Contender, Price
from results.analysis.stats import SAME_BAND
from results.analysis.verdicts import Comparison, Verdict
from results.wording.text import with_interval

# Something that cannot be told apart from the best is only advised in its place if it cannot be slower by more.
MAX_LOSS = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is advised among several contenders."""

    #: The advised one.
    contender: Contender
    #: Why it is this one.
    reason: str
    #: The best of the others; None if there is no other.
    runner_up: Contender | None
    #: The advised one over the runner-up; None without a runner-up or a common block.
    comparison: Comparison | None


def chosen_of(contenders: Sequence[Contender], leads: Mapping[Contender, Comparison | None], quantity: str) -> Choice:
    """Which of the contenders, the best first, and why. leads: the best one over each of the others."""
    best, *others = contenders
    opened = quantity != "throughput"
    superlative = f"the {'lowest' if opened else 'highest'} {quantity}"
    if not others:
        return Choice(contender=best, reason="it is all that could be measured", runner_up=None, comparison=None)
    alike = [other for other in others if _alike(leads[other], more_is_better=not opened)]
    chosen = _cheapest([best, *alike])
    runner_up = others[0] if chosen is best else best
    if chosen is best:
        comparison = leads[others[0]]
        reason = _why_the_best(superlative, leads, alike)
    else:
        lead = leads[chosen]
        assert lead is not None
        comparison = lead.inverse
        reason = f"{best.name} had {superlative}, but {_how_alike(lead)}, and this one costs less: " + _saved(
            chosen.price, best.price
        )
    return Choice(contender=chosen, reason=reason, runner_up=runner_up, comparison=comparison)


def _why_the_best(superlative: str, leads: Mapping[Contender, Comparison | None], alike: Sequence[Contender]) -> str:
    """Why the best one is advised: it is the fastest, or what keeps the run from saying so. alike: of equal speed."""
    few, close = [], []
    for other, lead in leads.items():
        if lead is None or lead.verdict is Verdict.INSUFFICIENT:
            few.append(other)
        elif lead.verdict is not Verdict.FASTER and other not in alike:
            close.append(other)
    if not (few or close or alike):
        return f"it has {superlative}"
    clauses = [f"it had {superlative}"]
    if few:
        rivals = "the others" if len(few) == len(leads) else _names(few)
        clauses.append(f"there are too few blocks to compare it with {rivals}")
    if close:
        loss = f"{100 * MAX_LOSS:g} %"
        clauses.append(
            f"no clear difference from {_names(close)}, but over {loss} may be lost, so price does not decide"
        )
    if alike:
        clauses.append(f"as good but not cheaper: {_names(alike)}")
    return "; ".join(clauses)


def _names(contenders: Sequence[Contender]) -> str:
    return " and ".join(contender.name for contender in contenders)


def _alike(lead: Comparison | None, *, more_is_better: bool) -> bool:
    """Is what the best one is compared with as good as it, as far as the run can tell?"""
    if lead is None or lead.estimate.low is None or lead.estimate.high is None:
        return False
    slower_at_most = lead.estimate.high if more_is_better else 1 / lead.estimate.low
    return lead.verdict is Verdict.SAME or (lead.verdict is Verdict.TOO_CLOSE and slower_at_most <= 1 + MAX_LOSS)


def _how_alike(lead: Comparison) -> str:
    if lead.verdict is Verdict.SAME:
        return f"the two are the same within {SAME_BAND:.0%}"
    return f"the two are too close to call ({with_interval(lead.estimate)})"


def _cheapest(contenders: Sequence[Contender]) -> Contender:
    """By CPU time per request, then by memory, then by rank, in which the contenders come.

    Of the first two, what differs by no more than the band of no practical interest is equal.
    """
    of_pss = all(contender.price.pss_mib is not None for contender in contenders)
    cheap = _least(contenders, [contender.price.cpu_ms_per_request for contender in contenders])
    small = [contender.price.pss_mib if of_pss else contender.price.rss_mib for contender in cheap]
    return _least(cheap, small)[0]


def _least(contenders: Sequence[Contender], costs: Sequence[float | None]) -> list[Contender]:
    recorded = [cost for cost in costs if cost is not None]
    if not recorded:
        return list(contenders)
    most = min(recorded) * (1 + SAME_BAND)
    return [contender for contender, cost in zip(contenders, costs, strict=True) if cost is not None and cost <= most]


def _saved(ours: Price, theirs: Price) -> str:
    cpu, other_cpu = ours.cpu_ms_per_request, theirs.cpu_ms_per_request
    if cpu is not None and other_cpu is not None and other_cpu > cpu * (1 + SAME_BAND):
        return f"{cpu:.3g} instead of {other_cpu:.3g} ms of CPU time per request"
    pss, other_pss = ours.pss_mib, theirs.pss_mib
    if pss is None or other_pss is None:
        pss, other_pss = ours.rss_mib, theirs.rss_mib
    return f"{pss or 0:.0f} instead of {other_pss or 0:.0f} MiB of memory"
