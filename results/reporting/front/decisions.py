"""How much of what a run asks it decides, and what it leaves to a longer one. Pure."""

from collections.abc import Sequence

from djbench.cell import Cell
from results.analysis.summary import Ratio, Summary
from results.analysis.verdicts import DECIDED
from results.reporting.answers import Sureness
from results.reporting.front.phrases import as_list, questions_by_name
from results.reporting.front.standings import Standing
from results.reporting.method import machine_sentence

_UNDECIDED = (Sureness.TOO_CLOSE, Sureness.FEW)
# The built-in profile that asks the questions of another one again, in more and longer blocks.
_LONGER = {"quick": "standard"}


def how_sure(summary: Summary, of_run: Sequence[Standing]) -> tuple[str, ...]:
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
    parts = [f"{sides} for {as_list(questions_by_name(standings, of_run))}" for sides, standings in open_sides.items()]
    if not parts:
        return ""
    longer = _LONGER.get(summary.run.profile) if summary.run.target is None else None
    how = "a run with more blocks may decide it"
    if longer:
        how = f"djbench run {longer} (make bench PROFILE={longer}) measures them in more blocks"
    return f"Not decided here: {', '.join(parts)}; {how}."
