"""Whether a run bears claims out: from its cells, its trials and its record to an outcome for each check. Pure.

A bound holds when the whole 95 % interval of its figure lies inside, does not hold when the whole interval lies
outside, and is too close to call when the interval has both. What is counted instead of estimated has to be so in every
trial: one that is not refutes it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from djbench.cell import Cell
from results.analysis.cell_summary import CellSummary
from results.analysis.stats import Estimate, log_mean, paired_ratio
from results.analysis.summary import Summary
from results.analysis.verdicts import MIN_BLOCKS
from results.claims.claim import (
    Bound,
    Check,
    Checked,
    Claim,
    Fails,
    Holds,
    Judged,
    Loses,
    Outcome,
    Quantity,
    Works,
    commands_of,
    shown,
)
from results.records.schema import Trial, lost_work_key
from results.wording.names import cell_name
from results.wording.text import count, first_line


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    """What a run has of one cell; ``summary`` is None when its plan does not have it."""

    cell: Cell
    summary: CellSummary | None
    trials: Sequence[Trial]

    @property
    def failures(self) -> list[str]:
        """Why trials failed, each by itself; without those that failed for something else than the server."""
        return [trial.failure or "" for trial in self.trials if trial.server_failed]

    @property
    def requests(self) -> int:
        """Those of all trials: answers are right or wrong on a machine that is not calm, too."""
        return self._given_up + (self.summary.requests if self.summary else 0)

    @property
    def wrong(self) -> int:
        """Of these requests, those with a wrong answer or none."""
        return self._given_up + (sum(self.summary.errors.values()) if self.summary else 0)

    @property
    def _given_up(self) -> int:
        return sum(trial.measurement.unfinished for trial in self.trials if trial.measurement)

    def answers(self) -> str:
        """Failed trials and answers in words."""
        said = []
        if self.failures:
            said.append(f"{len(self.failures)} of {len(self.trials)} trials failed: {first_line(self.failures[0])}")
        if self.requests:
            rightly = f"{self.wrong:,} of them not answered rightly" if self.wrong else "all answered rightly"
            said.append(f"{self.requests:,} requests, {rightly}")
        return "; ".join(said)

    def missing(self) -> str | None:
        """Why there is no figure; None when there is one."""
        if self.summary is None:
            return f"the run has no {cell_name(self.cell, question=True)}"
        if self.summary.throughput_rps is None:
            return f"{cell_name(self.cell, question=True)}: {first_line(self.summary.reason or self.summary.status)}"
        return None


def judge(claims: Sequence[Claim], summary: Summary, trials: Sequence[Trial]) -> list[Judged]:
    """What a run says to each claim. trials: all of the run's, those that do not count too."""
    of_cell: dict[Cell, list[Trial]] = {}
    for trial in trials:
        of_cell.setdefault(trial.cell, []).append(trial)
    run = {
        cell.cell: _Evidence(cell=cell.cell, summary=cell, trials=of_cell.get(cell.cell, ())) for cell in summary.cells
    }
    return [
        Judged(claim=claim, checks=tuple(_check(check, run, summary) for check in claim.checks)) for claim in claims
    ]


def _check(check: Check, run: Mapping[Cell, _Evidence], summary: Summary) -> Checked:
    evidence = [run.get(cell, _Evidence(cell=cell, summary=None, trials=())) for cell in check.cells]
    estimate = None
    if isinstance(check, Bound):
        estimate = _estimate(check, evidence)
        outcome, found = _bounded(check, evidence, estimate)
    elif isinstance(check, Holds):
        outcome, found = _held(check, evidence[0])
    elif isinstance(check, Loses):
        outcome, found = _lost(check, evidence[0], summary.run.lost_work)
    elif isinstance(check, Works):
        outcome, found = _works(evidence[0])
    else:
        outcome, found = _fails(check, evidence[0])
    commands = commands_of(check, summary.run.settings)
    return Checked(check=check, outcome=outcome, found=found, estimate=estimate, commands=commands)


def _figures(cell: CellSummary, quantity: Quantity) -> Mapping[int, float]:
    if quantity == "throughput":
        return cell.by_block
    return cell.median_ms_by_block if quantity == "median latency" else cell.p99_ms_by_block


def _estimate(check: Bound, evidence: Sequence[_Evidence]) -> Estimate | None:
    found = [_figures(each.summary, check.quantity) for each in evidence if each.summary is not None]
    if len(found) < len(check.cells):
        return None
    return log_mean(list(found[0].values())) if check.over is None else paired_ratio(*found)


def _bounded(check: Bound, evidence: Sequence[_Evidence], estimate: Estimate | None) -> tuple[Outcome, str]:
    if estimate is None:
        why = (each.missing() for each in evidence)
        return Outcome.UNMEASURED, next((each for each in why if each), "no block has enough of both")
    if estimate.low is None or estimate.high is None:
        return Outcome.INSUFFICIENT, f"{shown(estimate.mean)} {check.unit} (too few blocks for an interval)"
    interval = f"{shown(estimate.low)} to {shown(estimate.high)}"
    found = f"{shown(estimate.mean)} {check.unit} (95 % interval {interval}, {estimate.n} blocks)"
    if estimate.n < MIN_BLOCKS:
        return Outcome.INSUFFICIENT, found
    low, high = check.low or 0.0, float("inf") if check.high is None else check.high
    if low <= estimate.low and estimate.high <= high:
        return Outcome.HOLDS, found
    outside = estimate.high < low or estimate.low > high
    return Outcome.FAILS if outside else Outcome.TOO_CLOSE, found


def _works(evidence: _Evidence) -> tuple[Outcome, str]:
    if evidence.failures or evidence.wrong:
        return Outcome.FAILS, evidence.answers()
    if not evidence.requests:
        return Outcome.UNMEASURED, evidence.missing() or "nothing was asked"
    return Outcome.HOLDS, evidence.answers()


def _fails(check: Fails, evidence: _Evidence) -> tuple[Outcome, str]:
    if evidence.requests > evidence.wrong:
        return Outcome.FAILS, evidence.answers()
    other = [failure for failure in evidence.failures if check.reason not in failure]
    if other or not evidence.failures:
        return Outcome.UNMEASURED, first_line(other[0]) if other else evidence.missing() or evidence.answers()
    return Outcome.HOLDS, evidence.answers()


def _held(check: Holds, evidence: _Evidence) -> tuple[Outcome, str]:
    """Each valid trial has its count, and all of them have to lie within: the fewest as well as the most."""
    if evidence.failures:
        return Outcome.FAILS, evidence.answers()
    measured = [trial.measurement for trial in evidence.trials if trial.valid and trial.measurement]
    alive = [measurement.held.alive for measurement in measured if measurement.held]
    if not alive:
        return Outcome.UNMEASURED, evidence.missing() or "no stream was held open"
    fewest, most = min(alive), max(alive)
    counts = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    found = f"{counts} of {evidence.cell.load.at_once} streams ({count(len(alive), 'block')})"
    if len(alive) < MIN_BLOCKS:
        return Outcome.INSUFFICIENT, found
    return Outcome.HOLDS if check.low <= fewest and most <= check.high else Outcome.FAILS, found


def _lost(check: Loses, evidence: _Evidence, lost_work: Mapping[str, tuple[int, int]]) -> tuple[Outcome, str]:
    """Over all starts of the server: each ended with what the last answers had begun."""
    if evidence.failures:  # what a server loses that breaks says nothing of one that is told to end
        return Outcome.UNMEASURED, evidence.answers()
    lost, begun = lost_work.get(
        lost_work_key([f"{evidence.cell.pattern} {evidence.cell.style}"], evidence.cell.server), (0, 0)
    )
    if not begun:
        return Outcome.UNMEASURED, evidence.missing() or "no work was begun, or its server did not come to its end"
    outcome = Outcome.HOLDS if (lost > 0) == check.some else Outcome.FAILS
    return outcome, f"{lost:,} of {begun:,} pieces of work lost"
