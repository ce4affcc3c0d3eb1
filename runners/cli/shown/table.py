"""The table at the end of a run: every cell with its numbers, and how it stands beside the best of its group."""

from collections.abc import Sequence

from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from djbench.cell import Cell
from results.analysis.cell_summary import CellSummary
from results.analysis.figures.usage import server_cpu_ms, server_rss_mib
from results.analysis.summary import Ratio, Summary
from results.analysis.verdicts import Verdict
from results.reporting.front.findings import Finding
from results.wording.names import question_name, short_names, style_text
from runners.cli.shown.grouped import TerminalColumn, grouped_table

_BAR_WIDTH = 8
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_BESIDE = "beside the best"
# What the best is called over a cell, words of that cell.
_SEEN_FROM_BELOW = {Verdict.FASTER: "slower", Verdict.SLOWER: "faster"}


def results_table(summary: Summary, width: int) -> Group:
    """One row per cell under a heading per pattern and load, the best first; fits ``width`` columns."""
    some_open = any(cell.cell.load.compares_latency for cell in summary.cells)  # there latency is the question
    columns = [
        TerminalColumn(heading="server", justify="left", folds_to=16),
        TerminalColumn(heading="style", justify="left", folds_to=5),
        TerminalColumn(heading="slots"),
        TerminalColumn(heading="requests/s"),
        TerminalColumn(heading="", justify="left", least=76),
        TerminalColumn(heading="95 % interval", least=100 if some_open else 72),
        TerminalColumn(heading="p50 ms", least=0 if some_open else 108),
        TerminalColumn(heading="p99 ms", least=84 if some_open else 96),
        TerminalColumn(heading="CPU ms/req", least=122),
        TerminalColumn(heading="RSS MiB", least=122),
        TerminalColumn(heading=_BESIDE, justify="left", folds_to=15),  # as long as the longest flag,
    ]
    groups: dict[str, list[dict[str, str]]] = {}
    short = short_names(cell.cell for cell in summary.cells)
    best: dict[tuple[object, ...], CellSummary] = {}
    leads = {lead.other: lead for lead in summary.leads}
    for cell in in_reading_order(summary):
        first = best.setdefault(cell.cell.question, cell)
        row = {
            "server": escape(short[cell.cell.server]),
            "style": escape(style_text(cell.cell.style)),
            **_values(cell),
            "": _bar(cell, first),
            _BESIDE: escape(_standing(cell, leads, frozenset(lead.cell for lead in summary.leads))),
        }
        groups.setdefault(question_name(cell.cell.pattern, cell.cell.load), []).append(row)
    title = "Throughput with 95 % intervals; latency over exact samples; bars: beside the best, longer is better"
    return grouped_table(columns, groups, width, title=title)


def findings_text(findings: Sequence[Finding], width: int) -> Table:
    """What the report's first screen says, in ``width`` columns."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.width = width
    table.add_column(style="bold", overflow="fold", max_width=24)
    table.add_column(ratio=1)
    for finding in findings:
        table.add_row(Text(finding.about), Text(finding.text))
    return table


def in_reading_order(summary: Summary) -> list[CellSummary]:
    """Cells by pattern and load as planned, in each the best first and failing ones last."""
    patterns = list(dict.fromkeys(cell.cell.pattern for cell in summary.cells))
    loads = list(dict.fromkeys(cell.cell.load for cell in summary.cells))
    leaders = {lead.cell for lead in summary.leads}

    def place(cell: CellSummary) -> tuple[int, int, bool, float]:
        behind = cell.cell not in leaders
        return patterns.index(cell.cell.pattern), loads.index(cell.cell.load), behind, cell.rank()

    return sorted(summary.cells, key=place)


def _standing(cell: CellSummary, leads: dict[Cell, Ratio], leaders: frozenset[Cell]) -> str:
    """The verdict beside the best, and what else there is to know."""
    words = []
    if cell.cell in leaders:
        words = ["best"]
    elif cell.cell in leads:
        verdict = leads[cell.cell].comparison.verdict
        words = [_SEEN_FROM_BELOW.get(verdict, str(verdict))]
    if cell.held:
        words.append(f"{cell.held.alive} of {cell.held.streams} held")
        words.append(f"{_rate(cell.throughput_rps.mean)} events/s" if cell.throughput_rps else "no events")
    invalid = [f"{cell.invalid_trials} invalid"] if cell.invalid_trials else []
    return cell.reason or "; ".join((*words, *cell.doubts, *invalid))


def _bar(cell: CellSummary, best: CellSummary) -> str:
    """How far the cell comes, of what the best does; empty if a median or a rate says little."""
    if cell.throughput_rps is None or best.throughput_rps is None or not cell.cell.load.one_figure:
        return ""
    if cell.cell.load.throughput_tells:
        share = cell.throughput_rps.mean / best.throughput_rps.mean
    elif cell.latency_ms and best.latency_ms:
        share = best.latency_ms["p50"] / cell.latency_ms["p50"]
    else:
        return ""
    return bar(share)


def bar(share: float) -> str:
    """A share from 0 to 1 as a bar of eight columns, to an eighth of a column."""
    eighths = round(min(1.0, max(0.0, share)) * _BAR_WIDTH * 8)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest] if rest else "")


def _rate(value: float) -> str:
    """A tenth of a request per second, or three digits if that is too coarse."""
    return f"{value:.1f}" if value >= 10 else f"{value:.3g}"


def _values(cell: CellSummary) -> dict[str, str]:
    """What is counted of held streams is events, and no requests: their columns have nothing of them."""
    latency, rss = cell.shown_latency_ms, server_rss_mib(cell)
    rate, cpu = (None, None) if cell.held else (cell.throughput_rps, server_cpu_ms(cell))
    return {
        "slots": "∞" if cell.cell.slots is None else str(cell.cell.slots),
        "requests/s": "-" if cell.held else _rate(rate.mean) if rate else cell.status,
        "95 % interval": f"{_rate(rate.low)} - {_rate(rate.high)}"
        if rate and rate.low is not None and rate.high is not None
        else "-",
        "p50 ms": f"{latency['p50']:.2f}" if "p50" in latency else "-",
        "p99 ms": f"{latency['p99']:.2f}" if "p99" in latency else "-",
        "CPU ms/req": f"{cpu:.3f}" if cpu is not None else "-",
        "RSS MiB": f"{rss:.0f}" if rss is not None else "-",
    }
