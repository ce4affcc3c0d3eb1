"""Everything a run's directory is turned into: summary, table, charts, and the report as one page and as Markdown."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from djbench.cell import Cell
from results.advising.advice import advise
from results.analysis.floor import floor_of
from results.analysis.seconds import Second, write_seconds
from results.analysis.summary import Summary, summarise
from results.records.schema import Run, Trial
from results.records.store import RunDirectory, StoreError, replacing
from results.reporting import frames
from results.reporting.answers import Answer, Sureness, answers, not_counted, overview, without_numbers
from results.reporting.charts.all_charts import draw_all
from results.reporting.charts.marks import colours
from results.reporting.courses import courses
from results.reporting.findings import findings
from results.reporting.pages import render
from results.reporting.tables import cell_table, comparison_table
from results.wording.budgets import budget_text
from results.wording.commands import command_for
from results.wording.names import cell_name
from results.wording.text import count, for_spreadsheet, server_name

_ISOLATION = {
    "trial": "Every trial had a freshly started server.",
    "block": (
        "Within a block, the cells of one server shared one start of it; every block started it anew. Memory and "
        "threads are those of that process, which the cells before have shaped."
    ),
}

# How each answer's line is coloured.
_TONES = {
    Sureness.CLEAR: "good",
    Sureness.SAME: "same",
    Sureness.TOO_CLOSE: "unsure",
    Sureness.FEW: "unsure",
    Sureness.ALONE: "same",
    Sureness.COURSE: "same",
    Sureness.HELD: "same",
    Sureness.NOTHING: "bad",
}

_ENDED = {
    "settled": "every interval is narrow enough",
    "blocks": "some intervals are wider than wanted",
    "budget": "the time given was up",
    "nothing to narrow": "no interval asked for more",
}


def write_report(directory: RunDirectory, summary: Summary | None = None) -> Path:
    """Write summary.json, summary.csv, seconds.csv, charts/, report.md and report.html; returns the page's path.

    Needs nothing but the directory; ``summary`` saves reading it when that was just done. Each file takes its old
    one's place whole. Raises StoreError.
    """
    try:
        return _write(directory, summary or summarise(directory))
    except OSError as error:
        raise StoreError(f"cannot write the report: {error.filename}: {error.strerror}") from None


def _write(directory: RunDirectory, summary: Summary) -> Path:
    with replacing(directory.path / "summary.json") as partial:
        partial.write_text(json.dumps(summary_content(summary), indent=2) + "\n", encoding="utf-8")
    with replacing(directory.path / "summary.csv") as partial:
        frames.cells(summary).map(for_spreadsheet).to_csv(partial, index=False)
    trials = directory.read_trials_of(summary.run)
    found = answers(summary, frames.labels(summary))
    # Reading millions of samples hardly needs the interpreter; drawing needs little else.
    with ThreadPoolExecutor(max_workers=1) as beside:
        seconds = beside.submit(_seconds, directory, trials)
        charts = draw_all(summary, trials, found, directory.path / "charts")
        context = _context(summary, trials, found) | {
            "charts": charts,
            "courses": _courses(summary, trials, seconds.result()),
        }
    for name in ("report.md", "report.html"):
        with replacing(directory.path / name) as partial:
            partial.write_text(render(name, context), encoding="utf-8")
    return directory.path / "report.html"


def summary_content(summary: Summary) -> dict[str, Any]:
    """The content of summary.json: the summary, the A/A floor, and the advice that follows from the numbers."""
    floor = floor_of(summary.cells)
    return {
        **summary.to_json(),
        "aa_floor": floor.to_json() if floor else None,
        "advice": advise(summary).to_json(),
    }


def _seconds(directory: RunDirectory, trials: Sequence[Trial]) -> dict[int, list[Second]]:
    with replacing(directory.path / "seconds.csv") as partial, partial.open("w", encoding="utf-8", newline="") as file:
        return write_seconds(directory, trials, file)


def _context(summary: Summary, trials: Sequence[Trial], found: Sequence[Answer]) -> dict[str, Any]:
    """What the templates need besides charts and courses."""
    short, run = frames.labels(summary), summary.run
    return {
        "run": run,
        "blocks": len(run.blocks),
        "ended": _ended(run),
        "warmup": _warmup(run),
        "isolation": _ISOLATION.get(run.settings.isolation, ""),
        "answers": found,
        "overview": overview(found),
        "tones": _TONES,
        "without_numbers": without_numbers(summary.cells, short),
        "not_counted": not_counted(trials),
        "findings": findings(summary),
        "advice": advise(summary),
        "cells": summary.cells,
        "labels": short,
        "cell_table": cell_table(summary, short),
        "brief_table": cell_table(summary, short, brief=True),
        "comparisons": comparison_table(summary, short),
        "commands": [
            (cell, command_for([cell.cell], run.settings, str(max(1, len(run.blocks))))) for cell in summary.cells
        ],
        "machine": {key: _shown(value) for key, value in run.machine.items() if key != "conditions"},
        "machine_line": _machine_line(run),
        "conditions": run.machine.get("conditions", []),
        "some_closed": any(cell.cell.load.throughput_tells for cell in summary.cells),
        "some_open": any(cell.cell.load.scheduled for cell in summary.cells),
        "some_varying": any(cell.cell.load.varies for cell in summary.cells),
        "connections": sorted({cell.cell.load.at_once for cell in summary.cells if cell.cell.load.scheduled}),
        "slots_by": _slots_by(summary, short),
        "floor": _floor(summary, short),
        "budget": budget_text(
            run.settings.budget_cores, {short[cell.server]: cell.processes for cell in _servers(summary)}
        ),
        "telemetry_share": summary.telemetry_share_max,
        "trials": sum(cell.trials for cell in summary.cells),
        "invalid": sum(cell.invalid_trials for cell in summary.cells),
    }


def _courses(
    summary: Summary, trials: Sequence[Trial], seconds: Mapping[int, Sequence[Second]]
) -> list[dict[str, Any]]:
    """What the page's script draws of each cell when it is opened."""
    of_server = colours((cell.cell.server for cell in summary.cells), summary.run)
    drawn = courses([cell.cell for cell in summary.cells], trials, seconds)
    return [
        {
            "colour": of_server[server_name(cell.cell.server)],
            "held": cell.cell.load.endless,
            "trials": of_cell,
        }
        for cell, of_cell in zip(summary.cells, drawn, strict=True)
    ]


def _machine_line(run: Run) -> str:
    """The machine in a few words, as far as it is known."""
    machine = run.machine
    cpus, model, memory_mib = (machine.get(key) for key in ("cpu_count", "cpu_model", "memory_mib"))
    parts = [
        count(cpus, "CPU") if isinstance(cpus, int) else "",
        str(model) if model else "",
        f"{memory_mib / 1024:.3g} GiB" if isinstance(memory_mib, int | float) else "",
        f"Python {machine['python']}" if isinstance(machine.get("python"), str) else "",
    ]
    return ", ".join(part for part in parts if part) or "machine unknown"


def _ended(run: Run) -> str:
    """How it came to that many blocks, as a clause."""
    settings = run.settings
    said = []
    if settings.min_blocks != settings.max_blocks and run.ended_by is not None:
        said = [f"{settings.min_blocks} to {settings.max_blocks} were planned", _ENDED[run.ended_by]]
    if run.resumed:
        said.append(f"interrupted, and resumed at {' and '.join(run.resumed)}")
    return f" ({'; '.join(said)})" if said else ""


def _warmup(run: Run) -> str:
    least_s, most_s = run.settings.warmup_s, run.settings.warmup_limit_s
    return f"{least_s:g} s" if most_s in (None, least_s) else f"{least_s:g} to {most_s:g} s, until steady,"


def _floor(summary: Summary, short: Mapping[str, str]) -> str:
    """How far apart equals may seem in this run, as sentences; empty where there are too few trials to say."""
    floor = floor_of(summary.cells)
    if floor is None:
        return ""
    where = cell_name(floor.cell, short, question=True)
    middle, largest = (f"± {100 * share:.2g} %" for share in (floor.middle, floor.largest))
    return (
        f"A/A floor: beside itself, each trial with that of the next block, a cell has a 95 % interval of {middle} in "
        f"the middle of {count(floor.cells, 'cell')} and of {largest} at most ({where}). Between cells like the "
        "middle one a smaller difference is seldom told from noise here. djbench validate measures it with equals in "
        "one block."
    )


def _slots_by(summary: Summary, short: Mapping[str, str]) -> list[str]:
    """How each server came to its slots, as clauses; none for runs in which that was not noted."""
    return [
        f"{short[cell.server]} {'unbounded,' if cell.slots is None else f'{cell.slots} by'} {cell.slots_by}"
        for cell in _servers(summary)
        if cell.slots_by
    ]


def _servers(summary: Summary) -> list[Cell]:
    """A cell of each server."""
    return list({cell.cell.server: cell.cell for cell in summary.cells}.values())


def _shown(value: Any) -> str:
    if value is None or value in ({}, []):
        return "–"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(part)}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(_shown(part) for part in value)
    return str(value)
