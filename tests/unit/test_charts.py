"""The charts: one colour per server, names apart from each other, exact values at the marks, names as text."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from results import frames
from results.answers import answers
from results.charts import draw_all
from results.drawing import Chart, save
from results.marks import Hints, colours, spread
from results.records import Cell, Load
from results.summary import summarise
from tests.unit.runs import a_cell, a_directory

HOSTILE = "<img src=x onerror=1>$\\frac$&\"'\u202e\n" + "y" * 10_000


def drawn(path: Path, rates: dict[Cell, list[float]], latencies_ms: list[float] | None = None) -> dict[str, Chart]:
    directory = a_directory(path / "run", rates, latencies_ms=latencies_ms)
    summary = summarise(directory)
    found = answers(summary, frames.labels(summary))
    return {chart.name: chart for chart in draw_all(summary, directory.read_trials(), found, path / "charts")}


def hints_of(chart: Chart) -> list[str]:
    return [title.text or "" for title in ET.fromstring(chart.svg).iter("{http://www.w3.org/2000/svg}title")]


def test_a_server_has_its_colour_whoever_else_is_there() -> None:
    alone = colours(["uvicorn:workers=2"])
    among = colours(["daphne", "mine.toml:a=1", "uvicorn:workers=1", "uvicorn:workers=4"])
    assert alone["uvicorn"] == among["uvicorn"]
    assert len(set(among.values())) == len(among) == 3


def test_twelve_servers_have_twelve_colours() -> None:
    assert len(set(colours([f"server{number}" for number in range(12)]).values())) == 12


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0.001, 0.2))
def test_places_are_apart_in_order_and_within(wanted: list[float], least: float) -> None:
    least = min(least, 1 / max(1, len(wanted) - 1))
    places = spread(sorted(wanted), least=least)
    assert len(places) == len(wanted)
    assert all(after - before >= least - 1e-9 for before, after in pairwise(places))
    assert places[0] >= -1e-9
    assert places[-1] <= 1 + 1e-9


def test_places_that_do_not_touch_stay_where_they_are() -> None:
    assert spread([0.1, 0.5, 0.9], least=0.1) == [0.1, 0.5, 0.9]
    assert spread([0.5, 0.5], least=0.1) == pytest.approx([0.45, 0.55])


def test_an_embedded_drawing_holds_its_hints_and_the_page_s_ink(tmp_path: Path) -> None:
    figure, hints = Figure(figsize=(3, 2), layout="constrained"), Hints()
    panel = figure.subplots()
    (mark,) = panel.plot([1], [1], "o", color="#0072b2")
    hints.on(mark, 'two < three & "four"')
    chart = save(figure, "some", "A finding with <b>", hints, tmp_path)
    assert hints_of(chart) == ['two < three & "four"']
    root = ET.fromstring(chart.svg)
    assert root.get("aria-label") == "A finding with <b>"
    assert "currentColor" in chart.svg
    assert "#000000" not in chart.svg
    assert "#ffffff" not in chart.svg  # no paper of its own
    assert {file.name for file in tmp_path.iterdir()} == {"some.png", "some.svg"}
    assert "A finding with &lt;b&gt;" in (tmp_path / "some.svg").read_text()


def test_the_overview_sets_each_cell_beside_the_best_of_its_pattern(tmp_path: Path) -> None:
    rates = {a_cell(style="sync"): [100.0] * 3, a_cell(style="async"): [50.0] * 3, a_cell("daphne"): [25.0] * 3}
    said = hints_of(drawn(tmp_path, rates)["overview"])
    assert [re.search(r"([\d.]+) % of the best", hint).group(1) for hint in said] == ["100.0", "50.0", "25.0"]  # type: ignore[union-attr]


def test_a_cell_without_a_number_has_its_reason_in_the_overview(tmp_path: Path) -> None:
    rates = {a_cell(): [100.0] * 3, a_cell("daphne"): [50.0] * 3, a_cell("hypercorn"): []}
    assert (
        "unmeasured. not measured: the run ended before its first trial"
        in hints_of(drawn(tmp_path, rates)["overview"])[-1]
    )


def test_users_and_slots_are_drawn_with_what_littles_law_allows(tmp_path: Path) -> None:
    def cell(threads: int, users: int) -> Cell:
        load = Load(kind="closed", users=users)
        return replace(a_cell(f"waitress:threads={threads}"), slots=threads, wait_s=0.1, load=load)

    charts = drawn(tmp_path, {cell(threads, users): [10.0 * threads] * 3 for threads in (2, 4) for users in (2, 8)})
    assert any("users 8" in hint and "at most 40 by Little's law" in hint for hint in hints_of(charts["users"]))
    assert any("slots 4" in hint and "at most 20 by Little's law" in hint for hint in hints_of(charts["slots"]))


def test_a_spectrum_s_hints_are_percentiles_by_nearest_rank(tmp_path: Path) -> None:
    chart = drawn(tmp_path, {a_cell(): [100.0]}, latencies_ms=[float(ms) for ms in range(1, 1001)])["spectrum"]
    (hint,) = hints_of(chart)
    assert "p50 500 ms" in hint
    assert "p90 900 ms" in hint
    assert "p99 990 ms" in hint
    assert "p99.9" not in hint  # fewer than ten samples lie beyond


def test_whatever_a_name_holds_charts_are_drawn_and_keep_it_as_text(tmp_path: Path) -> None:
    rates = {
        a_cell(server, pattern, style): [90.0, 100.0, 110.0]
        for server in (HOSTILE, "\u05e9\u05e8\u05ea", "\u4e2d\u6587")
        for pattern in ("plain", HOSTILE)
        for style in ("sync", HOSTILE)
    }
    for chart in drawn(tmp_path, rates, latencies_ms=[1.0] * 30).values():
        root = ET.fromstring(chart.svg)
        assert not [element for element in root.iter() if element.tag.endswith("}img")]
        width, _, height = (root.get(side, "").removesuffix("pt") for side in ("width", "x", "height"))
        assert float(width) < 1000
        assert float(height) < 3000
