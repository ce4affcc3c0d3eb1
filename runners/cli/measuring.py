"""From a plan to a finished report, for every command that measures."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from djbench.errors import INTERRUPTED, RunFailed, UsageError
from djbench.options import DISTURBANCES
from djbench.target import Target
from results.records.schema import Run
from results.records.store import DiskFull, RunDirectory, StoreError
from results.wording.names import cell_name
from runners.cli.interrupt import end_as_by_ctrl_c
from runners.cli.shown.claims_text import report_claims, write_claims_of
from runners.cli.shown.display import Display
from runners.cli.shown.grouped import table_console
from runners.cli.shown.table import findings_text, results_table
from runners.cli.shown.validation_text import report_live, write_validation
from runners.conducting.conductor import Conductor
from runners.conducting.ledger import Ledger
from runners.hosts.cpus import pinned
from runners.planning.plan import Plan
from runners.procedures.choice import procedure_of
from runners.procedures.procedure import Procedure, outstanding
from runners.procedures.progress import Progress
from runners.watching.observers import OBSERVERS

_PLAIN_WIDTH = 180  # columns of the table without a terminal


def measure(
    target: Target,
    plan: Plan,
    directory: RunDirectory,
    run: Run,
    *,
    database: str,
    procedure: Procedure | None = None,
    console: Console,
    quiet: bool,
    resumable: bool = True,
) -> tuple[Run, int]:
    """Carry out what is left of the plan for a target.

    Returns the run's record, and the exit code if it was interrupted, else 0.

    To be called with the directory kept ``alone``. procedure: says what is measured next; by default as the plan is
    usually measured. resumable: is it worth to go on after an interruption? Raises RunFailed and StoreError.
    """
    end_as_by_ctrl_c()
    progress = Progress.of(run, plan, directory)
    procedure = procedure or procedure_of(plan)
    place = directory.path
    kept = f"what was measured is kept: djbench report {place}; to go on: djbench resume {place}"
    if not resumable:
        kept = "start it again"
    try:
        # This process, too, belongs to what measures and not to what is measured.
        display = Display(plan, progress.made, outstanding(procedure, progress), console, quiet=quiet)
        ledger = Ledger(run=run, directory=directory, progress=progress, listener=display)
        with pinned(plan.cpus.support), display:
            run = Conductor(
                plan=plan,
                procedure=procedure,
                target=target,
                ledger=ledger,
                database=database,
                observers=OBSERVERS,
            ).conduct()
    except KeyboardInterrupt:
        console.print(f"interrupted; {kept}", soft_wrap=True)
        return run, INTERRUPTED
    except UsageError:
        if not progress.made:
            directory.discard()  # there is nothing to go on with
        raise
    except (RunFailed, StoreError) as error:
        raise RunFailed(f"{error}\n{kept}") from None
    return run, 0


def write_anew(directory: RunDirectory) -> Path:
    """Write what a run's directory is turned into; the file to look at. Raises StoreError and RunFailed."""
    run = directory.read_run()
    with _trials_kept(directory):
        if run.validates:
            return write_validation(directory, run)[1]
        if run.claims:
            return write_claims_of(directory, run)[1]
        from results.reporting.report import write_report

        return write_report(directory)


@contextmanager
def _trials_kept(directory: RunDirectory) -> Iterator[None]:
    """Around the writing of a report. Raises RunFailed that says how to write it again if the disk is full."""
    try:
        yield
    except DiskFull as error:
        raise RunFailed(
            f"{error}; the trials are kept: make room, then write the report with: djbench report {directory.path}"
        ) from None


def _calmer(directory: RunDirectory) -> str:
    """What to do when others disturbed every trial; empty when that is not why none counts."""
    reasons = {flag for trial in directory.read_trials() for flag in trial.invalidated_by or ("failed",)}
    if not reasons or not reasons <= set(DISTURBANCES):
        return ""
    options = " ".join(f"--accept {flag}" for flag in sorted(reasons))
    return f"; wait for a calmer moment, or let such trials count: {options}"


def report(directory: RunDirectory, run: Run, *, quiet: bool, as_json: bool) -> int:
    """Write the report and print the table, or the summary as JSON. Returns 0; raises RunFailed for what failed."""
    if run.validates:
        with _trials_kept(directory):
            some = report_live(directory, run, quiet=quiet, as_json=as_json)
        if run.failure or not some:
            raise RunFailed(run.failure or "no two cells could be compared; their trials' records say why")
        return 0
    if run.claims:
        with _trials_kept(directory):
            some = report_claims(directory, run, quiet=quiet, as_json=as_json)
        if run.failure or not some:
            raise RunFailed(run.failure or "no claim could be tested; the trials' records say why")
        return 0
    from results.analysis.summary import summarise
    from results.reporting.conclusions import conclude
    from results.reporting.front.first_screen import front_of
    from results.reporting.report import write_report  # pandas and matplotlib take seconds to import

    summary = summarise(directory)
    conclusions = conclude(summary)
    with _trials_kept(directory):
        page = write_report(directory, conclusions)
    if as_json:
        print(json.dumps(conclusions.to_json(), indent=2))
    elif not quiet:
        out = table_console(_PLAIN_WIDTH)
        out.print(results_table(summary, out.width))
        out.print(findings_text(front_of(conclusions).findings, out.width))
        print()
        print(f"report: {page}")
    if run.failure:
        raise RunFailed(run.failure)
    if all(cell.status != "measured" for cell in summary.cells):
        raise RunFailed(f"no cell has a number; the first: {summary.cells[0].reason}{_calmer(directory)}")
    failing = [cell for cell in summary.cells if cell.status == "failing"]
    if failing:
        first = failing[0]
        raise RunFailed(
            f"{len(failing)} of {len(summary.cells)} cells failed; the first: {cell_name(first.cell, question=True)}: "
            f"{first.reason}"
        )
    return 0
