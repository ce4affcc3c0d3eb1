"""What a validation found, as tables, as JSON, and in its run's directory."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from results.analysis.figures.quantity import THROUGHPUT, Quantity
from results.analysis.figures.usage_figures import CPU
from results.analysis.stats import interval_of
from results.analysis.verdicts import MIN_BLOCKS
from results.records.schema import Run
from results.records.store import RunDirectory, write_whole
from results.validating.validation import (
    HANDICAPS,
    JUDGED,
    KnownComparison,
    Proportion,
    known_comparisons,
    proportion,
    verdict_rates,
)
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


# The comparisons of a validation, by what they compare.
_Known = Mapping[Quantity, Sequence[KnownComparison]]


def write_validation(directory: RunDirectory, run: Run) -> tuple[_Known, Path]:
    """Judge a live validation's trials and write ``validation.json``; the comparisons, and its path. StoreError."""
    trials = directory.read_trials_of(run)
    known = {quantity: known_comparisons(quantity, run.cells, trials) for quantity in JUDGED}
    content = {
        "profile": run.profile,
        "status": run.status,
        "failure": run.failure,
        "seed": run.seed,
        "live": json_value(verdict_rates(known[THROUGHPUT])),
        "live_cpu": json_value(verdict_rates(known[CPU])),
        "blocks": {"made": len(run.blocks), "at_most": run.settings.max_blocks, "ended_by": run.ended_by},
        "trials": {
            "valid": sum(trial.valid for trial in trials),
            "made": len(trials),
            "of_all_blocks": run.settings.max_blocks * len(run.cells),
        },
        "comparisons": _comparisons_json(known),
    }
    path = directory.path / "validation.json"
    write_whole(path, (json.dumps(content, indent=2) + "\n").encode())
    return known, path


def report_live(directory: RunDirectory, run: Run, *, quiet: bool, as_json: bool) -> bool:
    """Write what a live validation found, and print the tables, or the JSON. Was there anything? Raises StoreError."""
    known, path = write_validation(directory, run)
    if as_json:
        print(path.read_text(encoding="utf-8"), end="")
    elif not quiet:
        out = table_console(TABLE_WIDTH)
        for quantity, comparisons in known.items():
            out.print(_comparisons(quantity, comparisons))
        rates = _rates(known, run)
        out.print(rates if rates.row_count else f"no comparison has the {MIN_BLOCKS} blocks that a verdict needs")
        most = run.settings.max_blocks * len(run.cells)
        made = sum(len(session.cells) for block in run.blocks for session in block)
        print(
            f"{made} trials in {len(run.blocks)} blocks (ended by: {run.ended_by}); "
            f"{run.settings.max_blocks} blocks of all cells would be {most}"
        )
        print(f"all of it: {path}")
    return any(known.values())


def _comparisons_json(known: _Known) -> list[dict[str, Any]]:
    """Each with its cell, and with what CPU time says of it; None if its CPU time is not known."""
    by_cpu = {one.cell: one for one in known[CPU]}
    return [
        {
            "server": one.cell.server,
            "pattern": one.cell.pattern,
            "style": one.cell.style,
            "load": one.cell.load.to_json(),
            "other": one.cell.label,
            "handicap": one.handicap,
            "handicap_us": one.cell.handicap_us,
            **_comparison(THROUGHPUT, one),
            "cpu": _comparison(CPU, by_cpu[one.cell]) if one.cell in by_cpu else None,
        }
        for one in known[THROUGHPUT]
    ]


def _comparison(quantity: Quantity, known: KnownComparison) -> dict[str, Any]:
    comparison, estimate = known.comparison, known.comparison.estimate
    return {
        "ratio": interval_of(estimate),
        "true_ratio": known.truth,
        "blocks": estimate.n,
        "adjusted_p": comparison.adjusted_p,
        "verdict": quantity.verdict_text(comparison.verdict),
    }


def _comparisons(quantity: Quantity, comparisons: Sequence[KnownComparison]) -> Table:
    title = f"{quantity.title[0].upper()}{quantity.title[1:]} of a over the other"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("pattern", "style", "server", "other"):
        table.add_column(heading, overflow="fold")
    for heading in ("burnt µs", "true ratio", "ratio", "95 % interval", "blocks"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict on a")
    for known in comparisons:
        cell, estimate = known.cell, known.comparison.estimate
        interval = "-" if estimate.low is None else f"{estimate.low:.3f} - {estimate.high:.3f}"
        table.add_row(
            escape(cell.pattern),
            cell.style,
            escape(cell.server),
            escape(cell.label or ""),
            f"{cell.handicap_us:.1f}" if cell.handicap_us else "-",
            "-" if known.truth is None else f"{known.truth:.3f}",
            f"{estimate.mean:.3f}",
            interval,
            str(estimate.n),
            quantity.verdict_text(known.comparison.verdict),
        )
    return table


def _rates(known: _Known, run: Run) -> Table:
    """How often the verdicts of each quantity were right: one row of each kind, with the quantities side by side."""
    table = Table(
        title=f"Verdicts where the truth is known: {run.profile}, this machine",
        title_justify="left",
        box=box.SIMPLE_HEAD,
    )
    table.add_column("of")
    for quantity in known:
        for heading in (f"by {quantity.title}", "%", "95 % interval"):
            table.add_column(heading, justify="right")
    rates = [_named_rates(verdict_rates(comparisons)) for comparisons in known.values()]
    for name in dict.fromkeys(name for of_quantity in rates for name in of_quantity):
        shares = [of_quantity.get(name, proportion(0, 0)) for of_quantity in rates]
        if any(share.n for share in shares):
            table.add_row(name, *(text for share in shares for text in _counted(share)))
    return table


def _named_rates(rates: dict[str, Any]) -> dict[str, Proportion]:
    return {
        "comparisons of equals, called different": rates["false_alarm_rate"],
        "intervals of equals, containing 1": rates["coverage"],
        **{f"{100 * handicap:g} % slower, found": share for handicap, share in rates["power"].items()},
        **{
            f"intervals of {100 * handicap:g} % slower, containing the true ratio": share
            for handicap, share in rates["coverage_of_handicaps"].items()
        },
    }


def _counted(share: Proportion) -> tuple[str, str, str]:
    if not share.n:
        return "-", "-", "-"
    count = f"{round(share.value * share.n)} of {share.n}"
    return count, f"{100 * share.value:.1f}", f"{100 * share.low:.1f} - {100 * share.high:.1f}"
