"""The chart of single requests: which of them takes longest, and under which server least."""

from pathlib import Path

import pandas as pd
import pytest

from results.analysis.summary import summarise
from results.reporting.charts.marks import Hints
from results.reporting.charts.request_rows import request_chart
from results.reporting.frames import requests_for_charts
from tests.unit.project_runs import a_project_run
from tests.unit.runs import a_cell, a_directory

COLOURS = {"gunicorn-gthread": "#d55e00", "uvicorn": "#0072b2"}


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return requests_for_charts(summarise(a_project_run(tmp_path_factory.mktemp("project") / "run")))


def hinted(hints: Hints) -> list[str]:
    return [text for texts in hints.texts.values() for text in ([texts] if isinstance(texts, str) else texts)]


def test_mix_and_journey_have_a_panel_each_and_every_request_a_mark_per_server(requests: pd.DataFrame) -> None:
    hints = Hints()
    drawing = request_chart(requests, COLOURS, hints)
    assert drawing is not None
    title, figure = drawing
    assert title == "Of mix at 16 users, detail takes longest: p50 300 ms at best, on gunicorn-gthread"
    assert len(figure.axes) == 2
    assert len(hinted(hints)) == 8
    assert "home under uvicorn: p50 150 ms, p95 285 ms, over 1800 requests" in hinted(hints)


def test_a_request_with_too_few_samples_has_no_line_to_p95(requests: pd.DataFrame) -> None:
    hints = Hints()
    request_chart(requests.assign(latency_ms_p95=float("nan"), latency_samples=40), COLOURS, hints)
    assert all(text.endswith("too few requests for p95, over 40 requests") for text in hinted(hints))


def test_names_may_be_anything(requests: pd.DataFrame) -> None:
    hostile = "$\\frac$\u202e\x07" * 20
    assert request_chart(requests.assign(request=hostile, server_label=hostile), COLOURS, Hints()) is not None


def test_without_several_requests_or_without_numbers_there_is_no_chart(requests: pd.DataFrame, tmp_path: Path) -> None:
    single = requests_for_charts(summarise(a_directory(tmp_path / "run", {a_cell(): [1.0]})))
    assert request_chart(single, {}, Hints()) is None
    assert request_chart(requests.assign(latency_ms_p50=float("nan")), COLOURS, Hints()) is None
