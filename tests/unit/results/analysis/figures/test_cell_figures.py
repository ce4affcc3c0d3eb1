"""Figures of a cell: one definition, one name in each output, and what they say of hard cases."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from djbench.load import ClosedLoad, HeldLoad
from results.analysis.figures.cell_figures import FIGURES, QUANTITIES, cell_json
from results.analysis.summary import Summary, summarise
from results.reporting.frames import cells, labels
from results.reporting.report import write_report
from results.reporting.tables import cell_table
from tests.unit.runners.loading.test_held import HELD
from tests.unit.runs import a_cell, a_directory

ALONE = a_cell()
BESIDE = replace(ALONE, load=ClosedLoad(users=2, beside="cpu", beside_users=1))
HELD_OPEN = replace(a_cell(pattern="sse:delay=0.1"), load=HeldLoad(streams=10))


def test_no_two_figures_have_one_name_in_an_output() -> None:
    columns = [column for figure in FIGURES for column in figure.columns]
    for names in (
        [figure.key for figure in FIGURES],
        [column.csv for column in columns if column.csv],
        [page.key for column in columns for page in column.page],
        [quantity.name for quantity in QUANTITIES],
    ):
        assert max(Counter(names).values()) == 1


def test_a_window_without_an_event_counts_as_any_other(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {HELD_OPEN: [10.0, 0.0, 20.0, 10.0]})
    for trial in directory.read_trials():
        assert trial.measurement is not None
        directory.write_trial(replace(trial, measurement=replace(trial.measurement, held=HELD)))
    (cell,) = summarise(directory).cells
    assert cell.throughput_rps is not None
    assert (cell.throughput_rps.mean, cell.throughput_rps.n) == (10.0, 4)
    assert cell.throughput_rps.low == 0.0
    assert cell.throughput_rps.high == pytest.approx(10 + 3.18245 * 8.16497 / 2, rel=1e-5)


def test_streams_that_never_had_an_event_are_a_result_too(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {HELD_OPEN: [0.0, 0.0, 0.0]})
    for trial in directory.read_trials():
        assert trial.measurement is not None
        directory.write_trial(replace(trial, measurement=replace(trial.measurement, held=HELD)))
    write_report(directory)
    (cell,) = json.loads((directory.path / "summary.json").read_text())["cells"]
    assert (cell["status"], cell["throughput_rps"]) == ("measured", {"mean": 0.0, "low": 0.0, "high": 0.0})


def beside(path: Path, *, reconnects: int) -> Summary:
    directory = a_directory(path / "run", {ALONE: [100.0] * 3, BESIDE: [50.0] * 3})
    for trial, beside_rps in zip(directory.read_trials(), (None, None, None, 7.0, 8.0, 9.0), strict=True):
        assert trial.measurement is not None
        measurement = replace(trial.measurement, beside_rps=beside_rps, reconnects=reconnects)
        directory.write_trial(replace(trial, measurement=measurement))
    return summarise(directory)


def test_what_background_users_had_stands_beside_the_cell_that_they_disturbed(tmp_path: Path) -> None:
    summary = beside(tmp_path, reconnects=0)
    assert [cell_json(cell)["beside_rps"] for cell in summary.cells] == [None, 8.0]
    assert cells(summary)["beside_rps"].tolist()[1] == 8.0
    table = cell_table(summary, labels(summary))
    at = [column.key for column in table.columns].index("background")
    assert [row[at].shown for row in table.rows] == ["–", "8"]


@pytest.mark.parametrize(("reconnects", "shown"), [(0, False), (2, True)])
def test_connections_that_were_opened_anew_show_only_if_there_are_any(
    tmp_path: Path, reconnects: int, shown: bool
) -> None:
    summary = beside(tmp_path, reconnects=reconnects)
    assert [cell_json(cell)["reconnects"] for cell in summary.cells] == [3 * reconnects] * 2
    keys = [column.key for column in cell_table(summary, labels(summary)).columns]
    assert ("reconnects" in keys) is shown
