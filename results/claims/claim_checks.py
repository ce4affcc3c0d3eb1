"""What has to be seen if a claim is true, and whether a run bears it out.

A bound holds if the whole 95 % interval of its figure lies inside. It does not hold if the whole interval lies outside,
and is too close to call if the interval has both. What is counted instead of estimated has to be so in every trial: one
that is not refutes it.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from djbench.cell import Cell
from results.analysis.cell_summary import CellSummary
from results.analysis.stats import Estimate, log_mean, paired_ratio
from results.analysis.verdicts import MIN_BLOCKS
from results.claims.evidence import CellEvidence, RunEvidence
from results.records.schema import lost_work_key
from results.wording.text import count, exact_ratio, first_line

BoundedQuantity = Literal["throughput", "median latency", "p99"]
_UNITS: Mapping[str, str] = {"throughput": "requests/s", "median latency": "ms", "p99": "ms"}


class ClaimOutcome(StrEnum):
    """What a run says to a claim, and to each of its checks."""

    HOLDS = "holds"
    FAILS = "does not hold"
    TOO_CLOSE = "too close to call"
    INSUFFICIENT = "too few blocks"
    UNMEASURED = "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a run says to a check."""

    #: Does it hold?
    outcome: ClaimOutcome
    #: What was seen, in words.
    finding: str
    #: The figure that decides; None if nothing is estimated.
    estimate: Estimate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(ABC):
    """Something that is seen in a run if a claim is true."""

    #: What it means, in words.
    says: str
    #: The cell that it is about.
    cell: Cell

    @property
    def cells(self) -> tuple[Cell, ...]:
        """What has to be measured."""
        return (self.cell,)

    @property
    def subject(self) -> str:
        """What is figured, to stand before the figure; empty if nothing is."""
        return ""

    @property
    @abstractmethod
    def expected(self) -> str:
        """What has to be seen, in words."""

    @abstractmethod
    def judge(self, run: RunEvidence) -> Judgement:
        """What a run says to it."""

    def to_json(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return {"says": self.says, "quantity": None, "ratio": False, "expected": self.expected}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound(Check):
    """A figure of the cell, or its ratio to that of another cell, lies within bounds."""

    #: Throughput in requests/s, or a latency in ms. Ratios are paired by block.
    quantity: BoundedQuantity
    #: The cell to compare with; None to bound the figure itself.
    over: Cell | None = None
    #: The lower bound; None for none.
    low: float | None = None
    #: The upper bound; None for none.
    high: float | None = None

    @property
    def cells(self) -> tuple[Cell, ...]:
        """What has to be measured."""
        return (self.cell,) if self.over is None else (self.cell, self.over)

    @property
    def subject(self) -> str:
        """The quantity."""
        return f"{self.quantity} "

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

    def judge(self, run: RunEvidence) -> Judgement:
        """By the interval of the figure."""
        evidence = [run.about(cell) for cell in self.cells]
        estimate = self._estimate(evidence)
        if estimate is None:
            reason = next(filter(None, map(CellEvidence.missing, evidence)), None)
            return Judgement(outcome=ClaimOutcome.UNMEASURED, finding=reason or "no block has enough of both")
        return Judgement(outcome=self._outcome(estimate), finding=self._finding(estimate), estimate=estimate)

    def to_json(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return {
            "says": self.says,
            "quantity": self.quantity,
            "ratio": self.over is not None,
            "expected": self.expected,
        }

    def _estimate(self, evidence: list[CellEvidence]) -> Estimate | None:
        figures = [_by_block(cell.summary, self.quantity) for cell in evidence if cell.summary is not None]
        if len(figures) < len(evidence):
            return None
        return log_mean(list(figures[0].values())) if self.over is None else paired_ratio(*figures)

    def _outcome(self, estimate: Estimate) -> ClaimOutcome:
        if estimate.low is None or estimate.high is None or estimate.n < MIN_BLOCKS:
            return ClaimOutcome.INSUFFICIENT
        low, high = self.low or 0.0, float("inf") if self.high is None else self.high
        if low <= estimate.low and estimate.high <= high:
            return ClaimOutcome.HOLDS
        outside = estimate.high < low or estimate.low > high
        return ClaimOutcome.FAILS if outside else ClaimOutcome.TOO_CLOSE

    def _finding(self, estimate: Estimate) -> str:
        figure = f"{shown(estimate.mean)} {self.unit}"
        if estimate.low is None or estimate.high is None:
            return f"{figure} (too few blocks for an interval)"
        interval = f"{shown(estimate.low)} to {shown(estimate.high)}"
        return f"{figure} (95 % interval {interval}, {estimate.n} blocks)"


def _by_block(cell: CellSummary, quantity: BoundedQuantity) -> Mapping[int, float]:
    if quantity == "throughput":
        return cell.by_block
    return cell.median_ms_by_block if quantity == "median latency" else cell.p99_ms_by_block


@dataclass(frozen=True, slots=True, kw_only=True)
class Works(Check):
    """The cell answers: no trial failed, and every answer of every trial is right."""

    @property
    def expected(self) -> str:
        """In words."""
        return "every answer right"

    def judge(self, run: RunEvidence) -> Judgement:
        """By all answers of all trials."""
        evidence = run.about(self.cell)
        if evidence.failures or evidence.wrong:
            return Judgement(outcome=ClaimOutcome.FAILS, finding=evidence.answers())
        if not evidence.requests:
            return Judgement(outcome=ClaimOutcome.UNMEASURED, finding=evidence.missing() or "no requests were sent")
        return Judgement(outcome=ClaimOutcome.HOLDS, finding=evidence.answers())


@dataclass(frozen=True, slots=True, kw_only=True)
class Fails(Check):
    """The cell cannot answer, and says why."""

    #: What it says.
    reason: str

    @property
    def expected(self) -> str:
        """In words."""
        return f"no right answer, for: {self.reason}"

    def judge(self, run: RunEvidence) -> Judgement:
        """By the reasons why its trials failed."""
        evidence = run.about(self.cell)
        if evidence.requests > evidence.wrong:
            return Judgement(outcome=ClaimOutcome.FAILS, finding=evidence.answers())
        other = next((failure for failure in evidence.failures if self.reason not in failure), None)
        if other is not None:
            return Judgement(outcome=ClaimOutcome.UNMEASURED, finding=first_line(other))
        if not evidence.failures:
            return Judgement(outcome=ClaimOutcome.UNMEASURED, finding=evidence.missing() or evidence.answers())
        return Judgement(outcome=ClaimOutcome.HOLDS, finding=evidence.answers())


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds(Check):
    """Of the streams that the cell is asked to hold open, so many get events, in every valid trial."""

    #: The fewest.
    low: int
    #: The most.
    high: int

    @property
    def expected(self) -> str:
        """The bounds in words."""
        return f"{self.low} streams" if self.low == self.high else f"{self.low} to {self.high} streams"

    def judge(self, run: RunEvidence) -> Judgement:
        """Each valid trial has its count, and all of them have to lie within: the fewest as well as the most."""
        evidence = run.about(self.cell)
        if evidence.failures:
            return Judgement(outcome=ClaimOutcome.FAILS, finding=evidence.answers())
        alive = [measurement.held.alive for measurement in evidence.measured if measurement.held]
        if not alive:
            return Judgement(outcome=ClaimOutcome.UNMEASURED, finding=evidence.missing() or "no stream was held open")
        return Judgement(outcome=self._outcome(alive), finding=self._finding(alive))

    def _outcome(self, alive: list[int]) -> ClaimOutcome:
        if len(alive) < MIN_BLOCKS:
            return ClaimOutcome.INSUFFICIENT
        return ClaimOutcome.HOLDS if self.low <= min(alive) and max(alive) <= self.high else ClaimOutcome.FAILS

    def _finding(self, alive: list[int]) -> str:
        counts = f"{min(alive)}" if min(alive) == max(alive) else f"{min(alive)} to {max(alive)}"
        return f"{counts} of {self.cell.load.at_once} streams ({count(len(alive), 'block')})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loses(Check):
    """Of the work that the cell's answers leave behind, some is lost when the server ends; or nothing is."""

    #: Is some of it lost?
    some: bool

    @property
    def expected(self) -> str:
        """In words."""
        return "some of it lost when the server ends" if self.some else "nothing lost when the server ends"

    def judge(self, run: RunEvidence) -> Judgement:
        """Over all starts of the server: each ended with what the last answers had begun."""
        evidence = run.about(self.cell)
        if evidence.failures:  # what a server loses that breaks says nothing of one that is told to end
            return Judgement(outcome=ClaimOutcome.UNMEASURED, finding=evidence.answers())
        key = lost_work_key([f"{self.cell.pattern} {self.cell.style}"], self.cell.server)
        lost, begun = run.lost_work.get(key, (0, 0))
        if not begun:
            reason = evidence.missing() or "no work was begun, or its server did not come to its end"
            return Judgement(outcome=ClaimOutcome.UNMEASURED, finding=reason)
        outcome = ClaimOutcome.HOLDS if (lost > 0) == self.some else ClaimOutcome.FAILS
        return Judgement(outcome=outcome, finding=f"{lost:,} of {begun:,} pieces of work lost")


def shown(value: float | None) -> str:
    """A figure or a bound in words."""
    if value is None:
        return ""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}" if value >= 10 else exact_ratio(value)
