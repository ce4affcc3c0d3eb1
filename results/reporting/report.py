"""Everything a run's directory is turned into: summary, table, charts, and the report as one page and as Markdown."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from results.advising.advice import Advised
from results.advising.advice_text import BASIS, OTHERWISE, UNSETTLED, advice_in_words, deployment_heading
from results.analysis.seconds import Second, write_seconds
from results.analysis.summary import Summary, summarise
from results.analysis.verdicts import Verdict
from results.records.schema import Trial
from results.records.store import RunDirectory, not_written, replacing
from results.reporting import frames
from results.reporting.answers import Sureness, not_counted, overview, without_numbers
from results.reporting.charts.all_charts import draw_all
from results.reporting.charts.marks import colours
from results.reporting.conclusions import Conclusions, conclude
from results.reporting.courses import courses
from results.reporting.front.first_screen import Front, front_of
from results.reporting.method import (
    conditions,
    machine_facts,
    machine_line,
    method,
    repeat_command,
    unfinished,
    warnings,
)
from results.reporting.pages import render
from results.reporting.projects.described import hardly_compared, project_facts, project_line
from results.reporting.projects.request_table import request_table
from results.reporting.tables import cell_table, comparison_table
from results.wording.commands import command_for
from results.wording.flags import explained
from results.wording.names import cell_name
from results.wording.text import for_spreadsheet, server_name

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
_VERDICT_TONES = {
    Verdict.FASTER: "good",
    Verdict.SAME: "same",
    Verdict.TOO_CLOSE: "unsure",
    Verdict.INSUFFICIENT: "unsure",
    Verdict.SLOWER: "bad",
}


def write_report(directory: RunDirectory, conclusions: Conclusions | None = None) -> Path:
    """Write summary.json, the CSV files, charts/, report.md and report.html; returns the page's path.

    Needs nothing but the directory; ``conclusions`` saves computing them if that was just done. Each file takes its old
    one's place whole. Raises StoreError.
    """
    try:
        return _write(directory, conclusions or conclude(summarise(directory)))
    except OSError as error:
        raise not_written(f"the report: {error.filename}" if error.filename else "the report", error) from None


def _write(directory: RunDirectory, conclusions: Conclusions) -> Path:
    summary = conclusions.summary
    with replacing(directory.path / "summary.json") as partial:
        partial.write_text(json.dumps(conclusions.to_json(), indent=2) + "\n", encoding="utf-8")
    with replacing(directory.path / "summary.csv") as partial:
        frames.cells(summary).map(for_spreadsheet).to_csv(partial, index=False)
    requests = frames.requests(summary)
    if len(requests):
        with replacing(directory.path / "requests.csv") as partial:
            requests.map(for_spreadsheet).to_csv(partial, index=False)
    trials = directory.read_trials_of(summary.run)
    first_screen = front_of(conclusions)
    of_run = [standing.answer for standing in first_screen.standings]
    # Reading millions of samples hardly needs the interpreter; drawing needs little else.
    with ThreadPoolExecutor(max_workers=1) as beside:
        seconds = beside.submit(_seconds, directory, trials)
        charts = draw_all(summary, trials, of_run, directory.path / "charts")
        context = _context(conclusions, trials, first_screen) | {
            "charts": charts,
            "courses": _courses(summary, trials, seconds.result()),
        }
    for name in ("report.md", "report.html"):
        with replacing(directory.path / name) as partial:
            partial.write_text(render(name, context), encoding="utf-8")
    return directory.path / "report.html"


def _seconds(directory: RunDirectory, trials: Sequence[Trial]) -> dict[int, list[Second]]:
    with replacing(directory.path / "seconds.csv") as partial, partial.open("w", encoding="utf-8", newline="") as file:
        return write_seconds(directory, trials, file)


def _context(conclusions: Conclusions, trials: Sequence[Trial], front: Front) -> dict[str, Any]:
    """What the templates need besides charts and courses."""
    summary, advice = conclusions.summary, conclusions.advice
    labels, run = frames.labels(summary), summary.run
    return {
        "run": run,
        "unfinished": unfinished(run),
        "blocks": len(run.blocks),
        "trials": sum(cell.trials for cell in summary.cells),
        "invalid": sum(cell.invalid_trials for cell in summary.cells),
        "machine_line": machine_line(run),
        "findings": front.findings,
        "standings": front.standings,
        "overview": " ".join(filter(None, (overview([row.answer for row in front.standings]), not_counted(trials)))),
        "tones": _TONES,
        "verdict_tones": _VERDICT_TONES,
        "without_numbers": without_numbers(summary.cells, labels),
        "flags": explained(cell.flags for cell in summary.cells),
        "warnings": [*warnings(run), *hardly_compared([standing.question for standing in front.standings])],
        "project": run.target.name if run.target else "",
        "project_line": project_line(run),
        "project_facts": project_facts(run),
        "request_table": request_table(summary, labels),
        "advice": advice_context(advice),
        "cell_table": cell_table(summary, labels),
        "brief_table": cell_table(summary, labels, brief=True),
        "comparisons": comparison_table(summary, labels),
        "method": method(conclusions, labels),
        "repeat": repeat_command(run),
        "commands": _commands(summary, labels),
        "conditions": conditions(run),
        "machine": machine_facts(run),
    }


def advice_context(advice: Advised) -> dict[str, Any]:
    """What the templates of the advice need."""
    return {
        "basis": BASIS,
        "texts": [advice_in_words(of_question) for of_question in (*advice.mixes, *advice.patterns)],
        "unsettled": UNSETTLED,
        "otherwise": OTHERWISE,
        "deployments": [(deployment_heading(deployment), deployment) for deployment in advice.deployments],
    }


def _commands(summary: Summary, labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each cell's name with the command that measures it again."""
    blocks = str(max(1, len(summary.run.blocks)))
    return [
        (
            cell_name(cell.cell, labels, question=True),
            command_for([cell.cell], summary.run.settings, blocks),
        )
        for cell in summary.cells
    ]


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
