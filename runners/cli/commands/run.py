"""``djbench run``: from profile and options to a finished report."""

import sys
from dataclasses import replace

from rich.console import Console

from djbench.errors import INTERRUPTED, UsageError
from results.advising.mix import parse_mix, resolve_mix
from results.records.store import RunDirectory
from runners.cli.measuring import measure, report
from runners.cli.notes import note_conditions
from runners.cli.places import place_of_run
from runners.cli.preparing import default_profile, prepare
from runners.cli.project import ProjectFolder, chosen_target
from runners.cli.shown.plan_text import budget, length, print_plan, size
from runners.cli.typer_options import (
    AsJson,
    Mix,
    Overrides,
    PlanOnly,
    ProfileName,
    Quiet,
    RunDir,
    Seed,
    with_run_options,
)
from runners.planning.plan import Plan


@with_run_options("run")
def run_command(
    profile: ProfileName = None,
    *,
    overrides: Overrides,
    project: ProjectFolder = None,
    mix: Mix = None,
    seed: Seed = None,
    run_dir: RunDir = None,
    plan_only: PlanOnly = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> int:
    """Measure every server x pattern x style x load of a profile, then write charts and a report.

    Options replace what the profile says. Ctrl-C ends the run and keeps what was measured; 'djbench resume' goes on.
    """
    console = Console(stderr=True, highlight=False)
    chosen = chosen_target(project)
    prepared = prepare(chosen, profile or default_profile(chosen), overrides, seed=seed, console=console)
    plan = prepared.plan
    if mix is not None:
        prepared = replace(prepared, mix=_mix(mix, plan))
    plan.require_time()
    if plan_only:
        print_plan(plan, as_json=as_json)
        return 0
    identity = prepared.identity()
    directory = RunDirectory.create(place_of_run(prepared.target, run_dir, identity))
    if not quiet:
        console.print(f"{size(plan)}, {length(plan)}; {plan.cpus.describe()}; seed {plan.seed}", soft_wrap=True)
        if note := budget(plan):
            console.print(note, soft_wrap=True)
    conditions = note_conditions(plan.cpus, console, quiet=quiet)
    with directory.alone():
        run, code = measure(
            prepared.target,
            plan,
            directory,
            prepared.run(identity, plan, sys.argv[1:], conditions),
            database=prepared.database,
            console=console,
            quiet=quiet,
        )
    return code if code == INTERRUPTED else report(directory, run, quiet=quiet, as_json=as_json)


def _mix(text: str, plan: Plan) -> dict[str, float]:
    """The mix by the plan's patterns. Raises UsageError and MixError before anything is measured for nothing."""
    if all(not cell.load.throughput_tells for cell in plan.cells):
        raise UsageError("--mix is computed from closed loads alone; give --users, such as --users 16")
    return resolve_mix(parse_mix(text), [cell.pattern for cell in plan.cells])
