"""Everything a run's directory is turned into: summary, table, charts, and the report as one page and as Markdown."""

import base64
import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from results import charts, frames
from results.findings import findings
from results.records import Run
from results.seconds import write_seconds
from results.store import RunDirectory, StoreError, replacing
from results.summary import Summary, summarise

_ISOLATION = {
    "trial": "Every trial had a freshly started server.",
    "block": (
        "Within a block, the cells of one server shared one start of it; every block started it anew. Memory and "
        "threads are those of that process, which the cells before have shaped."
    ),
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
    cells = frames.cells(summary)
    with replacing(directory.path / "summary.json") as partial:
        partial.write_text(json.dumps(summary.to_json(), indent=2) + "\n", encoding="utf-8")
    with replacing(directory.path / "summary.csv") as partial:
        cells.to_csv(partial, index=False)
    with replacing(directory.path / "seconds.csv") as partial, partial.open("w", encoding="utf-8", newline="") as file:
        write_seconds(directory, directory.read_trials(), file)
    shared = summary.run.settings.isolation == "block"
    drawn = charts.draw_all(
        cells,
        frames.ratios(summary),
        frames.timelines(summary),
        frames.slots(summary),
        directory.path / "charts",
        shared_processes=shared,
    )
    context = _context(summary, drawn, directory)
    for name in ("report.md", "report.html"):
        with replacing(directory.path / name) as partial:
            partial.write_text(_ENVIRONMENT.get_template(f"{name}.jinja").render(context), encoding="utf-8")
    return directory.path / "report.html"


def _context(summary: Summary, drawn: dict[str, str], directory: RunDirectory) -> dict[str, Any]:
    short = frames.labels(summary)
    return {
        "run": summary.run,
        "blocks": len(summary.run.blocks),
        "ended": _ended(summary.run),
        "warmup": _warmup(summary.run),
        "isolation": _ISOLATION.get(summary.run.settings.isolation, ""),
        "findings": findings(summary),
        "cells": summary.cells,
        "labels": short,
        "charts": [
            (name, title, _data_uri(directory.path / "charts" / f"{name}.svg")) for name, title in drawn.items()
        ],
        "machine": {key: _shown(value) for key, value in summary.run.machine.items() if key != "conditions"},
        "conditions": summary.run.machine.get("conditions", []),
        "some_closed": any(cell.cell.load.kind == "closed" for cell in summary.cells),
        "some_open": any(cell.cell.load.kind == "open" for cell in summary.cells),
        "some_varying": any(cell.cell.load.varies for cell in summary.cells),
        "connections": sorted({cell.cell.load.connections for cell in summary.cells if cell.cell.load.connections}),
        "telemetry_share": summary.telemetry_share_max,
        "trials": sum(cell.trials for cell in summary.cells),
        "invalid": sum(cell.invalid_trials for cell in summary.cells),
    }


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


def _data_uri(file: Path) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(file.read_bytes()).decode()


def _shown(value: Any) -> str:
    if value is None or value in ({}, []):
        return "–"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(part)}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(_shown(part) for part in value)
    return str(value)


def _number(value: float | None, digits: int = 4) -> str:
    """A number with ``digits`` significant digits and thousands apart; a dash for none."""
    if value is None:
        return "–"
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def _cell(value: object) -> str:
    """Text inside a Markdown table: one line, no bars, no markup."""
    text = " ".join(str(value).split())
    return "".join(f"\\{letter}" if letter in "\\|*_`<>[]" else letter for letter in text)


_ENVIRONMENT = Environment(
    loader=PackageLoader("results"),
    autoescape=select_autoescape(enabled_extensions=("html.jinja",), default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters.update(number=_number, md=_cell)
