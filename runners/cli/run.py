"""``djbench run``: from profile and options to a finished report."""

import json
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom
from typing import Any, NewType

from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from results.records import Run, Settings
from results.store import RunDirectory
from runners import database, profile
from runners.cli.display import Display, duration_text, results_table, table_console
from runners.cli.interrupt import end_as_by_ctrl_c
from runners.cli.notes import note_conditions
from runners.conductor import Conductor
from runners.cpus import CpuSets, available_cores, parse_cpu_sets, pinned
from runners.errors import RunFailed, UsageError
from runners.machine import fingerprint
from runners.plan import Plan, make_plan
from runners.servers import parse_server
from runners.target import BUILT_IN
from runners.trial import now
from scenarios.load import varies

Overrides = NewType("Overrides", dict[str, Any])

_OPTIONS = {
    "servers": "--server",
    "patterns": "--pattern",
    "styles": "--style",
    "warmup_s": "--warmup",
    "duration_s": "--duration",
    "timeout_s": "--timeout",
    "rates": "--rate",
}
INTERRUPTED = 130
_PLAIN_WIDTH = 180  # of the table, where there is no terminal that has a width


def run_command(
    profile_name: str,
    overrides: Overrides,
    *,
    seed: int | None,
    cpus_text: str,
    run_dir: Path | None,
    plan_only: bool,
    quiet: bool,
    as_json: bool,
    arguments: Sequence[str],
) -> int:
    """Plan, measure, report. Returns the exit code. Raises UsageError, SpecError, StoreError and RunFailed."""
    console = Console(stderr=True, highlight=False)
    chosen = _with_overrides(profile.load(profile_name), overrides)
    _require_effect(chosen, overrides)
    database.check(chosen.database)
    cpus = parse_cpu_sets(cpus_text, available_cores())
    missing = _not_installed(chosen, console)
    plan = make_plan(chosen, SystemRandom().randrange(2**32) if seed is None else seed, leave_out=list(missing))
    if not plan.cells:
        raise UsageError("none of the chosen servers is installed")
    if plan_only:
        _print_plan(plan, cpus, as_json=as_json)
        return 0
    name = Path(profile_name).stem
    identity = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{name}"
    directory = RunDirectory.create(run_dir or Path("results/runs") / identity)
    if not quiet:
        console.print(
            f"{_size(plan)}, about {duration_text(plan.expected_s())}; {cpus.describe()}; seed {plan.seed}",
            soft_wrap=True,
        )
    run = Run(
        id=identity,
        profile=name,
        seed=plan.seed,
        started=now(),
        command=_shown_command(arguments),
        settings=Settings(
            isolation=chosen.isolation,
            warmup_s=chosen.warmup_s,
            duration_s=chosen.duration_s,
            timeout_s=chosen.timeout_s,
            database=_shown_database(chosen, plan),
            cpus_server=cpus.server,
            cpus_support=cpus.support,
            generators=chosen.generators,
        ),
        machine={**fingerprint(cpus), "conditions": note_conditions(cpus, console, quiet=quiet)},
        left_out={name: f"install it with: {command}" for name, command in missing.items()},
        cells=plan.cells,
        blocks=plan.blocks,
    )
    run, code = _conduct(plan, directory, cpus, run, console, quiet=quiet)
    if code == INTERRUPTED:
        return code
    return _report(directory, run, quiet=quiet, as_json=as_json)


def _require_effect(chosen: profile.Profile, overrides: Overrides) -> None:
    """Refuse an option that would do nothing: whoever gave it expects something."""
    if not chosen.rates:
        for key in ("arrivals", "connections"):
            if key in overrides:
                raise UsageError(f"--{key} is for open load; give --rate, such as --rate 200")
    if "duration_s" in overrides and not chosen.users and all(varies(rate) for rate in chosen.rates):
        raise UsageError("--duration does nothing here: a rate that varies sets the window's length")


def _with_overrides(base: profile.Profile, overrides: Overrides) -> profile.Profile:
    try:
        return profile.Profile.model_validate({**base.model_dump(), **overrides})
    except ValidationError as error:
        problem = error.errors()[0]
        if not problem["loc"]:  # of the whole and not of one key
            raise UsageError(profile.said(problem)) from None
        key = str(problem["loc"][0])
        raise UsageError(f"{_OPTIONS.get(key, f'--{key}')} {problem['input']}: {profile.said(problem)}") from None


def _not_installed(chosen: profile.Profile, console: Console) -> dict[str, str]:
    """The chosen servers that lack a package, and the command that gets each; says so."""
    missing = {}
    for text in chosen.servers:
        server = parse_server(text).server
        if (install := server.missing()) is not None:
            missing[server.name] = install
    for name, install in missing.items():
        console.print(escape(f"{name} is left out: a package is missing; install it with: {install}"), soft_wrap=True)
    return missing


def _shown_database(chosen: profile.Profile, plan: Plan) -> str:
    if "database" in plan.uses:
        return database.shown(chosen.database)
    return "none, for no pattern of the run uses one"


def _shown_command(arguments: Sequence[str]) -> str:
    """The command line as typed, but for a database's password and the place where the run is stored."""
    shown = []
    remaining = iter(arguments)
    for argument in remaining:
        option, equals, value = argument.partition("=")
        if option == "--run-dir":  # a second run needs another
            if not equals:
                next(remaining, None)
        elif argument.startswith(("postgresql://", "postgres://")):
            shown.append(database.shown(argument))
        elif option == "--database" and equals and value.startswith("postgres"):
            shown.append(f"{option}={database.shown(value)}")
        else:
            shown.append(argument)
    return shlex.join(["djbench", *shown])


def _size(plan: Plan) -> str:
    parts = ((len(plan.cells), "cell"), (len(plan.blocks), "block"), (plan.trials, "trial"))
    cells, blocks, trials = (f"{count} {name}" if count == 1 else f"{count} {name}s" for count, name in parts)
    return f"{cells} x {blocks} = {trials}"


def _print_plan(plan: Plan, cpus: CpuSets, *, as_json: bool) -> None:
    if as_json:
        print(
            json.dumps(
                {
                    "seed": plan.seed,
                    "expected_s": round(plan.expected_s()),
                    "cells": [
                        {
                            "server": cell.server,
                            "pattern": cell.pattern,
                            "style": cell.style,
                            "load": cell.load.to_json(),
                            "interface": cell.interface,
                            "slots": cell.slots,
                        }
                        for cell in plan.cells
                    ],
                    "blocks": [[list(session.cells) for session in block] for block in plan.blocks],
                },
                indent=2,
            )
        )
        return
    for index, cell in enumerate(plan.cells):
        slots = "unbounded" if cell.slots is None else cell.slots
        print(f"{index:4d}  {cell.pattern}  {cell.style}  {cell.server}  {cell.load}  slots {slots}")
    for number, block in enumerate(plan.blocks, 1):
        order = "  ".join("(" + " ".join(str(index) for index in session.cells) + ")" for session in block)
        print(f"block {number}: {order}")
    print(
        f"{_size(plan)}, isolation by "
        f"{plan.profile.isolation}, seed {plan.seed}, about {duration_text(plan.expected_s())}; {cpus.describe()}"
    )


def _conduct(
    plan: Plan, directory: RunDirectory, cpus: CpuSets, run: Run, console: Console, *, quiet: bool
) -> tuple[Run, int]:
    end_as_by_ctrl_c()
    try:
        # This process, too, belongs to what measures and not to what is measured.
        with pinned(cpus.support), Display(plan, console, quiet=quiet) as display:
            run = Conductor(plan, BUILT_IN, directory, cpus, display, run).conduct()
    except KeyboardInterrupt:
        console.print(f"interrupted; what was measured is kept: djbench report {directory.path}", soft_wrap=True)
        return run, INTERRUPTED
    except RunFailed as error:
        raise RunFailed(f"{error}\nwhat was measured is kept: djbench report {directory.path}") from None
    return run, 0


def _report(directory: RunDirectory, run: Run, *, quiet: bool, as_json: bool) -> int:
    from results.report import write_report  # here, because pandas and matplotlib take seconds to import
    from results.summary import summarise

    summary = summarise(directory)
    report = write_report(directory, summary)
    if as_json:
        print(json.dumps(summary.to_json(), indent=2))
    elif not quiet:
        out = table_console(_PLAIN_WIDTH)
        out.print(results_table(summary, out.width))
        print(f"report: {report}")
    if run.failure:
        raise RunFailed(run.failure)
    if all(cell.status != "measured" for cell in summary.cells):
        raise RunFailed(f"no cell has a number; the first: {summary.cells[0].reason}")
    failing = [cell for cell in summary.cells if cell.status == "failing"]
    if failing:
        first = failing[0]
        raise RunFailed(
            f"{len(failing)} of {len(summary.cells)} cells failed; the first: {first.cell.pattern} {first.cell.style} "
            f"on {first.cell.server}: {first.reason}"
        )
    return 0
