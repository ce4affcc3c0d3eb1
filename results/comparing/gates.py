"""Gates: how much worse a cell may have become, such as ``p99 slower 5%``, and whether it has. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from djbench.cell import Cell
from results.analysis.figures.cell_figures import QUANTITIES
from results.analysis.figures.quantity import Quantity
from results.analysis.verdicts import MIN_BLOCKS
from results.comparing.comparison import CellChange, Change, RunChange, RunComparison
from results.records.schema import Run
from results.wording.text import count, first_line

_GRAMMAR = re.compile(r"\s*(?P<quantity>\S+)\s+(?P<word>\S+)\s+(?P<percent>\d+(?:\.\d+)?)\s*%\s*", re.ASCII)
_BY_NAME = {quantity.name: quantity for quantity in QUANTITIES}
EXAMPLES = "'p99 slower 5%', 'throughput slower 3%', 'cpu more 10%' or 'memory more 10%'"
# Nothing is 100 % slower in throughput and still answers; a latency or a cost may be a hundred times as much.
_MOST_PERCENT = {True: 100.0, False: 10_000.0}


class GateError(ValueError):
    """What was written is no gate, or tests nothing; the message is one line and says what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """By how much a quantity may get worse."""

    #: The quantity.
    quantity: Quantity
    #: A share, such as 0.05.
    share: float

    def __str__(self) -> str:
        return f"{self.quantity.name} {self.quantity.worse} {100 * self.share:g}%"

    @property
    def limit(self) -> float:
        """The ratio of new to base that is so much worse."""
        return 1 - self.share if self.quantity.more_is_better else 1 + self.share


def parse_gate(text: str) -> Gate:
    """``QUANTITY WORD N%``: throughput, p50, p95 or p99 ``slower``, cpu or memory ``more``. Raises GateError."""
    match = _GRAMMAR.fullmatch(text)
    if not match:
        raise GateError(f"{_quoted(text)} is no gate: give {EXAMPLES}")
    quantity = _BY_NAME.get(match["quantity"])
    if quantity is None:
        raise GateError(f"{_quoted(text)}: no quantity is called {match['quantity']}; there are {', '.join(_BY_NAME)}")
    if match["word"] != quantity.worse:
        raise GateError(f"{_quoted(text)}: write '{quantity.name} {quantity.worse} {match['percent']}%'")
    percent, most = float(match["percent"]), _MOST_PERCENT[quantity.more_is_better]
    if percent >= most:
        raise GateError(f"{_quoted(text)}: give less than {most:g} %")
    return Gate(quantity=quantity, share=percent / 100)


def _quoted(text: str) -> str:
    """On one line, whatever it is."""
    return ascii(text) if not text.isprintable() else f"'{text}'"


class GateOutcome(StrEnum):
    """What a gate says of one cell."""

    PASSED = "passed"
    """The whole interval lies on the good side of the limit."""
    FAILED = "failed"
    """The whole interval lies beyond the limit, or the cell has no number or is not there any more."""
    UNDECIDED = "undecided"
    """The evidence does not suffice for either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedGate:
    """A gate's outcome for one cell of one run."""

    #: The gate.
    gate: Gate
    #: The run that is compared with the base.
    run: RunChange
    #: The cell.
    cell: Cell
    #: What the gate says of it.
    outcome: GateOutcome
    #: Why, in words, with the figures.
    why: str
    #: Of a failure, in a word: the quantity's for worse, or what became of the cell.
    kind: str
    #: Does it fail the comparison? Failed gates do; undecided ones if that was asked for.
    fails: bool

    def to_json(self) -> dict[str, Any]:
        """As it stands in comparison.json."""
        cell = self.cell
        return {
            "gate": str(self.gate),
            "run": self.run.run.id,
            "server": cell.server,
            "pattern": cell.pattern,
            "style": cell.style,
            "load": cell.load.to_json(),
            "outcome": str(self.outcome),
            "fails": self.fails,
            "why": self.why,
        }


class _Ruling(NamedTuple):
    """What a gate says of a cell: the fields of ``JudgedGate``."""

    #: Passed, failed or undecided.
    outcome: GateOutcome
    #: The figures behind it.
    why: str
    #: What failed, in a word for JUnit.
    kind: str


def judge_gates(gates: Sequence[Gate], comparison: RunComparison, *, strict: bool = False) -> list[JudgedGate]:
    """Every gate on every cell of the base, gate by gate.

    Each cell is judged by itself, from the 95 % interval of its ratio: of cells that are in truth just as much worse as
    a gate allows it fails one in forty. strict: what is undecided fails, too. Raises GateError for a gate that would
    test no cell at all.
    """
    rulings: list[JudgedGate] = []
    for gate in dict.fromkeys(gates):
        of_gate = [
            JudgedGate(
                gate=gate,
                run=run,
                cell=cell,
                outcome=ruling.outcome,
                why=ruling.why,
                kind=ruling.kind,
                fails=ruling.outcome is GateOutcome.FAILED or (strict and ruling.outcome is GateOutcome.UNDECIDED),
            )
            for run in comparison.others
            for cell, ruling in _of_run(gate, comparison.base, run)
        ]
        _require_a_test(gate, of_gate, comparison)
        rulings += of_gate
    return rulings


def _require_a_test(gate: Gate, rulings: Sequence[JudgedGate], comparison: RunComparison) -> None:
    """Refuse a gate that no run could pass or fail."""
    if not rulings:
        raise GateError(
            f"'{gate}' tests nothing: {gate.quantity.title} is not compared under the loads of these runs; "
            "under open load give one such as 'p50 slower 5%', at varying rates and for held streams 'cpu more 10%'"
        )
    if all(ruling.outcome is GateOutcome.UNDECIDED for ruling in rulings) and not _can_test(gate, comparison):
        raise GateError(
            f"'{gate}' tests nothing: no cell of the base has a {gate.quantity.title} in {MIN_BLOCKS} blocks; "
            "measure it in more blocks (--blocks), or in longer windows (--duration), which have more samples"
        )


def _of_run(gate: Gate, base: Run, run: RunChange) -> list[tuple[Cell, _Ruling]]:
    """The gate on each cell that it is about, and on those that the base alone has measured."""
    gone = _Ruling(GateOutcome.FAILED, "not in the new run, measured in the base", "missing")
    judged = [cell for cell in run.cells if gate.quantity.of_load(cell.cell.load) or cell.lost]
    windows_s = (base.settings.duration_s, run.run.settings.duration_s)
    return [*((cell.cell, _judge(gate, cell, windows_s)) for cell in judged), *((cell, gone) for cell in run.gone)]


def _can_test(gate: Gate, comparison: RunComparison) -> bool:
    """Could any new run pass or fail the gate, beside this base?"""
    cells = (cell for run in comparison.others for cell in run.cells if gate.quantity.of_load(cell.cell.load))
    return any(len(gate.quantity.values(cell.base)) >= MIN_BLOCKS for cell in cells)


def _judge(gate: Gate, cell: CellChange, windows_s: tuple[float, float]) -> _Ruling:
    """windows_s: how long a window lasts in the base and in the new run."""
    if cell.lost:
        why = f"{cell.new.status} in the new run, measured in the base: {first_line(cell.new.reason)}"
        return _Ruling(GateOutcome.FAILED, why, cell.new.status)
    for name, summary in (("the base", cell.base), ("the new run", cell.new)):
        if summary.status != "measured":
            return _undecided(f"{summary.status} in {name}: {first_line(summary.reason)}")
    quantity = gate.quantity
    had, has = len(quantity.values(cell.base)), len(quantity.values(cell.new))
    if quantity.of_samples and had >= MIN_BLOCKS > has and cell.new.trials >= MIN_BLOCKS:
        why = (
            f"a {quantity.title}: it has one in {has} of {count(cell.new.trials, 'block')}, "
            f"the base in {had} of {count(cell.base.trials, 'block')}"
        )
        before_s, after_s = windows_s
        if after_s < before_s:  # in which even a faster server may answer fewer
            return _undecided(f"a window of {after_s:g} s instead of {before_s:g} s has too few requests for {why}")
        return _Ruling(GateOutcome.FAILED, f"the new run answers too few requests for {why}", "too few requests")
    change = cell.changes.get(quantity.name)
    if change is None:
        few = "to compare: too few samples in a window" if quantity.of_samples else "above 0 to compare"
        return _undecided(f"no {quantity.title} {few}")
    return _judge_change(gate, change)


def _judge_change(gate: Gate, change: Change) -> _Ruling:
    estimate, limit = change.comparison.estimate, gate.limit
    if estimate.low is None or estimate.high is None or estimate.n < MIN_BLOCKS:
        return _undecided(f"{estimate.mean:.3f} times, from {count(estimate.n, 'block')}; {MIN_BLOCKS} are needed")
    why = (
        f"{estimate.mean:.3f} times (95 % interval {estimate.low:.3f} to {estimate.high:.3f}), "
        f"{change.base:.4g} → {change.new:.4g} {gate.quantity.unit}; the limit is {limit:.4g} times"
    )
    if gate.quantity.more_is_better:
        beyond, within = estimate.high < limit, estimate.low >= limit
    else:
        beyond, within = estimate.low > limit, estimate.high <= limit
    if beyond:
        return _Ruling(GateOutcome.FAILED, why, gate.quantity.worse)
    return _Ruling(GateOutcome.PASSED, why, "") if within else _undecided(why)


def _undecided(why: str) -> _Ruling:
    return _Ruling(GateOutcome.UNDECIDED, why, str(GateOutcome.UNDECIDED))


def worst_of(judged: Sequence[JudgedGate]) -> GateOutcome:
    """What is to be said of all of them together."""
    if any(ruling.fails for ruling in judged):
        return GateOutcome.FAILED
    undecided = any(ruling.outcome is GateOutcome.UNDECIDED for ruling in judged)
    return GateOutcome.UNDECIDED if undecided else GateOutcome.PASSED
