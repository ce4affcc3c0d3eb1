"""A plan in words and as JSON: what would be measured, in which order, for how long."""

import json

from results.wording.budgets import budget_text
from results.wording.text import count
from runners.cli.shown.display import duration_text
from runners.planning.plan import Plan
from runners.procedures.blocks import block_of


def size(plan: Plan) -> str:
    """Such as ``32 cells x 5 blocks = 160 trials``."""
    least, most = plan.settings.min_blocks, plan.settings.max_blocks
    cells = count(len(plan.cells), "cell")
    if plan.fixed:
        return f"{cells} x {count(least, 'block')} = {count(least * len(plan.cells), 'trial')}"
    return f"{cells} x {least} to {most} blocks = {least * len(plan.cells)} to {most * len(plan.cells)} trials"


def length(plan: Plan) -> str:
    """Such as ``about 4 min``, or ``about 25 min to 1 h 20 min``."""
    settings = plan.settings
    least_s = plan.expected_s(settings.min_blocks)
    if plan.fixed:
        return f"about {duration_text(least_s)}"
    most_s = plan.expected_s(settings.max_blocks)
    if settings.budget_s is not None and settings.budget_s < most_s:
        return f"about {duration_text(least_s)}, at most {duration_text(settings.budget_s)}"
    return f"about {duration_text(least_s)} to {duration_text(most_s)}, as the intervals need"


def budget(plan: Plan) -> str:
    """What a budget of cores comes to, and which servers cannot use all of it; empty without a budget."""
    return budget_text(plan.settings.budget_cores, {name: spec.processes for name, spec in plan.servers.items()})


def print_plan(plan: Plan, *, as_json: bool) -> None:
    """Every cell, the order of every block that is made in any case, and the expected time."""
    blocks = [block_of(plan, number) for number in range(plan.settings.min_blocks)]
    if as_json:
        print(
            json.dumps(
                {
                    "seed": plan.seed,
                    "expected_s": round(plan.expected_s(plan.settings.min_blocks)),
                    "min_blocks": plan.settings.min_blocks,
                    "max_blocks": plan.settings.max_blocks,
                    "budget_s": plan.settings.budget_s,
                    "budget_cores": plan.settings.budget_cores,
                    "cpus": {"server": plan.cpus.server, "support": plan.cpus.support},
                    "cells": [
                        {
                            "server": cell.server,
                            "pattern": cell.pattern,
                            "style": cell.style,
                            "load": cell.load.to_json(),
                            "interface": cell.interface,
                            "slots": cell.slots,
                            "slots_by": cell.slots_by,
                            "processes": cell.processes,
                        }
                        for cell in plan.cells
                    ],
                    "blocks": [[list(session.cells) for session in block] for block in blocks],
                },
                indent=2,
            )
        )
        return
    for index, cell in enumerate(plan.cells):
        slots = "unbounded" if cell.slots is None else cell.slots
        print(f"{index:4d}  {cell.pattern}  {cell.style}  {cell.server}  {cell.load}  slots {slots} ({cell.slots_by})")
    for number, sessions in enumerate(blocks, 1):
        order = "  ".join("(" + " ".join(str(index) for index in session.cells) + ")" for session in sessions)
        print(f"block {number}: {order}")
    if not plan.fixed:
        print(
            f"up to {count(plan.settings.max_blocks - plan.settings.min_blocks, 'block')} more, of the patterns in "
            "which an interval is still too wide"
        )
    if note := budget(plan):
        print(note)
    how = f"isolation by {plan.settings.isolation}, seed {plan.seed}"
    print(f"{size(plan)}, {how}, {length(plan)}; {plan.cpus.describe()}")
