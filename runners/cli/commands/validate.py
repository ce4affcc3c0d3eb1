"""``djbench validate``: how often the verdicts are wrong, where the truth is known."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from random import SystemRandom
from typing import Annotated

from rich.console import Console

from djbench.cell import Cell
from djbench.errors import INTERRUPTED, RunFailed, UsageError
from djbench.option import Option
from djbench.target import Target
from results.analysis.verdicts import MIN_BLOCKS
from results.records.schema import Purpose
from results.records.store import CALIBRATION, RunDirectory
from results.validating import simulation
from results.wording.names import cell_name
from runners.cli.measuring import measure, report
from runners.cli.notes import note_conditions
from runners.cli.places import place_of_run
from runners.cli.preparing import Prepared, prepare
from runners.cli.project import ProjectFolder, chosen_target
from runners.cli.shown.grouped import table_console
from runners.cli.shown.plan_text import length, size
from runners.cli.shown.validation_text import TABLE_WIDTH, json_value, simulated_table
from runners.cli.typer_options import (
    OWN,
    AsJson,
    Overrides,
    ProfileName,
    Quiet,
    RunDir,
    Seed,
    flag,
    number_option,
    with_run_options,
)
from runners.procedures.blocks import FixedBlocks
from runners.procedures.handicaps import calibration, cpu_us_per_request, tells_cost, validation

DEFAULT_PROFILE = "standard"
DEFAULT_RUNS, MAX_RUNS = 500, 100_000
MAX_HANDICAP = 90  # percent
MAX_PAIRS = 20


@with_run_options("validate")
def validate_command(
    profile: ProfileName = DEFAULT_PROFILE,
    *,
    overrides: Overrides,
    offline: Annotated[
        bool, flag("--offline", help="Judge simulated runs, in seconds; takes only --runs, --seed and --json.")
    ] = False,
    runs: Annotated[
        int | None,
        number_option(
            Option(
                name="--runs",
                summary="Simulated runs of each kind of noise and number of blocks, e.g. 100",
                panel=OWN,
                kind=int,
                minimum=1,
                maximum=MAX_RUNS,
                unset=str(DEFAULT_RUNS),
            )
        ),
    ] = None,
    handicap: Annotated[
        list[float] | None,
        number_option(
            Option(
                name="--handicap",
                summary="Make some cells this many percent slower, e.g. 5",
                panel=OWN,
                kind=float,
                many=True,
                above=True,
                maximum=MAX_HANDICAP,
                unset="2, 5 and 10",
            )
        ),
    ] = None,
    pairs: Annotated[
        int,
        number_option(
            Option(
                name="--pairs",
                summary="Compare each cell with this many equals, e.g. 2",
                panel=OWN,
                kind=int,
                minimum=1,
                maximum=MAX_PAIRS,
                default=1,
            )
        ),
    ] = 1,
    project: ProjectFolder = None,
    seed: Seed = None,
    run_dir: RunDir = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> int:
    """Measure how often the verdicts are wrong: false alarms, coverage of intervals, differences found.

    Measures every cell of the profile under several labels, as equals and with known handicaps, on this machine. That
    takes several times as long as the profile itself. With --offline it judges simulated runs, in seconds.
    """
    if offline:
        if overrides or handicap or run_dir or pairs != 1 or profile != DEFAULT_PROFILE or quiet:
            raise UsageError("--offline simulates; of the other options it takes --runs, --seed and --json only")
        _simulated(runs=DEFAULT_RUNS if runs is None else runs, seed=seed, as_json=as_json)
        return 0
    if runs is not None:
        raise UsageError("--runs is for --offline; live, give --pairs and --blocks")
    return _live(
        chosen_target(project),
        profile or DEFAULT_PROFILE,
        overrides,
        handicaps_percent=handicap or (2.0, 5.0, 10.0),
        pairs=pairs,
        seed=seed,
        run_dir=run_dir,
        quiet=quiet,
        as_json=as_json,
    )


def _simulated(*, runs: int, seed: int | None, as_json: bool) -> None:
    """Simulate runs, judge them, and print how often that was wrong."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    chosen = SystemRandom().randrange(2**32) if seed is None else seed
    with console.status("") as status:
        rates = simulation.offline(runs, chosen, says=status.update)
    if as_json:
        print(json.dumps({"seed": chosen, "runs": runs, "offline": json_value(rates)}, indent=2))
        return
    out = table_console(TABLE_WIDTH)
    out.print(simulated_table(rates, runs, chosen, width=out.width))


def _live(
    target: Target,
    profile_name: str,
    overrides: Overrides,
    *,
    handicaps_percent: Sequence[float],
    pairs: int,
    seed: int | None,
    run_dir: Path | None,
    quiet: bool,
    as_json: bool,
) -> int:
    """Learn what requests cost, measure equals and handicapped ones, judge. Returns the exit code.

    Raises UsageError, SpecError, StoreError and RunFailed.
    """
    if len(set(handicaps_percent)) < len(handicaps_percent):
        raise UsageError("a --handicap is given twice")
    console = Console(stderr=True, highlight=False)
    prepared = prepare(target, profile_name, overrides, seed=seed, console=console)
    if any(not cell.load.throughput_tells for cell in prepared.plan.cells):
        raise UsageError("validate compares the throughputs of a closed load; give --users, such as 16")
    if prepared.plan.settings.min_blocks < MIN_BLOCKS:
        raise UsageError(f"there is no verdict on fewer than {MIN_BLOCKS} blocks: give --blocks {MIN_BLOCKS} or more")
    handicaps = [percent / 100 for percent in handicaps_percent]
    # As long as it can get: whether a cell gets handicaps is known only when it was calibrated.
    validation(prepared.plan, dict.fromkeys(prepared.plan.cells, 1.0), handicaps, pairs).require_time()
    identity = prepared.identity("validate-")
    path = place_of_run(target, run_dir, identity)
    directory = RunDirectory.create(path)
    conditions = note_conditions(prepared.plan.cpus, console, quiet=quiet)
    with directory.alone():
        costs_us = _calibrated(prepared, directory, identity, conditions, console, quiet=quiet)
        if costs_us is None:
            directory.discard()  # nothing of a validation is in it yet
            return INTERRUPTED
        plan = validation(prepared.plan, costs_us, handicaps, pairs)
        if not quiet:
            without = len(prepared.plan.cells) - len(costs_us)
            note = f"; {without} of the cells, which do not use all of their CPU, get no handicap" if without else ""
            console.print(f"{size(plan)}, {length(plan)}; seed {plan.seed}{note}", soft_wrap=True)
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


def _calibrated(
    prepared: Prepared,
    directory: RunDirectory,
    identity: str,
    conditions: list[dict[str, str]],
    console: Console,
    *,
    quiet: bool,
) -> dict[Cell, float] | None:
    """What a request costs each cell, in µs of CPU time, from a run of its own; None when that was interrupted.

    It is kept in the validation's directory. Raises RunFailed, also when a cell could not be measured.
    """
    first = RunDirectory.create(directory.path / CALIBRATION)
    plan = calibration(prepared.plan)
    if not quiet:
        console.print(f"calibration, what a request costs: {size(plan)}, {length(plan)}", soft_wrap=True)
    with first.alone():
        run, code = measure(
            prepared.target,
            plan,
            first,
            prepared.run(identity, plan, sys.argv[1:], conditions),
            database=prepared.database,
            procedure=FixedBlocks(plan=plan, purpose=Purpose.CALIBRATE),
            console=console,
            quiet=quiet,
            resumable=False,
        )
    if code == INTERRUPTED:
        return None
    if run.failure:
        raise RunFailed(run.failure)
    trials = first.read_trials_of(run, Purpose.CALIBRATE)
    measured = {trial.cell for trial in trials if tells_cost(trial)}
    failures = [trial for trial in trials if trial.cell not in measured]
    if failures:
        reason = failures[0].failure or ", ".join(failures[0].invalidated_by)
        raise RunFailed(f"{cell_name(failures[0].cell, question=True)} could not be measured: {reason}")
    return cpu_us_per_request(trials, len(plan.cpus.server))
