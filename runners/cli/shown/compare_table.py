"""The table of a comparison of runs, for a terminal of any width."""

from collections.abc import Mapping

from rich.console import Group
from rich.markup import escape

from results.comparing.comparison import CellChange, Change, RunChange
from results.wording.names import question_name, style_text
from runners.cli.shown.grouped import TerminalColumn, grouped_table

PLAIN_WIDTH = 170  # columns of the table without a terminal

_COLUMNS = (
    TerminalColumn(heading="server", justify="left", folds_to=14),
    TerminalColumn(heading="style", justify="left", folds_to=5),
    TerminalColumn(heading="slots", least=84),
    TerminalColumn(heading="base", least=78),
    TerminalColumn(heading="new", least=78),
    TerminalColumn(heading="ratio"),
    TerminalColumn(heading="95 % interval", least=53),
    TerminalColumn(heading="verdict", justify="left", folds_to=12),
    TerminalColumn(heading="p99", justify="left", least=104, folds_to=12),
    TerminalColumn(heading="CPU", justify="left", least=124, folds_to=12),
    TerminalColumn(heading="memory", justify="left", least=144, folds_to=12),
)
# The quantities beside the one that decides how fast a cell is, by their columns' headings.
_BESIDE = {"p99": "p99", "CPU": "cpu", "memory": "memory"}
# Colour is never the only sign: each verdict is a word.
_STYLES = {"slower": "bold red", "more": "bold red", "faster": "bold green", "less": "bold green"}


def change_table(run: RunChange, short: Mapping[str, str], width: int) -> Group:
    """One row per cell under a heading per pattern and load; fits ``width`` columns."""
    groups: dict[str, list[dict[str, str]]] = {}
    for cell in run.cells:
        row = {
            "server": escape(short[cell.cell.server]),
            "style": escape(style_text(cell.cell.style)),
            "slots": "∞" if cell.cell.slots is None else str(cell.cell.slots),
            **_values(cell),
            **{heading: _ratio_and_word(cell.changes.get(name)) for heading, name in _BESIDE.items()},
        }
        groups.setdefault(question_name(cell.cell.pattern, cell.cell.load), []).append(row)
    title = "Throughput in requests/s (open load: median latency in ms), new over base"
    return grouped_table(_COLUMNS, groups, width, title=title)


def _values(cell: CellChange) -> dict[str, str]:
    change = cell.main
    if change is None:
        statuses = f"{cell.base.status} → {cell.new.status}"
        both = cell.base.status == cell.new.status == "measured"
        return {
            **dict.fromkeys(("base", "new", "ratio", "95 % interval"), "-"),
            "verdict": "not compared" if both else statuses,
        }
    estimate = change.comparison.estimate
    few = estimate.low is None or estimate.high is None
    return {
        "base": f"{change.base:.4g}",
        "new": f"{change.new:.4g}",
        "ratio": f"{estimate.mean:.3f}",
        "95 % interval": "-" if few else f"{estimate.low:.3f} - {estimate.high:.3f}",
        "verdict": _styled(change.word),
    }


def _styled(word: str) -> str:
    style = _STYLES.get(word)
    return f"[{style}]{word}[/{style}]" if style else word


def _ratio_and_word(change: Change | None) -> str:
    return f"{change.comparison.estimate.mean:.3f} {_styled(change.word)}" if change else "-"
