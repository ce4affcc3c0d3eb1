"""``djbench resume``: go on with a run that was interrupted."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from djbench.errors import INTERRUPTED, UsageError
from djbench.options import CONFIGURED
from djbench.target import Target
from results.records.fingerprints import differences
from results.records.schema import Run
from results.records.store import RunDirectory
from runners.cli.measuring import measure, report
from runners.cli.notes import note, note_conditions
from runners.cli.places import named, newest, runs_here
from runners.cli.project import ProjectFolder, target_of
from runners.cli.typer_options import AsJson, Quiet
from runners.conducting.ledger import now
from runners.hosts.cpus import CpuSets
from runners.machine.fingerprint import fingerprint
from runners.planning.plan import NO_DATABASE, plan_of
from runners.procedures.choice import procedure_of
from runners.procedures.procedure import outstanding
from runners.procedures.progress import Progress
from runners.servers.packages.supplies import supplied
from runners.services.database import OWN, check_database, without_password


def resume_command(
    run: Annotated[
        Path | None,
        typer.Argument(
            metavar="RUN",
            help="A run's directory, or its name among the runs here (default: the newest that is not over).",
        ),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="The run's postgresql:// URL again, if it used one: a record keeps no password."
        ),
    ] = None,
    project: ProjectFolder = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> int:
    """Go on with an interrupted run: same plan, same seed, the missing trials, then the report."""
    runs = runs_here(project or Path())
    directory = RunDirectory(named(run, runs, runs_here()) if run else newest_unfinished(runs, note))
    directory.read_run()  # refuses what is no run, before a lock file is made in it
    with directory.alone():
        return _resume(directory, database, project, quiet=quiet, as_json=as_json)


def _resume(
    directory: RunDirectory, database_choice: str | None, project: Path | None, *, quiet: bool, as_json: bool
) -> int:
    console = Console(stderr=True, highlight=False)
    path = directory.path
    run = directory.read_run()
    if is_over(run):
        raise UsageError(f"{path} is {run.status}; nothing is left to measure")
    target = target_of(run, path, project).allowed(run.settings.may_call)
    plan = plan_of(run, target)
    target, lacks = supplied(target, plan.servers.values(), note)
    for name, lack in lacks.items():
        raise UsageError(f"{path} cannot go on here, for {name} cannot run: {lack}")
    choice = _database(run, database_choice)
    _require_same_machine(path, run, target)
    progress = Progress.of(run, plan, directory)
    if not quiet:
        made, left = progress.made, outstanding(procedure_of(plan), progress)
        console.print(f"going on with {run.id}: {made} trials made, at least {left} to come", soft_wrap=True)
    conditions = note_conditions(plan.cpus, console, quiet=quiet)
    before = run.machine.get("conditions", [])
    machine = {
        **run.machine,
        "conditions": [*before, *(condition for condition in conditions if condition not in before)],
    }
    run, code = measure(
        target,
        plan,
        directory,
        replace(run, resumed=(*run.resumed, now()), machine=machine),
        database=choice,
        console=console,
        quiet=quiet,
    )
    return code if code == INTERRUPTED else report(directory, run, quiet=quiet, as_json=as_json)


def newest_unfinished(runs: Path, note: Callable[[str], None]) -> Path:
    """Of the runs that are not over the one that began last. Raises UsageError without any."""
    nothing = f"no run in {runs} has anything left to measure; name one, or make one with 'djbench run'"
    return newest(runs, lambda run: not is_over(run), nothing, note)


def is_over(run: Run) -> bool:
    """Has it come to its end? One that was killed while its services stopped has not, even if no block is left."""
    return run.status == "finished" or (run.status == "failed" and run.ended_by is not None)


def _database(run: Run, url: str | None) -> str:
    """The database that the run used. Raises UsageError when it has to be given again, for records have no password."""
    recorded = run.settings.database
    if recorded == NO_DATABASE:
        if url is not None:
            raise UsageError("--database does nothing here: no pattern of the run uses one")
        return "sqlite"
    choice = url or recorded
    check_database(choice)
    if without_password(choice) != recorded:
        raise UsageError(f"--database {without_password(choice)}: the run used {recorded}")
    if url is None and recorded not in (*OWN, CONFIGURED):
        raise UsageError(f"give --database with the URL of {recorded}; a run's record does not keep passwords")
    return choice


def _require_same_machine(path: Path, run: Run, target: Target) -> None:
    """Trials made before and after have to be comparable. Raises UsageError that names what has changed."""
    here = fingerprint(CpuSets(run.settings.cpus_server, run.settings.cpus_support), target)
    changed = differences(run.machine, here)
    if changed:
        raise UsageError(f"{path} cannot go on here, for trials would not compare: {'; '.join(changed)}")
