"""From a profile's name and options to a plan and the record of a run, for every command that measures."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom
from typing import Any

from rich.console import Console
from rich.markup import escape

from djbench.errors import UsageError
from djbench.options import OPTIONS, Profile
from djbench.rate import varies
from djbench.target import Target
from results.analysis.stopping import DEFAULT_MAX_BLOCKS
from results.records.schema import Run
from runners.cli.typer_options import Overrides
from runners.conducting.ledger import now
from runners.hosts.cpus import available_cores, parse_cpu_sets, within_budget
from runners.loading.locustfiles import require_locustfiles
from runners.machine.fingerprint import fingerprint
from runners.planning import profile
from runners.planning.cells import holdable, holdable_patterns
from runners.planning.plan import Plan, make_plan
from runners.planning.selection import Selection, select
from runners.servers.facts import facts_of
from runners.servers.packages.supplies import supplied
from runners.services import cache, database
from runners.targets.recorded import deployed, facts_of_target


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What is asked for, ready to be measured."""

    #: The profile's name.
    profile: str
    #: The project that will be measured.
    target: Target
    #: What will be measured, how, and in which order.
    plan: Plan
    #: The database as given, with its password.
    database: str
    #: Chosen servers, or styles under them, that cannot be measured, each with the reason.
    left_out: dict[str, str]
    #: The weight of each pattern, for advice; empty if nobody gave one.
    mix: dict[str, float] = field(default_factory=dict)

    def identity(self, purpose: str = "") -> str:
        """A name for a run that starts now."""
        return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{purpose}{self.profile}"

    def run(self, identity: str, plan: Plan, arguments: Sequence[str], conditions: list[dict[str, str]]) -> Run:
        """The record of a run of ``plan`` that is about to start, and what can disturb it."""
        facts = facts_of_target(self.target)
        return Run(
            id=identity,
            profile=self.profile,
            seed=plan.seed,
            started=now(),
            command=shown_command(arguments),
            settings=plan.settings,
            machine={**fingerprint(plan.cpus, self.target), "conditions": conditions},
            left_out=self.left_out,
            cells=plan.cells,
            blocks=(),
            mix=self.mix,
            servers={
                name: facts_of(spec, deployed(facts), self.target.supply(spec.server.name))
                for name, spec in plan.servers.items()
            },
            target=facts,
        )


def prepare(target: Target, profile_name: str, overrides: Overrides, *, seed: int | None, console: Console) -> Prepared:
    """Read, check and plan what a target is to be measured for. Raises UsageError and SpecError."""
    base = profile.load(profile_name)
    chosen = with_overrides(base, overrides)
    target = target.allowed(chosen.may_call)
    _require_effect(chosen, overrides)
    asked_for = chosen.database if "database" in overrides else None
    chosen = replace(chosen, database=database.database_for(target, asked_for, chosen.database))
    cache.check_cache(chosen.cache, target.interpreter)
    selection = select(chosen, target)

    def says(line: str) -> None:
        console.print(escape(line), soft_wrap=True)

    target, lacks = supplied(target, selection.servers.values(), says)
    for name, lack in lacks.items():
        says(f"{name} is left out: {lack}")
    cores = available_cores()
    cpus = parse_cpu_sets(chosen.cpus, cores)
    plan = make_plan(
        selection,
        SystemRandom().randrange(2**32) if seed is None else seed,
        cpus=within_budget(cpus, chosen.budget_cores, cores) if chosen.budget_cores else cpus,
        database=database.without_password(chosen.database),
        leave_out=list(lacks),
    )
    if not plan.cells:
        raise UsageError(_why_no_cell(selection))
    require_locustfiles(plan.locustfiles)
    left_out = {name: str(lack) for name, lack in lacks.items()} | selection.cannot_run()
    return Prepared(
        profile=Path(profile_name).stem,
        target=target,
        plan=plan,
        database=chosen.database,
        left_out=left_out,
        mix=_described_mix(target, plan),
    )


def _described_mix(target: Target, plan: Plan) -> dict[str, float]:
    """The weights of a project's requests, if more than one of them is measured under a load that can be mixed."""
    mixable = {cell.pattern for cell in plan.cells if cell.load.throughput_tells}
    weights = {name: float(weight) for name, weight in target.weights.items() if name in mixable}
    return weights if len(weights) > 1 else {}


def default_profile(target: Target) -> str:
    """The profile that a target is measured with if nobody names one."""
    return "project" if target.fresh_state else "quick"


def _why_no_cell(selection: Selection) -> str:
    """Why nothing of the selection can be measured, in one line."""
    only_held = all(load.endless for load in selection.loads)
    if only_held and not any(spec.pattern.events for spec in selection.patterns.values()):
        names = holdable_patterns(selection.target.catalog)
        way_out = f": add --pattern {names[0]}" if names else ": give --users or --rate"
        return f"none of the chosen patterns can be held open; {holdable(selection.target.catalog)}{way_out}"
    reasons = dict.fromkeys(selection.cannot_run().values())
    why = f": {'; '.join(reasons)}" if reasons else "; see djbench doctor"
    return f"none of the chosen servers can run the chosen styles here{why}"


def _require_effect(chosen: Profile, overrides: Overrides) -> None:
    """Refuse an option that would do nothing: whoever gave it expects something."""
    parts = chosen.parts.values()
    for option in (OPTIONS[key] for key in overrides):
        if option.needs and not any(getattr(part, key) for part in parts for key in option.needs):
            needed = " or ".join(OPTIONS[key].name for key in option.needs)
            raise UsageError(f"{option.name} does nothing here; it needs {needed}")
    fixed = any(part.users or part.hold for part in parts)
    if "duration_s" in overrides and not fixed and all(varies(rate) for part in parts for rate in part.rates):
        raise UsageError("--duration does nothing here: a rate that varies sets the window's length")


def with_overrides(base: Profile, overrides: Overrides) -> Profile:
    """The profile with what was given instead of what it says. Raises UsageError."""
    implied: dict[str, Any] = {}
    if "warmup_s" in overrides:
        implied["warmup_limit_s"] = None  # the profile's belongs to the profile's warm-up
    if "budget_s" in overrides:
        implied["blocks"] = f"{base.min_blocks}..{max(base.max_blocks, DEFAULT_MAX_BLOCKS)}"
    return profile.with_options(base, {**implied, **overrides})


def shown_command(arguments: Sequence[str]) -> str:
    """The command line as typed, without a database's password and without --run-dir."""
    shown = []
    remaining = iter(arguments)
    for argument in remaining:
        option, equals, value = argument.partition("=")
        if option == "--run-dir":  # a second run needs another
            if not equals:
                next(remaining, None)
        elif argument.startswith(("postgresql://", "postgres://")):
            shown.append(database.without_password(argument))
        elif option == "--database" and equals and value.startswith("postgres"):
            shown.append(f"{option}={database.without_password(value)}")
        else:
            shown.append(argument)
    return shlex.join(["djbench", *shown])
