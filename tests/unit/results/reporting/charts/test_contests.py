"""Titles of charts: they rank nobody whom the verdicts do not."""

from dataclasses import replace
from pathlib import Path

import pytest

from djbench.cell import Cell
from djbench.load import ClosedLoad, Load
from tests.unit.results.analysis.test_ranking import RATES
from tests.unit.results.reporting.charts.test_charts import drawn
from tests.unit.runs import a_cell

FEW, MANY = (ClosedLoad(users=users) for users in (2, 8))
UVICORN, DAPHNE, UWSGI = ("uvicorn:workers=1", "daphne", "uwsgi")


def around(rate: float, noise: float = 0.002) -> list[float]:
    return [rate * (1 + noise * step) for step in (-2, -1, 0, 1, 2, 0)]


def titles(path: Path, rates: dict[Cell, list[float]], *names: str) -> list[str]:
    charts = drawn(path, rates)
    return [charts[name].title for name in names]


def cell(server: str, pattern: str = "plain", style: str = "sync", load: Load = FEW) -> Cell:
    return replace(a_cell(server, pattern, style), load=load)


def test_who_is_called_faster_is_named_with_the_lead(tmp_path: Path) -> None:
    rates = {cell(UVICORN): around(300), cell(DAPHNE): around(200), cell(UWSGI): around(100)}
    assert titles(tmp_path, rates, "overview", "throughput") == [
        "uvicorn has the highest throughput; the last has 33.3 % of the best",
        "uvicorn answers the most requests of plain at 2 users: 1.50 × the next server, 3.00 × the last",
    ]


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        (around(100.4), "the same within 3 %"),
        ([100.0, 110.0, 95.0, 108.0, 97.0, 101.0], "too close to call"),
        ([300.0] * 4, "too few blocks for a verdict"),
    ],
)
def test_whom_the_verdicts_do_not_part_no_title_parts(tmp_path: Path, rates: list[float], said: str) -> None:
    overview, throughput = titles(tmp_path, {cell(UVICORN): around(100), cell(DAPHNE): rates}, "overview", "throughput")
    first = "uvicorn and daphne" if "uvicorn and" in overview else "daphne and uvicorn"
    assert overview == f"{first} have the highest throughput, {said}"
    assert throughput == f"{first} answer the most requests of plain at 2 users, {said}"


def test_no_ratio_stands_beside_the_best_where_another_has_the_higher_mean(tmp_path: Path) -> None:
    overview, throughput = titles(tmp_path, RATES, "overview", "throughput")
    assert overview == "async has the highest throughput"
    assert throughput == "async answers the most requests of plain at 2 users, in the blocks that all have"


def test_a_question_with_one_number_is_no_win(tmp_path: Path) -> None:
    rates = {
        cell(UVICORN, "plain"): around(100),
        cell(DAPHNE, "plain"): around(200),
        cell(UVICORN, "cpu"): around(100),
        cell(DAPHNE, "cpu"): around(101),
        cell(UVICORN, "cache"): around(100),
    }
    assert titles(tmp_path, rates, "overview") == [
        "daphne has the highest throughput in 1 of 2; 1 the same within 3 %",
    ]


def test_two_styles_of_a_server_do_not_hide_that_it_is_ahead(tmp_path: Path) -> None:
    rates = {
        cell(UVICORN, style="sync"): around(200),
        cell(UVICORN, style="async"): around(200.2),
        cell(DAPHNE): around(100),
    }
    assert titles(tmp_path, rates, "overview")[0].startswith("uvicorn has the highest throughput;")


def test_of_one_server_the_styles_are_compared(tmp_path: Path) -> None:
    rates = {
        cell(UVICORN, style=style, load=load): around(rate)
        for style, rate in (("sync", 100), ("async", 150))
        for load in (FEW, MANY)
    }
    assert titles(tmp_path, rates, "overview") == ["async has the highest throughput in both"]


def test_nobody_is_named_where_nothing_is_told(tmp_path: Path) -> None:
    rates = {cell(server, load=load): around(100) for server in (UVICORN, DAPHNE) for load in (FEW, MANY)}
    assert titles(tmp_path, rates, "overview") == [
        "No server clearly has the highest throughput in any of 2: 2 the same within 3 %"
    ]


def test_tails_and_costs_have_spans_and_no_winner(tmp_path: Path) -> None:
    rates = {cell(UVICORN): around(300), cell(DAPHNE): around(200)}
    charts = drawn(tmp_path, rates, latencies_ms=[float(ms) for ms in range(1, 1001)])
    assert (
        charts["spectrum"].title
        == "The p99 of all cells is the same within 3 %, in every panel; of plain at 2 users 990 ms"
    )
    for name, finding in (("spectrum", "p99 990 ms, of all within 3 %"), ("cost", "ms of CPU time per request")):
        assert finding in charts[name].svg
        assert not [server for server in ("uvicorn", "daphne") if server in charts[name].title]
