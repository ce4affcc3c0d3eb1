"""``djbench validate``: how often the verdicts are wrong, where the truth is known."""

import json
from dataclasses import asdict
from random import SystemRandom
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from results.validation import HANDICAPS, Proportion, offline
from runners.cli.display import table_console
from runners.errors import UsageError

MAX_RUNS = 100_000
# Columns of terminal that the table with intervals needs, and its width where there is no terminal.
_WIDE, _PLAIN_WIDTH = 122, 140


def validate_command(*, simulated: bool, runs: int, seed: int | None, as_json: bool) -> None:
    """Simulate runs, judge them, and print how often that was wrong. Raises UsageError."""
    if not simulated:
        raise UsageError("give --offline: verdicts on simulated runs; on live servers it does not validate yet")
    if not 1 <= runs <= MAX_RUNS:
        raise UsageError(f"--runs {runs}: give 1 to {MAX_RUNS:,}")
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    chosen = SystemRandom().randrange(2**32) if seed is None else seed
    with console.status("") as status:
        found = offline(runs, chosen, says=status.update)
    if as_json:
        print(json.dumps({"seed": chosen, "runs": runs, "offline": _plain(found)}, indent=2))
        return
    out = table_console(_PLAIN_WIDTH)
    out.print(_table(found, runs, chosen, with_intervals=out.width >= _WIDE))


def _plain(found: Any) -> Any:
    if isinstance(found, Proportion):
        return asdict(found)
    return {str(key): _plain(value) for key, value in found.items()}


def _table(found: dict[str, Any], runs: int, seed: int, *, with_intervals: bool) -> Table:
    title = f"Verdicts on {runs} simulated runs of each kind, in % of comparisons (seed {seed})"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("noise")
    for heading in ("blocks", "false alarms", "coverage", *(f"{handicap:.0%} found" for handicap in HANDICAPS)):
        table.add_column(heading, justify="right", no_wrap=True)
    for noise, by_blocks in found.items():
        for blocks, rates in by_blocks.items():
            shares = (rates["false_alarm_rate"], rates["coverage"], *rates["power"].values())
            table.add_row(noise, str(blocks), *(_share(share, with_intervals=with_intervals) for share in shares))
        table.add_section()
    return table


def _share(share: Proportion, *, with_intervals: bool) -> str:
    interval = f" ({100 * share.low:.1f}-{100 * share.high:.1f})" if with_intervals else ""
    return f"{100 * share.value:.1f}{interval}"
