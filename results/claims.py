"""Claims about sync and async, and whether a run bears them out. Pure.

A claim is one or more checks, each a bound on one figure. A check holds when its whole 95 % interval lies inside the
bounds, does not hold when the whole interval lies outside, and is too close to call when the interval has both. The
bounds are written down before anything is measured. There is no adjustment for the number of claims: each stands by
itself, and one whose truth lies well inside or outside its bounds has an interval that does so too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal

from results.cell_summary import CellSummary
from results.commands import run_command
from results.options import digits
from results.records import Cell, Settings
from results.stats import Estimate, log_mean, paired_ratio
from results.verdicts import MIN_BLOCKS

Quantity = Literal["throughput", "median latency", "p99"]
_UNITS: Mapping[str, str] = {"throughput": "requests/s", "median latency": "ms", "p99": "ms"}


class Outcome(StrEnum):
    """What is said of a claim, and of each of its checks."""

    HOLDS = "holds"
    FAILS = "does not hold"
    TOO_CLOSE = "too close to call"
    INSUFFICIENT = "too few blocks"
    UNMEASURED = "not measured"


# A claim is as good as the worst of its checks.
_WORST_FIRST = (Outcome.FAILS, Outcome.UNMEASURED, Outcome.INSUFFICIENT, Outcome.TOO_CLOSE, Outcome.HOLDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A figure of ``cell``, or its ratio to that of ``over``, lies from ``low`` to ``high``; None: no bound there.

    says: what that means, in words. Throughput in requests/s, latencies in ms, ratios paired by block.
    """

    says: str
    quantity: Quantity
    cell: Cell
    over: Cell | None = None
    low: float | None = None
    high: float | None = None

    @property
    def cells(self) -> tuple[Cell, ...]:
        """What has to be measured."""
        return (self.cell,) if self.over is None else (self.cell, self.over)

    @property
    def expected(self) -> str:
        """The bounds in words."""
        unit = "times" if self.over else _UNITS[self.quantity]
        if self.low is not None and self.high is not None:
            return f"{_shown(self.low)} to {_shown(self.high)} {unit}"
        return f"at most {_shown(self.high)} {unit}" if self.low is None else f"at least {_shown(self.low)} {unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    """The cell answers, and every answer is right."""

    says: str
    cell: Cell

    @property
    def cells(self) -> tuple[Cell, ...]:
        """What has to be measured."""
        return (self.cell,)

    @property
    def expected(self) -> str:
        """In words."""
        return "every answer right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fails:
    """The cell cannot answer, and says so with ``reason``."""

    says: str
    cell: Cell
    reason: str

    @property
    def cells(self) -> tuple[Cell, ...]:
        """What has to be measured."""
        return (self.cell,)

    @property
    def expected(self) -> str:
        """In words."""
        return f"no right answer, for: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """Of the streams that the cell is asked to hold open, from ``low`` to ``high`` get events; None: no bound there."""

    says: str
    cell: Cell
    low: int | None = None
    high: int | None = None

    @property
    def cells(self) -> tuple[Cell, ...]:
        """What has to be measured."""
        return (self.cell,)

    @property
    def expected(self) -> str:
        """The bounds in words."""
        return f"at most {self.high} streams" if self.low is None else f"at least {self.low} streams"


Check = Bound | Works | Fails | Holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim as it is made, what has to be seen if it is true, and why it is or is not.

    example, source: the number and the subject of the example that it is made about.
    """

    name: str
    words: str
    example: int
    source: str
    checks: tuple[Check, ...]
    why: str

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell that has to be measured, once."""
        return tuple(dict.fromkeys(cell for check in self.checks for cell in check.cells))


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One check with what was found. ``commands``: a run that measures each of its cells again."""

    check: Check
    outcome: Outcome
    found: str
    estimate: Estimate | None
    commands: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As it stands in claims.json."""
        return {
            "says": self.check.says,
            "quantity": self.check.quantity if isinstance(self.check, Bound) else None,
            "ratio": isinstance(self.check, Bound) and self.check.over is not None,
            "expected": self.check.expected,
            "found": self.found,
            "estimate": asdict(self.estimate) if self.estimate else None,
            "outcome": str(self.outcome),
            "commands": list(self.commands),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A claim with what was found."""

    claim: Claim
    checks: tuple[Checked, ...]

    @property
    def outcome(self) -> Outcome:
        """The worst of its checks'."""
        return min((each.outcome for each in self.checks), key=_WORST_FIRST.index)

    def to_json(self) -> dict[str, Any]:
        """As it stands in claims.json."""
        return {
            "name": self.claim.name,
            "claim": self.claim.words,
            "example": self.claim.example,
            "source": self.claim.source,
            "outcome": str(self.outcome),
            "why": self.claim.why,
            "checks": [each.to_json() for each in self.checks],
        }


def judge(claims: Sequence[Claim], cells: Sequence[CellSummary], settings: Settings) -> list[Judged]:
    """What a run's cells say to each claim. ``settings``: the run's, for the commands that repeat it."""
    by_cell = {cell.cell: cell for cell in cells}
    return [
        Judged(claim=claim, checks=tuple(_check(check, by_cell, settings) for check in claim.checks))
        for claim in claims
    ]


def _check(check: Check, by_cell: Mapping[Cell, CellSummary], settings: Settings) -> Checked:
    measured = [by_cell.get(cell) for cell in check.cells]
    estimate = None
    if isinstance(check, Bound):
        estimate = _estimate(check, measured)
        outcome, found = _bounded(check, measured, estimate)
    elif isinstance(check, Holds):
        outcome, found = _held(check, measured[0])
    else:
        outcome, found = _answered(check, measured[0])
    blocks = str(max(settings.min_blocks, MIN_BLOCKS))
    return Checked(
        check=check,
        outcome=outcome,
        found=found,
        estimate=estimate,
        commands=tuple(run_command([cell], settings, blocks) for cell in check.cells),
    )


def _figures(cell: CellSummary, quantity: Quantity) -> Mapping[int, float]:
    if quantity == "throughput":
        return cell.by_block
    return cell.median_ms_by_block if quantity == "median latency" else cell.p99_ms_by_block


def _estimate(check: Bound, measured: Sequence[CellSummary | None]) -> Estimate | None:
    found = [_figures(cell, check.quantity) for cell in measured if cell is not None]
    if len(found) < len(check.cells):
        return None
    return log_mean(list(found[0].values())) if check.over is None else paired_ratio(*found)


def _bounded(check: Bound, measured: Sequence[CellSummary | None], estimate: Estimate | None) -> tuple[Outcome, str]:
    if estimate is None:
        return Outcome.UNMEASURED, _missing(check.cells, measured)
    unit = "times" if check.over else _UNITS[check.quantity]
    if estimate.low is None or estimate.high is None:
        return Outcome.INSUFFICIENT, f"{_shown(estimate.mean)} {unit} (too few blocks for an interval)"
    interval = f"{_shown(estimate.low)} to {_shown(estimate.high)}"
    found = f"{_shown(estimate.mean)} {unit} (95 % interval {interval}, {estimate.n} blocks)"
    if estimate.n < MIN_BLOCKS:
        return Outcome.INSUFFICIENT, found
    low, high = check.low or 0.0, float("inf") if check.high is None else check.high
    if low <= estimate.low and estimate.high <= high:
        return Outcome.HOLDS, found
    outside = estimate.high < low or estimate.low > high
    return Outcome.FAILS if outside else Outcome.TOO_CLOSE, found


def _answered(check: Works | Fails, cell: CellSummary | None) -> tuple[Outcome, str]:
    if cell is None or cell.status == "unmeasured":
        return Outcome.UNMEASURED, _missing(check.cells, [cell])
    right = cell.requests - sum(cell.errors.values())
    # A trial may not count, for a noisy neighbour say, and its answers are right or wrong all the same.
    works = cell.status == "measured" or (cell.status == "invalid" and right > 0 and not cell.errors)
    reason = (cell.reason or cell.status).splitlines()[0]
    if works:
        wrong = sum(cell.errors.values())
        found = f"{cell.requests:,} requests, {f'{wrong} of them not' if wrong else 'all'} answered rightly"
        return (Outcome.HOLDS if isinstance(check, Works) else Outcome.FAILS), found
    if isinstance(check, Fails):
        return (Outcome.HOLDS if check.reason in (cell.reason or "") else Outcome.UNMEASURED), reason
    return (Outcome.UNMEASURED if cell.status == "invalid" else Outcome.FAILS), reason


def _held(check: Holds, cell: CellSummary | None) -> tuple[Outcome, str]:
    """By the worst of the trials: a stream that got no event in one of them was not held."""
    if cell is None or cell.held is None:
        return Outcome.UNMEASURED, _missing(check.cells, [cell])
    alive, most = cell.held.alive, cell.held.streams if check.high is None else check.high
    return Outcome.HOLDS if (
        check.low or 0
    ) <= alive <= most else Outcome.FAILS, f"{alive} of {cell.held.streams} streams"


def _missing(cells: Sequence[Cell], measured: Sequence[CellSummary | None]) -> str:
    """Why there is no figure."""
    for cell, summary in zip(cells, measured, strict=True):
        if summary is None:
            return f"the run has no {described(cell)}"
        if summary.throughput_rps is None:
            return f"{described(cell)}: {(summary.reason or summary.status).splitlines()[0]}"
    return "no block has enough of both"


def described(cell: Cell) -> str:
    """A cell in words."""
    return f"{cell.pattern} {cell.style} on {cell.server}, {cell.load}"


def _shown(value: float | None) -> str:
    if value is None:
        return ""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if value >= 10 else digits(value)
