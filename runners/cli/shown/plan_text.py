"""A plan in words and as JSON: what would be measured, how, and for how long."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from djbench.cell import Cell
from djbench.load import Load
from results.wording.budgets import budget_text
from results.wording.names import short_names, style_on
from results.wording.text import count
from runners.cli.shown.display import duration_text
from runners.planning.plan import Plan
from runners.procedures.blocks import block_of

# So many servers are named wherever they are meant.
_FEW_SERVERS = 6


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
    """What would be measured, how, and for how long; as JSON with every cell and the order of every certain block."""
    if as_json:
        print(json.dumps(_plan_json(plan), indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    for line in plan_lines(plan):
        console.print(escape(line))


def plan_lines(plan: Plan) -> list[str]:
    """The plan for people: what is measured, a line for each pattern; the servers; how, and how long."""
    lines = [*_question_lines(plan.cells), "", *_server_lines(plan.cells), "", *_order_lines(plan)]
    if not plan.fixed:
        lines.append(
            f"up to {count(plan.settings.max_blocks - plan.settings.min_blocks, 'block')} more, of the patterns in "
            "which an interval is still too wide"
        )
    if note := budget(plan):
        lines.append(note)
    how = f"isolation by {plan.settings.isolation}, seed {plan.seed}"
    return [*lines, f"{size(plan)}, {how}, {length(plan)}; {plan.cpus.describe()}"]


def _question_lines(cells: Sequence[Cell]) -> list[str]:
    """For each pattern its loads, and the styles and servers that it is measured with under them."""
    labels = short_names(cells)
    of_question: dict[tuple[str, Load], list[Cell]] = {}
    for cell in cells:
        of_question.setdefault(cell.question, []).append(cell)
    loads: dict[tuple[str, str], list[str]] = {}
    for (pattern, load), asked in of_question.items():
        loads.setdefault((pattern, _combinations(asked, labels)), []).append(str(load))
    return [f"{pattern} ({'; '.join(under)}): {how}" for (pattern, how), under in loads.items()]


def _combinations(cells: Sequence[Cell], labels: Mapping[str, str]) -> str:
    """Styles and servers, such as ``sync, async on gunicorn-gthread, uvicorn; sync on gunicorn-sync``."""
    styles: dict[str, list[str]] = {}
    for cell in cells:
        styles.setdefault(labels[cell.server], []).append(cell.style)
    servers: dict[str, list[str]] = {}
    for server, of_server in styles.items():
        servers.setdefault(", ".join(of_server), []).append(server)
    return "; ".join(
        style_on(of_style, _named(names, labels.values()), written=str) for of_style, names in servers.items()
    )


def _named(servers: Sequence[str], every: Collection[str]) -> str:
    """Their names; of many servers only those that are missing, if those are fewer."""
    others = [server for server in every if server not in servers]
    if len(every) <= _FEW_SERVERS or len(others) >= len(servers):
        return ", ".join(servers)
    return f"every server but {', '.join(others)}" if others else "every server"


def _server_lines(cells: Sequence[Cell]) -> list[str]:
    """Each server with its slots."""
    by_server = {cell.server: cell for cell in cells}
    return [
        f"{server}: {'unbounded' if cell.slots is None else count(cell.slots, 'slot')} ({cell.slots_by})"
        for server, cell in by_server.items()
    ]


def _order_lines(plan: Plan) -> Iterator[str]:
    """What takes turns; and what is measured one after the other, and why."""
    alone = plan.by_themselves()
    turns = len(plan.cells) - len(alone)
    if turns:
        servers = max(len(session.starts) for session in block_of(plan, 0) if session.by_turns)
        cells = "All cells" if not alone else count(turns, "cell")
        yield f"{cells} take turns in slices, while up to {count(servers, 'server')} stand side by side."
    by_reason: dict[str, list[int]] = {}
    for index, reason in alone.items():
        by_reason.setdefault(reason, []).append(index)
    for reason, indices in by_reason.items():
        questions = dict.fromkeys("{} ({})".format(*plan.cells[index].question) for index in indices)
        what = "all cells" if len(indices) == len(plan.cells) else "; ".join(questions)
        yield f"One after the other, in one window each: {what}. Reason: {reason}."


def _plan_json(plan: Plan) -> dict[str, Any]:
    blocks = [block_of(plan, number) for number in range(plan.settings.min_blocks)]
    return {
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
    }
