"""What the numbers say in plain sentences; nothing beyond what the intervals carry. Pure."""

from dataclasses import dataclass

from results.frames import labels
from results.records import Load
from results.summary import CellSummary, Ratio, Summary


@dataclass(frozen=True, slots=True)
class Finding:
    """One pattern under one load: a headline and the sentences under it, as plain text."""

    pattern: str
    users: int
    headline: str
    details: tuple[str, ...]


def findings(summary: Summary) -> list[Finding]:
    """One finding per pattern and load, in the order of the plan."""
    short = labels(summary)
    groups: dict[tuple[str, Load], list[CellSummary]] = {}
    for cell in summary.cells:
        groups.setdefault((cell.cell.pattern, cell.cell.load), []).append(cell)
    return [
        _finding(
            pattern,
            load,
            cells,
            [r for r in summary.ratios if (r.cell.pattern, r.cell.load) == (pattern, load)],
            short,
        )
        for (pattern, load), cells in groups.items()
    ]


def _finding(pattern: str, load: Load, cells: list[CellSummary], ratios: list[Ratio], short: dict[str, str]) -> Finding:
    ranked = sorted((c for c in cells if c.throughput_rps), key=_mean, reverse=True)
    failing = [
        f"{_name(cell, short)} has no number: {(cell.reason or '').splitlines()[0]}." for cell in cells if cell.failing
    ]
    if not ranked:
        return Finding(pattern, load.users, "nothing could be measured", tuple(failing))
    best = ranked[0]
    level = [cell for cell in ranked[1:] if not _apart(best, cell)]
    headline = f"highest throughput: {_name(best, short)}, {_rate(best)}"
    details = []
    if level:
        names = ", ".join(_name(cell, short) for cell in level)
        details.append(f"Not to be told apart from it, for the intervals overlap or are missing: {names}.")
    elif len(ranked) > 1:
        times = _mean(best) / _mean(ranked[1])
        details.append(
            f"Next is {_name(ranked[1], short)} with {_rate(ranked[1])}; the best has {times:.2f} times that."
        )
    details.extend(_against_sync(ratio, short) for ratio in ratios)
    return Finding(pattern, load.users, headline, (*details, *failing))


def _mean(cell: CellSummary) -> float:
    return cell.throughput_rps.mean if cell.throughput_rps else 0.0


def _apart(higher: CellSummary, lower: CellSummary) -> bool:
    a, b = higher.throughput_rps, lower.throughput_rps
    return a is not None and b is not None and a.low is not None and b.high is not None and a.low > b.high


def _name(cell: CellSummary, short: dict[str, str]) -> str:
    slots = "unbounded slots" if cell.cell.slots is None else f"{cell.cell.slots} slots"
    return f"{cell.cell.style} on {short[cell.cell.server]} ({slots})"


def _rate(cell: CellSummary) -> str:
    rate = cell.throughput_rps
    if rate is None:
        return "no rate"
    if rate.low is None or rate.high is None:
        return f"{rate.mean:.4g} requests/s (too few trials for an interval)"
    return f"{rate.mean:.4g} requests/s (95 % interval {rate.low:.4g} to {rate.high:.4g})"


def _against_sync(ratio: Ratio, short: dict[str, str]) -> str:
    estimate = ratio.estimate
    where = f"{ratio.cell.style} against sync on {short[ratio.cell.server]}"
    if estimate.low is None or estimate.high is None:
        return f"{where}: {estimate.mean:.2f} times the throughput (too few blocks for an interval)."
    return (
        f"{where}: {estimate.mean:.2f} times the throughput "
        f"(95 % interval {estimate.low:.2f} to {estimate.high:.2f}, {estimate.n} blocks)."
    )
