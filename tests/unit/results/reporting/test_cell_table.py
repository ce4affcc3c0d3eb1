"""The tables of the page: what each load has numbers for, what is compared with what, and units."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from djbench.cell import Cell
from djbench.load import ClosedLoad, HeldLoad
from results.analysis.summary import summarise
from results.records.store import RunDirectory
from results.reporting.frames import labels
from results.reporting.report import write_report
from results.reporting.tables import Field, Table, cell_table, comparison_table
from tests.unit.runners.loading.test_held import HELD
from tests.unit.runs import OUTCOMES, a_cell, a_directory, a_measurement, samples_of

HOLDING = replace(a_cell(pattern="sse:delay=0.1"), load=HeldLoad(streams=10))
EVENTS = (
    *("rps", "rps_low", "rps_high", "cpu_ms", "requests"),
    *("events", "alive", "waiting", "lost", "gap_p99", "probe_p99", "cpu_ms_event"),
)


def fields_of(table: Table, row: int) -> dict[str, Field]:
    return {column.key: field for column, field in zip(table.columns, table.rows[row], strict=True)}


def holding(path: Path, rates: dict[Cell, list[float]], latencies_ms: list[float] | None = None) -> RunDirectory:
    """A run of these cells; those under a held load have held ten streams."""
    directory = a_directory(path, rates, latencies_ms=latencies_ms)
    for trial in directory.read_trials():
        if trial.cell.load.kind == "held":
            measurement = replace(a_measurement(80), held=HELD)
            directory.write_trial(replace(trial, measurement=measurement))
            samples = [samples_of([100.0] * 3)]
            directory.write_samples(trial.number, samples, {"outcome": OUTCOMES, "request": [trial.request]})
    return directory


def test_events_of_held_streams_are_not_called_requests(tmp_path: Path) -> None:
    summary = summarise(holding(tmp_path / "run", {HOLDING: [80.0] * 3, a_cell(): [50.0] * 3}))
    table = cell_table(summary, labels(summary))
    held, closed = fields_of(table, 0), fields_of(table, 1)
    assert [held[key].exact for key in EVENTS] == [
        *(None, None, None, None, None),
        *(pytest.approx(80), 8, 1, 1, 103.0, 4.0, pytest.approx(6.25)),
    ]
    assert [closed[key].exact for key in EVENTS] == [
        *(pytest.approx(50), pytest.approx(50), pytest.approx(50), pytest.approx(10), 150),
        *(None,) * 7,
    ]
    assert {held[key].shown for key in EVENTS[:5]} == {closed[key].shown for key in EVENTS[5:]} == {"–"}


def test_without_held_streams_there_are_no_columns_for_them(tmp_path: Path) -> None:
    summary = summarise(a_directory(tmp_path / "run", {a_cell(): [50.0] * 3}))
    assert not {"events", "alive", "gap_p99"} & set(fields_of(cell_table(summary, labels(summary)), 0))


def test_the_report_of_held_streams_says_nothing_of_requests(tmp_path: Path) -> None:
    directory = holding(tmp_path / "run", {HOLDING: [80.0] * 3})
    page = write_report(directory).read_text()
    assert '"held":true' in page
    texts = re.sub(r"<svg.*?</svg>|<th .*?</th>|<script>.*?</script>|<[^>]*>", " ", page, flags=re.DOTALL)
    assert "requests/s" not in texts
    lines = (directory.path / "report.md").read_text().splitlines()
    (heading,) = [line for line in lines if line.startswith("| pattern")]
    assert "events/s" in heading
    assert "CPU ms/event" in heading
    assert not {"requests/s", "CPU ms/request", "p99 ms"} & set(heading.split(" | "))


def test_only_what_is_compared_with_itself_alone_is_said_to_be(tmp_path: Path) -> None:
    """Beside others a style is compared with sync too, and the best with the rest."""
    rates: dict[Cell, list[float]] = {}
    for style, rate in (("sync", 100.0), ("async", 200.0)):
        alone = a_cell(style=style)
        rates[alone] = [rate] * 6
        rates[replace(alone, load=ClosedLoad(users=2, beside="cpu", beside_users=1))] = [rate / 2] * 6
    directory = a_directory(tmp_path / "run", rates)
    for trial in directory.read_trials():
        samples = [samples_of([1.0] * 1000)]
        directory.write_samples(trial.number, samples, {"outcome": OUTCOMES, "request": [trial.request]})
    summary = summarise(directory)
    table = comparison_table(summary, labels(summary))
    assert table is not None
    found = [fields_of(table, row) for row in range(len(table.rows))]
    others = {
        (row["comparison"].shown, " beside " in row["load"].shown, row["style"].shown): row["other"].shown
        for row in found
    }
    assert others == {
        ("style against style", False, "async"): "sync on uvicorn",
        ("style against style", True, "async"): "sync on uvicorn",
        ("best against the others", False, "async"): "sync on uvicorn",
        ("best against the others", True, "async"): "sync on uvicorn",
        ("CPU: style against style", False, "async"): "sync on uvicorn",
        ("CPU: style against style", True, "async"): "sync on uvicorn",
        ("CPU: cheapest against the others", False, "async"): "sync on uvicorn",
        ("CPU: cheapest against the others", True, "async"): "sync on uvicorn",
        ("beside others against alone", True, "sync"): "itself alone",
        ("beside others against alone", True, "async"): "itself alone",
    }


def test_exact_values_have_their_unit_and_unbounded_slots_their_word(tmp_path: Path) -> None:
    page = write_report(a_directory(tmp_path / "run", {a_cell(): [50.0] * 3})).read_text()
    assert re.search(r'data-v="([\d.]+)" title="\1 requests/s">50<', page)
    assert 'data-v="2.0" title="2.0 ms">2<' in page
    assert 'data-v="60.0" title="60.0 MiB">60<' in page
    assert '<td class="n" data-word="unbounded">∞</td>' in page
    assert 'data-v="3" title="3">3<' in page  # trials
