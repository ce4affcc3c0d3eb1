"""What a comparison of runs is written as: JSON, Markdown to paste, charts, and one HTML page."""

import base64
import json
import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from stat import S_ISDIR
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from djbench.load import Load
from results.analysis.figures.cell_figures import QUANTITIES
from results.comparing.comparison import CellChange, RunChange, RunComparison
from results.comparing.gates import GateOutcome, JudgedGate, worst_of
from results.comparing.words import (
    NOTHING_DIFFERS,
    cells_of_one,
    how_compared,
    shift_text,
    short_names_of,
    verdict_sentences,
)
from results.records.store import StoreError, replacing, stat_of
from results.reporting.charts.changes import ratio_chart
from results.reporting.charts.drawing import OF_KIND, chart_name, remove_stale
from results.reporting.charts.marks import colours
from results.reporting.method import repeat_command, unfinished
from results.reporting.pages import render
from results.wording.names import cell_name
from results.wording.text import for_chart

SCHEMA_VERSION = 1
_KIND = "comparison of runs"
_DATA = "comparison.json"
# A folder's name may have 255 bytes.
_LONGEST_NAME = 150
_TITLE_LETTERS = 130
_CHART_NAME = re.compile(rf"ratios{OF_KIND}(?:-\d+)?")


def folder_name(comparison: RunComparison) -> str:
    """What the comparison of these runs is called by default: the same for the same runs, and for no others."""
    ids = [comparison.base.id, *(other.run.id for other in comparison.others)]
    name = "--".join(re.sub(r"[^A-Za-z0-9_-]+", "-", identity) for identity in ids)
    if len(name) <= _LONGEST_NAME and all(re.fullmatch(r"[A-Za-z0-9_-]+", identity) for identity in ids):
        return name
    return f"{name[:_LONGEST_NAME]}-{sha256(json.dumps(ids).encode()).hexdigest()[:8]}"


def require_own(folder: Path) -> None:
    """Raises StoreError when something is there that is no comparison, which would be overwritten."""
    there = stat_of(folder, "write")
    if there is None:
        return
    try:
        if S_ISDIR(there.st_mode) and not any(folder.iterdir()):
            return
        content = json.loads((folder / _DATA).read_bytes())
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict) or content.get("kind") != _KIND:
        raise StoreError(f"{folder} is there already and is no comparison; name another with --output")


def to_json(comparison: RunComparison, judged: Sequence[JudgedGate]) -> dict[str, Any]:
    """The content of comparison.json."""
    return {
        "schema": SCHEMA_VERSION,
        "kind": _KIND,
        **comparison.to_json(),
        "gates": [ruling.to_json() for ruling in judged],
    }


def write_comparison(comparison: RunComparison, judged: Sequence[JudgedGate], folder: Path) -> Path:
    """Write comparison.json, comparison.md, comparison.html and charts/ into the folder; returns the page's path.

    Replaces an older comparison that is there, and nothing else. Raises StoreError.
    """
    require_own(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(folder / _DATA) as partial:
            partial.write_text(json.dumps(to_json(comparison, judged), indent=2) + "\n", encoding="utf-8")
        charts = _draw(comparison, folder / "charts")
        context = _context(comparison, judged, charts)
        for name in ("comparison.md", "comparison.html"):
            with replacing(folder / name) as partial:
                partial.write_text(render(name, context), encoding="utf-8")
    except OSError as error:
        raise StoreError(f"cannot write the comparison: {error.filename}: {error.strerror}") from None
    return folder / "comparison.html"


def _context(
    comparison: RunComparison, judged: Sequence[JudgedGate], charts: Sequence[Sequence[tuple[str, str]]]
) -> dict[str, Any]:
    short = short_names_of(comparison)
    return {
        "base": comparison.base,
        "base_repeat": repeat_command(comparison.base),
        "nothing_differs": NOTHING_DIFFERS,
        "base_path": comparison.path,
        "runs": [
            {
                "change": run,
                "unfinished": unfinished(run.run),
                "only_in": cells_of_one(run),
                "repeat": repeat_command(run.run),
                "how": how_compared(run),
                "shift": shift_text(run),
                "sentences": verdict_sentences(run, short),
                "charts": of_run,
                "quantities": [q for q in QUANTITIES if any(q.name in cell.changes for cell in run.cells)],
            }
            for run, of_run in zip(comparison.others, charts, strict=True)
        ],
        "short": short,
        "cell_name": cell_name,
        "gates": gate_lines(judged),
        "judged": [ruling for ruling in judged if ruling.outcome is not GateOutcome.PASSED],
        "strict": any(ruling.fails and ruling.outcome is GateOutcome.UNDECIDED for ruling in judged),
    }


def gate_lines(judged: Sequence[JudgedGate]) -> list[dict[str, Any]]:
    """Each gate with its outcome over all cells, and how many of them passed, failed and stay undecided."""
    gates: dict[str, list[JudgedGate]] = {}
    for ruling in judged:
        gates.setdefault(str(ruling.gate), []).append(ruling)
    return [
        {
            "gate": gate,
            "outcome": str(worst_of(of_gate)),
            **{str(outcome): sum(ruling.outcome is outcome for ruling in of_gate) for outcome in GateOutcome},
        }
        for gate, of_gate in gates.items()
    ]


def _draw(comparison: RunComparison, folder: Path) -> list[list[tuple[str, str]]]:
    """Draw each run's charts, PNG and SVG, in place of those of an earlier comparison.

    Returns of each run (title, SVG as data URI).
    """
    folder.mkdir(exist_ok=True)
    short = short_names_of(comparison)
    of_server = colours(short, comparison.base, *(run.run for run in comparison.others))
    drawn: dict[str, str] = {}
    charts = []
    for number, run in enumerate(comparison.others, 1):
        of_run = []
        for load in {cell.cell.load.kind: cell.cell.load for cell in run.cells}.values():
            cells = [cell for cell in run.cells if cell.cell.load.like(load)]
            figure = ratio_chart(cells, short, of_server)
            if figure is None:
                continue
            name = f"{chart_name('ratios', load)}{f'-{number}' if len(comparison.others) > 1 else ''}"
            title = _title(comparison, run, cells, load)
            _save(figure, folder, name, title)
            drawn[name] = title
            svg = base64.b64encode((folder / f"{name}.svg").read_bytes()).decode()
            of_run.append((title, f"data:image/svg+xml;base64,{svg}"))
        charts.append(of_run)
    remove_stale(folder, lambda name: _CHART_NAME.fullmatch(name) is not None, drawn)
    return charts


def _title(comparison: RunComparison, run: RunChange, cells: Sequence[CellChange], load: Load) -> str:
    """The finding, in a line."""
    words = [cell.main.word for cell in cells if cell.main]
    called = [f"{words.count(word)} {word}" for word in ("slower", "faster") if word in words]
    if lost := sum(cell.lost for cell in cells):
        called.append(f"{lost} without a number any more")
    verdicts = ", ".join(called) or "none called faster or slower"
    under = "" if load.throughput_tells else f" under {load.kind} load"
    return f"{run.run.id} beside {comparison.base.id}{under}: of {len(cells)} cells {verdicts}"


def _save(figure: Figure, folder: Path, name: str, title: str) -> None:
    text = figure.suptitle(for_chart(title, _TITLE_LETTERS), fontsize=11, x=0.01, ha="left")
    text.set_parse_math(False)
    # A fixed salt and no date: the same comparison gives the same file.
    with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        with replacing(folder / f"{name}.png") as partial:
            figure.savefig(partial, format="png", dpi=120)
        with replacing(folder / f"{name}.svg") as partial:
            figure.savefig(partial, format="svg", metadata={"Date": None})
