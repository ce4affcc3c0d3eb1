"""``djbench run``: from profile and options to a finished report."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from djbench.errors import UsageError
from results.advising.mix import parse_mix, resolve_mix
from results.records.store import RunDirectory
from runners.cli.measuring import INTERRUPTED, measure, report
from runners.cli.notes import note_conditions
from runners.cli.preparing import Overrides, prepare
from runners.cli.shown.plan_text import budget, length, print_plan, size
from runners.conducting.progress import Progress
from runners.planning.plan import Plan


def run_command(
    profile_name: str,
    overrides: Overrides,
    *,
    mix: str | None,
    seed: int | None,
    cpus_text: str,
    run_dir: Path | None,
    plan_only: bool,
    quiet: bool,
    as_json: bool,
    arguments: Sequence[str],
) -> int:
    """Plan, measure, report. Returns the exit code. Raises UsageError, SpecError, MixError, StoreError, RunFailed."""
    console = Console(stderr=True, highlight=False)
    prepared = prepare(profile_name, overrides, seed=seed, cpus_text=cpus_text, console=console)
    plan = prepared.plan
    if mix is not None:
        prepared = replace(prepared, mix=_mix(mix, plan))
    plan.require_time()
    if plan_only:
        print_plan(plan, as_json=as_json)
        return 0
    identity = prepared.identity()
    directory = RunDirectory.create(run_dir or Path("results/runs") / identity)
    if not quiet:
        console.print(f"{size(plan)}, {length(plan)}; {plan.cpus.describe()}; seed {plan.seed}", soft_wrap=True)
        if note := budget(plan):
            console.print(note, soft_wrap=True)
    conditions = note_conditions(plan.cpus, console, quiet=quiet)
    with directory.alone():
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


def _mix(text: str, plan: Plan) -> dict[str, float]:
    """The mix by the plan's patterns. Raises UsageError and MixError before anything is measured for nothing."""
    if all(not cell.load.throughput_tells for cell in plan.cells):
        raise UsageError("--mix is computed from closed loads alone; give --users, such as --users 16")
    return resolve_mix(parse_mix(text), [cell.pattern for cell in plan.cells])
