"""Claims about sync and async: their words, and what has to be seen if they are true. Pure; ``judging`` judges them.

A claim is one or more checks: a bound on a figure, or something that a cell does or does not do. They are written down
before anything is measured. There is no adjustment for the number of claims: each stands by itself, and one whose truth
lies well inside or outside its bounds has an interval that does so too.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal

from djbench.cell import Cell
from results.analysis.stats import Estimate
from results.analysis.verdicts import MIN_BLOCKS
from results.records.schema import Settings
from results.wording.commands import command_for
from results.wording.text import exact_ratio

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
    def unit(self) -> str:
        """Of the figure or the ratio."""
        return "times" if self.over else _UNITS[self.quantity]

    @property
    def expected(self) -> str:
        """The bounds in words."""
        if self.low is not None and self.high is not None:
            return f"{shown(self.low)} to {shown(self.high)} {self.unit}"
        if self.low is None:
            return f"at most {shown(self.high)} {self.unit}"
        return f"at least {shown(self.low)} {self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    """The cell answers: no trial failed, and every answer of every trial is right."""

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
    """Of the streams that the cell is asked to hold open, from ``low`` to ``high`` get events, in every valid trial."""

    says: str
    cell: Cell
    low: int
    high: int

    @property
    def cells(self) -> tuple[Cell, ...]:
        """What has to be measured."""
        return (self.cell,)

    @property
    def expected(self) -> str:
        """The bounds in words."""
        return f"{self.low} streams" if self.low == self.high else f"{self.low} to {self.high} streams"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loses:
    """Of the work that the cell's answers leave behind, ``some`` is lost when the server ends; or nothing is."""

    says: str
    cell: Cell
    some: bool

    @property
    def cells(self) -> tuple[Cell, ...]:
        """What has to be measured."""
        return (self.cell,)

    @property
    def expected(self) -> str:
        """In words."""
        return "some of it lost when the server ends" if self.some else "nothing lost when the server ends"


Check = Bound | Works | Fails | Holds | Loses


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


def commands_of(check: Check, settings: Settings) -> tuple[str, ...]:
    """For each of its cells the run that measures it again as a run with ``settings`` does, often enough to judge."""
    blocks = str(max(settings.min_blocks, MIN_BLOCKS))
    return tuple(command_for([cell], settings, blocks) for cell in check.cells)


def quantity_of(check: Check) -> str:
    """What a bound is on, to stand before the figure; nothing of other checks."""
    return f"{check.quantity} " if isinstance(check, Bound) else ""


def shown(value: float | None) -> str:
    """A figure or a bound in words."""
    if value is None:
        return ""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if value >= 10 else exact_ratio(value)
