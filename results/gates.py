"""Gates: how much worse a cell may have become, such as ``p99 slower 5%``, and whether it has. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from results.comparison import CellChange, Change, RunChange, RunComparison
from results.quantities import QUANTITIES, Quantity
from results.text import count
from results.verdicts import MIN_BLOCKS

_GRAMMAR = re.compile(r"\s*(?P<quantity>\S+)\s+(?P<word>\S+)\s+(?P<percent>\d+(?:\.\d+)?)\s*%\s*", re.ASCII)
_BY_NAME = {quantity.name: quantity for quantity in QUANTITIES}
EXAMPLES = "'p99 slower 5%', 'throughput slower 3%', 'cpu more 10%' or 'memory more 10%'"
# Nothing is 100 % slower in throughput and still answers; a latency or a cost may be a hundred times as much.
_MOST_PERCENT = {True: 100.0, False: 10_000.0}


class GateError(ValueError):
    """What was written is no gate, or tests nothing; the message is one line and says what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """By how much (a share, such as 0.05) a quantity may get worse."""

    quantity: Quantity
    share: float

    def __str__(self) -> str:
        return f"{self.quantity.name} {self.quantity.worse} {100 * self.share:g}%"

    @property
    def limit(self) -> float:
        """The ratio of new to base that is so much worse."""
        return 1 - self.share if self.quantity.more_is_better else 1 + self.share


def parse_gate(text: str) -> Gate:
    """``QUANTITY WORD N%``: throughput, p50, p95 or p99 ``slower``, cpu or memory ``more``. Raises GateError."""
    found = _GRAMMAR.fullmatch(text)
    if not found:
        raise GateError(f"{_quoted(text)} is no gate: give {EXAMPLES}")
    quantity = _BY_NAME.get(found["quantity"])
    if quantity is None:
        raise GateError(f"{_quoted(text)}: no quantity is called {found['quantity']}; there are {', '.join(_BY_NAME)}")
    if found["word"] != quantity.worse:
        raise GateError(f"{_quoted(text)}: write '{quantity.name} {quantity.worse} {found['percent']}%'")
    percent, most = float(found["percent"]), _MOST_PERCENT[quantity.more_is_better]
    if percent >= most:
        raise GateError(f"{_quoted(text)}: give less than {most:g} %")
    return Gate(quantity=quantity, share=percent / 100)


def _quoted(text: str) -> str:
    """On one line, whatever it is."""
    return ascii(text) if not text.isprintable() else f"'{text}'"


class Outcome(StrEnum):
    """What a gate says of one cell."""

    PASSED = "passed"
    """The whole interval lies on the good side of the limit."""
    FAILED = "failed"
    """The whole interval lies beyond the limit, or the cell has no number any more."""
    UNDECIDED = "undecided"
    """The evidence does not suffice for either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A gate's outcome for one cell of one run; ``why`` in words, with the figures."""

    gate: Gate
    run: RunChange
    change: CellChange
    outcome: Outcome
    why: str

    def to_json(self) -> dict[str, Any]:
        """As it stands in comparison.json."""
        cell = self.change.cell
        return {
            "gate": str(self.gate),
            "run": self.run.run.id,
            "server": cell.server,
            "pattern": cell.pattern,
            "style": cell.style,
            "load": cell.load.to_json(),
            "outcome": str(self.outcome),
            "why": self.why,
        }


def judge_gates(gates: Sequence[Gate], comparison: RunComparison) -> list[Judged]:
    """Every gate on every cell that both runs have, gate by gate.

    Each cell is judged by itself, from the 95 % interval of its ratio: of cells that are in truth just as much worse as
    a gate allows it fails one in forty. Raises GateError for a gate that would test no cell at all.
    """
    found = []
    for gate in dict.fromkeys(gates):
        judged = [
            Judged(gate=gate, run=run, change=cell, outcome=outcome, why=why)
            for run in comparison.others
            for cell in run.cells
            if gate.quantity.of_load(cell.cell.load) or cell.lost
            for outcome, why in [_judge(gate, cell)]
        ]
        if not judged:
            raise GateError(
                f"'{gate}' tests nothing: {gate.quantity.title} is not compared under the loads of these runs; "
                "under open load give one such as 'p50 slower 5%', at varying rates and for held streams 'cpu more 10%'"
            )
        found += judged
    return found


def _judge(gate: Gate, cell: CellChange) -> tuple[Outcome, str]:
    if cell.lost:
        return Outcome.FAILED, f"{cell.new.status} in the new run, measured in the base: {_first_line(cell.new.reason)}"
    for name, summary in (("the base", cell.base), ("the new run", cell.new)):
        if summary.status != "measured":
            return Outcome.UNDECIDED, f"{summary.status} in {name}: {_first_line(summary.reason)}"
    change = cell.changes.get(gate.quantity.name)
    if change is None:
        return Outcome.UNDECIDED, f"no {gate.quantity.title} to compare: too few samples in a window"
    return _judge_change(gate, change)


def _judge_change(gate: Gate, change: Change) -> tuple[Outcome, str]:
    estimate, limit = change.comparison.estimate, gate.limit
    if estimate.low is None or estimate.high is None or estimate.n < MIN_BLOCKS:
        return (
            Outcome.UNDECIDED,
            f"{estimate.mean:.3f} times, from {count(estimate.n, 'block')}; {MIN_BLOCKS} are needed",
        )
    why = (
        f"{estimate.mean:.3f} times (95 % interval {estimate.low:.3f} to {estimate.high:.3f}), "
        f"{change.base:.4g} → {change.new:.4g} {gate.quantity.unit}; the limit is {limit:.4g} times"
    )
    if gate.quantity.more_is_better:
        beyond, within = estimate.high < limit, estimate.low >= limit
    else:
        beyond, within = estimate.low > limit, estimate.high <= limit
    if beyond:
        return Outcome.FAILED, why
    return (Outcome.PASSED if within else Outcome.UNDECIDED), why


def _first_line(reason: str | None) -> str:
    return next(iter((reason or "").splitlines()), "")
