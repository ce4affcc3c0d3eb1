"""What a validation found, as tables, as JSON, and in its run's directory."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from results.records.schema import Run
from results.records.store import RunDirectory, write_whole
from results.validating.validation import HANDICAPS, KnownComparison, Proportion, known_comparisons, verdict_rates
from runners.cli.shown.grouped import table_console

# Where there is no terminal that has a width; and the columns of terminal that a table with intervals needs.
TABLE_WIDTH = 172
_WIDE = 168


def json_value(value: Any) -> Any:
    """The same, of JSON's types only."""
    if isinstance(value, Proportion):
        return asdict(value)
    if isinstance(value, dict):
        return {str(key): json_value(part) for key, part in value.items()}
    return value


def simulated_table(simulated: dict[str, Any], runs: int, seed: int, *, width: int) -> Table:
    """One row per kind of noise and number of blocks."""
    title = f"Verdicts on {runs} simulated runs of each kind, in % of comparisons (seed {seed})"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("noise", no_wrap=True)
    headings = ("false alarms", "coverage", *(f"{handicap:.0%} found" for handicap in HANDICAPS))
    for heading in ("blocks", *headings, "blocks used", "same verdict", "contradicted"):
        table.add_column(heading, justify="right", no_wrap=True)
    for noise, by_blocks in simulated.items():
        for blocks, of_blocks in by_blocks.items():
            shares = (of_blocks["false_alarm_rate"], of_blocks["coverage"], *of_blocks["power"].values())
            against = [f"{of_blocks['blocks_used']:.1f}"] if "blocks_used" in of_blocks else [str(blocks)]
            beside = (of_blocks[key] for key in ("same_verdict", "contradicted") if key in of_blocks)
            against += [f"{100 * share.value:.1f}" for share in beside]
            table.add_row(noise, str(blocks), *(_share(share, intervals=width >= _WIDE) for share in shares), *against)
        table.add_section()
    table.caption = (
        "shared: a virtual machine whose speed moves within seconds; rivals are measured one by one, in windows of\n"
        "1 s up to 15 s apart, or by turns, in 20 slices of 0.1 s; CPU: compared by CPU time per request\n"
        "same verdict: 6..20 blocks and all 20 blocks of the same run give the same verdict\n"
        "contradicted: one of the two verdicts says that the other is wrong"
    )
    table.caption_justify = "left"
    return table


def _share(share: Proportion, *, intervals: bool) -> str:
    interval = f" ({100 * share.low:.1f}-{100 * share.high:.1f})" if intervals else ""
    return f"{100 * share.value:.1f}{interval}"


def write_validation(directory: RunDirectory, run: Run) -> tuple[list[KnownComparison], Path]:
    """Judge a live validation's trials and write ``validation.json``; the comparisons, and its path. StoreError."""
    trials = directory.read_trials_of(run)
    comparisons = known_comparisons(run.cells, trials)
    content = {
        "profile": run.profile,
        "status": run.status,
        "failure": run.failure,
        "seed": run.seed,
        "live": json_value(verdict_rates(comparisons)),
        "blocks": {"made": len(run.blocks), "at_most": run.settings.max_blocks, "ended_by": run.ended_by},
        "trials": {
            "valid": sum(trial.valid for trial in trials),
            "made": len(trials),
            "of_all_blocks": run.settings.max_blocks * len(run.cells),
        },
        "comparisons": [_comparison(comparison) for comparison in comparisons],
    }
    path = directory.path / "validation.json"
    write_whole(path, (json.dumps(content, indent=2) + "\n").encode())
    return comparisons, path


def report_live(directory: RunDirectory, run: Run, *, quiet: bool, as_json: bool) -> bool:
    """Write what a live validation found, and print the tables, or the JSON. Was there anything? Raises StoreError."""
    comparisons, path = write_validation(directory, run)
    if as_json:
        print(path.read_text(encoding="utf-8"), end="")
    elif not quiet:
        out = table_console(TABLE_WIDTH)
        out.print(_comparisons(comparisons))
        out.print(_rates(verdict_rates(comparisons), run))
        most = run.settings.max_blocks * len(run.cells)
        made = sum(len(session.cells) for block in run.blocks for session in block)
        print(
            f"{made} trials in {len(run.blocks)} blocks (ended by: {run.ended_by}); "
            f"{run.settings.max_blocks} blocks of all cells would be {most}"
        )
        print(f"all of it: {path}")
    return bool(comparisons)


def _comparison(judged: KnownComparison) -> dict[str, Any]:
    cell, estimate = judged.cell, judged.comparison.estimate
    return {
        "server": cell.server,
        "pattern": cell.pattern,
        "style": cell.style,
        "load": cell.load.to_json(),
        "other": cell.label,
        "handicap": judged.handicap,
        "handicap_us": cell.handicap_us,
        "ratio": {"mean": estimate.mean, "low": estimate.low, "high": estimate.high},
        "blocks": estimate.n,
        "adjusted_p": judged.comparison.adjusted_p,
        "verdict": str(judged.comparison.verdict),
    }


def _comparisons(comparisons: Sequence[KnownComparison]) -> Table:
    table = Table(title="Throughput of a over the other", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("pattern", "style", "server", "other"):
        table.add_column(heading, overflow="fold")
    for heading in ("burnt µs", "ratio", "95 % interval", "blocks"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict on a")
    for judged in comparisons:
        cell, estimate = judged.cell, judged.comparison.estimate
        interval = "-" if estimate.low is None else f"{estimate.low:.3f} - {estimate.high:.3f}"
        table.add_row(
            escape(cell.pattern),
            cell.style,
            escape(cell.server),
            escape(cell.label or ""),
            f"{cell.handicap_us:.1f}" if cell.handicap_us else "-",
            f"{estimate.mean:.3f}",
            interval,
            str(estimate.n),
            str(judged.comparison.verdict),
        )
    return table


def _rates(shares: dict[str, Any], run: Run) -> Table:
    title = f"Verdicts where the truth is known: {run.profile}, this machine"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("of")
    for heading in ("were", "%", "95 % interval"):
        table.add_column(heading, justify="right")
    rows = [
        ("comparisons of equals, called different", shares["false_alarm_rate"]),
        ("intervals of equals, containing 1", shares["coverage"]),
        *((f"{100 * share:g} % slower, found", of_share) for share, of_share in shares["power"].items()),
    ]
    for name, share in rows:
        if share.n:
            count = f"{round(share.value * share.n)} of {share.n}"
            table.add_row(name, count, f"{100 * share.value:.1f}", f"{100 * share.low:.1f} - {100 * share.high:.1f}")
    return table
