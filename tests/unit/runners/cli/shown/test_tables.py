"""How tables fit into terminals: every number is whole, at any width."""

import re
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from typing import NamedTuple

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from results.analysis.summary import summarise
from results.claims.claim import Claim
from results.claims.claim_checks import Bound
from results.claims.judging import judge_claims
from results.comparing.comparison import compare_runs, read
from results.comparing.words import short_names_of
from runners.cli.shown.claims_text import print_claims
from runners.cli.shown.compare_table import change_table
from runners.cli.shown.grouped import TerminalColumn, grouped_table
from runners.cli.shown.table import results_table
from tests.unit.results.comparing.test_comparison import noisy
from tests.unit.results.reporting.test_cell_table import HOLDING, holding
from tests.unit.runs import OPEN, a_cell, a_directory

WIDTHS = range(30, 171)
CELLS = [
    replace(a_cell(server=server, style=style), load=load)
    for server in ("gunicorn-gthread:workers=1,threads=16", "gunicorn-uvicorn:workers=1")
    for style in ("sync", "async")
    for load in (a_cell().load, OPEN)
]
NUMBER = re.compile(r"\d+\.\d+")


def drawn(width: int, *renderables: RenderableType) -> str:
    text = StringIO()
    Console(file=text, width=width).print(*renderables)
    return text.getvalue()


class Drawn(NamedTuple):
    """A table, drawn in a terminal of the width it is given. always: the numbers that it has at each of them."""

    at: Callable[[int], str]
    always: frozenset[str]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Drawn]:
    """Each of the tables; that of results has held streams, too."""
    path = tmp_path_factory.mktemp("tables")
    samples = [0.5 + number / 300 for number in range(1000)]
    runs = [
        a_directory(
            path / name,
            {cell: noisy(rate, seed + place, 6) for place, cell in enumerate(CELLS)},
            latencies_ms=samples,
            id=name,
        )
        for name, rate, seed in (("base", 4156.2, 1), ("new", 3741.7, 50))
    ]
    comparison = compare_runs([read(run) for run in runs])
    cells = {cell: noisy(4156.2, place, 6) for place, cell in enumerate(CELLS)}
    summary = summarise(holding(path / "held", {**cells, HOLDING: [80.0] * 6}, samples))
    bound = Bound(says="says", quantity="throughput", cell=CELLS[0], over=CELLS[2], low=0.9, high=1.1)
    claim = Claim(name="c", words="words", example=1, source="source", checks=(bound,), why="because")
    judged = judge_claims([claim], summary, [])

    def claims(width: int) -> str:
        text = StringIO()
        print_claims(judged, Console(file=text, width=width))
        # Commands are not broken, so that they can be copied.
        return "\n".join(line for line in text.getvalue().splitlines() if not line.startswith("    djbench "))

    rates = {f"{cell.throughput_rps.mean:.1f}" for cell in summary.cells if cell.throughput_rps}
    medians = {f"{cell.latency_ms['p50']:.2f}" for cell in summary.cells if cell.latency_ms}
    changes = comparison.others[0].cells
    ratios = {f"{cell.main.comparison.estimate.mean:.3f}" for cell in changes if cell.main}
    short = short_names_of(comparison)
    return {
        "results": Drawn(lambda width: drawn(width, results_table(summary, width)), frozenset(rates | medians)),
        "comparison": Drawn(
            lambda width: drawn(width, change_table(comparison.others[0], short, width)), frozenset(ratios)
        ),
        "claims": Drawn(claims, frozenset(NUMBER.findall(claims(400)))),
    }


@pytest.mark.parametrize("name", ["results", "comparison", "claims"])
def test_no_number_is_cut_at_any_width(tables: dict[str, Drawn], name: str) -> None:
    draw, always = tables[name]
    whole = set(NUMBER.findall(draw(400)))
    assert len(always) >= 2
    for width in WIDTHS:
        text = draw(width)
        found = set(NUMBER.findall(text))
        assert found <= whole, (width, found - whole)
        assert always <= found, (width, always - found)
        assert all(cell_len(line) <= width for line in text.splitlines()), width
        assert "…" not in text


@pytest.mark.parametrize(("width", "interval", "columns"), [(33, False, False), (46, False, True), (53, True, True)])
def test_of_a_comparison_the_interval_goes_first_and_then_the_columns(
    tables: dict[str, Drawn], width: int, interval: bool, columns: bool
) -> None:
    text = tables["comparison"].at(width)
    assert (" - 0.9" in text, "ratio" in text.split("plain, 2 users")[0]) == (interval, columns)
    assert text.count("1.000 same" if columns else "ratio 1.000,") == 4


def test_events_of_held_streams_are_not_printed_as_requests(tables: dict[str, Drawn]) -> None:
    """80 events a second at 6.25 ms of CPU time each."""
    text = tables["results"].at(170)
    (row,) = (line for line in text.splitlines() if "events/s" in line)
    assert " ".join(row.split()) == "uvicorn sync ∞ - - - - - 60 8 of 10 held; 80.0 events/s"
    headings = next(line for line in text.splitlines() if line.startswith("server")).rstrip()
    assert re.split(r"\s{2,}", headings)[3:] == [
        *("requests/s", "95 % interval", "p50 ms", "p99 ms", "CPU ms/req", "RSS MiB", "beside the best"),
    ]


def test_a_row_without_room_for_columns_is_a_sentence() -> None:
    columns = (
        TerminalColumn(heading="name", justify="left", folds_to=6),
        TerminalColumn(heading=""),
        TerminalColumn(heading="ratio"),
    )
    groups = {"g": [{"name": "somebody", "": "████", "ratio": "[red]12345.678[/red]"}]}
    lines = [line.rstrip() for line in drawn(18, grouped_table(columns, groups, 18, title="t")).splitlines()]
    assert lines == ["t", "", "g", "  name somebody,", "  ratio 12345.678", ""]
