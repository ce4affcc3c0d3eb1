"""``djbench validate``: how often the verdicts are wrong, where the truth is known."""

import json
from collections.abc import Sequence
from pathlib import Path
from random import SystemRandom

from rich.console import Console

from results.simulation import offline
from results.store import RunDirectory
from runners.cli.display import table_console
from runners.cli.measuring import INTERRUPTED, measure, report
from runners.cli.notes import note_conditions
from runners.cli.plan_text import length, size
from runners.cli.preparing import Overrides, prepare
from runners.cli.validation_text import TABLE_WIDTH, plain, simulated_table
from runners.errors import UsageError
from runners.handicaps import calibration, cpu_us_per_request, validation
from runners.progress import Progress

MAX_RUNS = 100_000
MAX_PAIRS = 20


def offline_command(*, runs: int, seed: int | None, as_json: bool) -> None:
    """Simulate runs, judge them, and print how often that was wrong. Raises UsageError."""
    if not 1 <= runs <= MAX_RUNS:
        raise UsageError(f"--runs {runs}: give 1 to {MAX_RUNS:,}")
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    chosen = SystemRandom().randrange(2**32) if seed is None else seed
    with console.status("") as status:
        found = offline(runs, chosen, says=status.update)
    if as_json:
        print(json.dumps({"seed": chosen, "runs": runs, "offline": plain(found)}, indent=2))
        return
    out = table_console(TABLE_WIDTH)
    out.print(simulated_table(found, runs, chosen, width=out.width))


def live_command(
    profile_name: str,
    overrides: Overrides,
    *,
    handicaps_percent: Sequence[float],
    pairs: int,
    seed: int | None,
    cpus_text: str,
    run_dir: Path | None,
    quiet: bool,
    as_json: bool,
    arguments: Sequence[str],
) -> int:
    """Learn what requests cost, measure equals and handicapped ones, judge. Returns the exit code.

    Raises UsageError, SpecError, StoreError and RunFailed.
    """
    for percent in handicaps_percent:
        if not 0 < percent <= 90:
            raise UsageError(f"--handicap {percent:g}: give 0 to 90 %, such as 10")
    if len(set(handicaps_percent)) < len(handicaps_percent):
        raise UsageError("a --handicap is given twice")
    if not 1 <= pairs <= MAX_PAIRS:
        raise UsageError(f"--pairs {pairs}: give 1 to {MAX_PAIRS}")
    console = Console(stderr=True, highlight=False)
    prepared = prepare(profile_name, overrides, seed=seed, cpus_text=cpus_text, console=console)
    # Without handicaps it is shorter than it will be: a budget that this exceeds need not wait for the calibration.
    validation(prepared.plan, {}, (), pairs).require_time()
    identity = prepared.identity().replace(prepared.profile, f"validate-{prepared.profile}")
    directory = RunDirectory.create(run_dir or Path("results/runs") / identity)
    conditions = note_conditions(prepared.plan.cpus, console, quiet=quiet)
    with directory.alone():
        # A directory of its own within the run's: it is a run of its own, of which only the costs are wanted.
        first = RunDirectory.create(directory.path / "calibration")
        plan = calibration(prepared.plan)
        if not quiet:
            console.print(f"calibration, what a request costs: {size(plan)}, {length(plan)}", soft_wrap=True)
        run = prepared.run(identity, plan, arguments, conditions)
        progress = Progress(plan, first)
        run, code = measure(
            plan, first, run, database=prepared.database, progress=progress, console=console, quiet=quiet
        )
        if code == INTERRUPTED:
            return code
        costs_us = cpu_us_per_request(first.read_trials(), len(plan.cpus.server))
        plan = validation(prepared.plan, costs_us, [percent / 100 for percent in handicaps_percent], pairs)
        plan.require_time()
        if not quiet:
            without = len(prepared.plan.cells) - len(costs_us)
            note = f"; {without} not limited by CPU time alone get no handicap" if without else ""
            console.print(f"{size(plan)}, {length(plan)}; seed {plan.seed}{note}", soft_wrap=True)
        run, code = measure(
            plan,
            directory,
            prepared.run(identity, plan, arguments, conditions),
            database=prepared.database,
            progress=Progress(plan, directory),
            console=console,
            quiet=quiet,
        )
    return code if code == INTERRUPTED else report(directory, run, quiet=quiet, as_json=as_json)
