"""Each request of a mix by itself: its rate, its errors, its percentiles, and how much of its body was compared."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from djbench.load import ClosedLoad
from results.analysis.figures.request_summary import RequestSummary
from results.analysis.summary import summarise
from results.records.request_figures import RequestFigures
from results.records.store import RunDirectory
from tests.unit.runs import OUTCOMES, a_cell, a_directory, samples_of

MIX = a_cell(pattern="mix", style="view")
HOME, DETAIL = "mix view: home", "mix view: detail"


def with_requests(directory: RunDirectory, *, beside: bool = False, **changes: Any) -> None:
    """Give every trial samples of two requests: home takes 1 to 20 ms, detail ten times as long."""
    names = [DETAIL, "plain sync, beside", HOME]
    figures = (
        RequestFigures(name=HOME, answered=20, errors={}),
        RequestFigures(name=DETAIL, answered=10, errors={"status": 1}),
    )
    for trial in directory.read_trials():
        assert trial.measurement is not None
        rows = samples_of([float(n) for n in range(1, 21)] + [10.0 * n for n in range(1, 21)] + [7.0])
        rows["request"] = [names.index(HOME)] * 20 + [names.index(DETAIL)] * 20 + [1 if beside else 0]
        samples = directory.write_samples(trial.number, [rows], {"outcome": OUTCOMES, "request": names})
        measurement = replace(trial.measurement, by_request=figures)
        directory.write_trial(replace(trial, measurement=measurement, samples=samples, **changes))


def requests_of(directory: RunDirectory) -> dict[str, RequestSummary]:
    (cell,) = summarise(directory).cells
    return {request.name: request for request in cell.by_request}


def test_each_request_has_its_own_figures_over_all_trials(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {MIX: [100, 100, 100]})
    with_requests(directory)
    requests = requests_of(directory)
    assert list(requests) == ["home", "detail"]
    home, detail = requests.values()
    assert (home.sampled, home.answered, home.errors) == (HOME, 60, {})
    assert (detail.answered, detail.errors) == (30, {"status": 3})
    assert (home.rate_rps, detail.rate_rps) == pytest.approx((20, 10))
    assert (home.latency_samples, detail.latency_samples) == (60, 63)
    assert home.latency_ms is not None
    assert detail.latency_ms is not None
    assert (home.latency_ms["p50"], detail.latency_ms["max"]) == (10, 200)
    assert "p99" not in home.shown_latency_ms


def test_what_is_sent_beside_a_mix_is_none_of_its_requests(tmp_path: Path) -> None:
    cell = replace(MIX, load=ClosedLoad(users=2, beside="plain", beside_users=1))
    directory = a_directory(tmp_path / "run", {MIX: [100], cell: [100]})
    with_requests(directory, beside=True)
    beside = next(summary for summary in summarise(directory).cells if summary.cell == cell)
    assert sum(request.latency_samples for request in beside.by_request) == beside.latency_samples == 40


def test_the_smallest_share_that_was_compared_counts(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {MIX: [100, 100]})
    with_requests(directory, compared={HOME: 0.98, DETAIL: 0.4})
    (first, *_) = directory.read_trials()
    directory.write_trial(replace(first, compared={HOME: 0.9}))
    (cell,) = summarise(directory).cells
    assert {request.name: request.compared for request in cell.by_request} == {"home": 0.9, "detail": 0.4}
    assert cell.compared == 0.4


def test_a_single_request_is_told_from_no_other(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {a_cell(): [100]})
    (cell,) = summarise(directory).cells
    assert (cell.by_request, cell.compared) == ((), None)


def test_a_mix_without_a_trial_that_counts_says_which_request_fails(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {MIX: [100]})
    with_requests(directory, flags=("errors",), invalidated_by=("errors",))
    detail = requests_of(directory)["detail"]
    assert (detail.rate_rps, detail.latency_ms, detail.errors) == (None, None, {"status": 1})
