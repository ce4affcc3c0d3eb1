"""What the numbers say in plain sentences; nothing beyond what the intervals carry. Pure."""

from dataclasses import dataclass

from results.frames import labels
from results.records import Load
from results.stats import SAME_BAND, Estimate, paired_ratio
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
    missing = [
        f"{_name(cell, short)} has no number ({cell.status}): {(cell.reason or '').splitlines()[0]}."
        for cell in cells
        if cell.throughput_rps is None
    ]
    ranked = sorted((cell for cell in cells if cell.throughput_rps), key=_mean, reverse=True)
    if not ranked:
        return Finding(pattern, load.users, "nothing could be measured", tuple(missing))
    best = ranked[0]
    among = "highest throughput of what could be measured" if missing else "highest throughput"
    doubt = f", flagged {' and '.join(best.flags)}" if best.flags else ""
    headline = f"{among}: {_name(best, short)}, {_rate(best)}{doubt}"
    details = []
    against_best = [(cell, paired_ratio(best.by_block, cell.by_block)) for cell in ranked[1:]]
    level = [cell for cell, ratio in against_best if _level(ratio)]
    if level:
        names = ", ".join(_name(cell, short) for cell in level)
        details.append(f"Not told apart from it by this run, or within 3 % of it: {names}.")
    behind = next(((cell, ratio) for cell, ratio in against_best if cell not in level and ratio), None)
    if behind:
        cell, ratio = behind
        details.append(f"It has {_times(ratio)} the throughput of {_name(cell, short)}, {_rate(cell)}.")
    details.extend(_against_sync(ratio, short) for ratio in ratios)
    return Finding(pattern, load.users, headline, (*details, *missing))


def _level(ratio: Estimate | None) -> bool:
    """Does the interval leave it open who is ahead, or show a lead too small to matter?"""
    if ratio is None or ratio.low is None or ratio.high is None:
        return True
    return ratio.low <= 1 or ratio.high <= 1 + SAME_BAND


def _mean(cell: CellSummary) -> float:
    return cell.throughput_rps.mean if cell.throughput_rps else 0.0


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


def _times(ratio: Estimate) -> str:
    if ratio.low is None or ratio.high is None:
        return f"{_digits(ratio.mean)} times (too few blocks for an interval)"
    interval = f"{_digits(ratio.low)} to {_digits(ratio.high)}"
    return f"{_digits(ratio.mean)} times (95 % interval {interval}, {ratio.n} blocks)"


def _digits(ratio: float) -> str:
    """Enough digits to see on which side of 1 a ratio is."""
    return f"{ratio:.3f}" if ratio < 10 else f"{ratio:.4g}"


def _against_sync(ratio: Ratio, short: dict[str, str]) -> str:
    return f"{ratio.cell.style} has {_times(ratio.estimate)} the throughput of sync on {short[ratio.cell.server]}."
