"""``djbench claims``: what is said of sync and async views, put to the test on this machine."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from random import SystemRandom
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from djbench.errors import INTERRUPTED, UsageError
from djbench.option import ALL
from djbench.options import Profile
from results.claims.claim import Claim, commands_of
from results.records.store import RunDirectory
from runners.cli.measuring import measure, report
from runners.cli.notes import note, note_conditions
from runners.cli.places import RUNS
from runners.cli.preparing import Prepared, with_overrides
from runners.cli.shown.plan_text import length, print_plan, size
from runners.cli.typer_options import AsJson, Overrides, PlanOnly, Quiet, RunDir, Seed, flag, with_run_options
from runners.hosts.cpus import CpuSets, available_cores, parse_cpu_sets
from runners.planning.plan import settings_of
from runners.procedures.claims import chosen
from runners.procedures.claims.claim_cells import plan_of_claims
from runners.servers.packages.supplies import supplied
from runners.services import database
from runners.targets.built_in import built_in

# How the claims' cells are measured; which they are, the claims say, and servers, patterns, styles and users here only
# make the profile whole. One start of a server per block, for the whole of it is to end in about twenty minutes.
PROFILE = Profile(
    description="the cells that claims need",
    servers=("uvicorn",),
    patterns=("plain",),
    styles=(ALL,),
    users=(1,),
    blocks="6",
    warmup_s=0.3,
    duration_s=1.0,
    isolation="block",
)
# For the commands of a list, which no run has settings for.
_SETTINGS = settings_of(PROFILE, CpuSets((), ()), PROFILE.database)


def _print_claims(claims: Sequence[Claim], *, whole: bool, as_json: bool) -> None:
    """Print what is claimed; of a whole claim also what is expected, how it is measured, and why. Measure nothing."""
    if as_json:
        print(json.dumps([_listed(claim) for claim in claims], indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    for claim in claims:
        console.print(f"[cyan]{claim.name}[/cyan]  {escape(claim.words)}")
        if whole:
            _print_checks(claim, console)
    if not whole:
        console.print("What would be seen if a claim were true, and why: djbench claims NAME --list")


def _print_checks(claim: Claim, console: Console) -> None:
    console.print(f"    [dim]example {claim.example}: {escape(claim.source)}[/dim]")
    for check in claim.checks:
        console.print(f"    {escape(check.says)}: {escape(check.subject)}{escape(check.expected)}")
        for command in commands_of(check, _SETTINGS):
            console.print(f"      [dim]{escape(command)}[/dim]")
    console.print(f"    {escape(claim.why)}")


def _listed(claim: Claim) -> dict[str, object]:
    return {
        **claim.to_json(),
        "checks": [{**check.to_json(), "commands": list(commands_of(check, _SETTINGS))} for check in claim.checks],
    }


@with_run_options("claims")
def claims_command(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Claims to test, e.g. waits (default: all).")
    ] = None,
    *,
    overrides: Overrides,
    list_only: Annotated[bool, flag("--list", help="Print the claims; with a NAME, what each expects, too.")] = False,
    seed: Seed = None,
    run_dir: RunDir = None,
    plan_only: PlanOnly = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> int:
    """Test what is said of sync and async views: it holds, does not hold, or is too close to call.

    One run measures what the claims need. All claims take about twenty minutes.
    """
    claims = chosen(names or ())
    if list_only:
        _print_claims(claims, whole=bool(names), as_json=as_json)
        return 0
    console = Console(stderr=True, highlight=False)
    profile = with_overrides(PROFILE, overrides)
    database.check_database(profile.database)
    plan = plan_of_claims(
        claims,
        profile,
        SystemRandom().randrange(2**32) if seed is None else seed,
        cpus=parse_cpu_sets(profile.cpus, available_cores()),
        database=database.without_password(profile.database),
    )
    target, lacks = supplied(built_in(), plan.servers.values(), note)
    for name, lack in lacks.items():
        raise UsageError(f"{name} cannot be measured: {lack}")
    plan.require_time()
    if plan_only:
        print_plan(plan, as_json=as_json)
        return 0
    prepared = Prepared(profile="claims", target=target, plan=plan, database=profile.database, left_out={})
    identity = prepared.identity()
    directory = RunDirectory.create(run_dir or RUNS / identity)
    if not quiet:
        tested = "1 claim" if len(claims) == 1 else f"{len(claims)} claims"
        console.print(
            f"{tested}: {size(plan)}, {length(plan)}; {plan.cpus.describe()}; seed {plan.seed}", soft_wrap=True
        )
    conditions = note_conditions(plan.cpus, console, quiet=quiet)
    run = prepared.run(identity, plan, sys.argv[1:], conditions)
    with directory.alone():
        run, code = measure(
            prepared.target,
            plan,
            directory,
            replace(run, claims=tuple(claim.name for claim in claims)),
            database=prepared.database,
            console=console,
            quiet=quiet,
        )
    return code if code == INTERRUPTED else report(directory, run, quiet=quiet, as_json=as_json)
