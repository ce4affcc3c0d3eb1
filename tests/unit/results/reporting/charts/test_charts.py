"""The charts: one colour per server, names apart from each other, exact values at the marks, names as text."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from djbench.cell import Cell
from djbench.load import ClosedLoad, HeldLoad
from results.analysis.summary import summarise
from results.reporting import frames
from results.reporting.charts.all_charts import draw_all, is_chart_name
from results.reporting.charts.cost import cost_chart
from results.reporting.charts.drawing import Chart, save
from results.reporting.charts.marks import Hints, colours, spread
from results.reporting.charts.sweeps import user_chart
from runners.servers.registry import SERVERS
from tests.unit.answered import answers_of
from tests.unit.runs import a_cell, a_directory, served

HOSTILE = "<img src=x onerror=1>$\\frac$&\"'\u202e\n\x01\ufffe" + "y" * 10_000

CEILING_ZORDER = 1


def drawn(path: Path, rates: dict[Cell, list[float]], latencies_ms: list[float] | None = None) -> dict[str, Chart]:
    directory = a_directory(path / "run", rates, latencies_ms=latencies_ms)
    summary = summarise(directory)
    found = answers_of(summary)
    charts = draw_all(summary, directory.read_trials(), found, path / "charts")
    assert all(is_chart_name(chart.name) for chart in charts)  # or a later report would not take it for its own
    return {chart.name: chart for chart in charts}


def hints_of(chart: Chart) -> list[str]:
    return [title.text or "" for title in ET.fromstring(chart.svg).iter("{http://www.w3.org/2000/svg}title")]


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
        load = ClosedLoad(users=users)
        return served(replace(a_cell(f"waitress:threads={threads}"), wait_s=0.1, load=load), slots=threads)

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
        whole = ET.parse(tmp_path / "charts" / f"{chart.name}.svg").getroot()
        assert not [text for text in [*whole.itertext(), *root.itertext()] if "\u202e" in text or len(text) > 700]
        assert len(chart.title) < 500
        assert chart.title.count("\u2068") == chart.title.count("\u2069")


def test_names_in_hints_are_apart_from_the_text_around_them(tmp_path: Path) -> None:
    name = "\u05e9\u05e8\u05ea"
    for chart in drawn(tmp_path, {a_cell(name): [90.0] * 5, a_cell("daphne"): [50.0] * 5}).values():
        for said in [chart.title, *hints_of(chart)]:
            assert said.count(name) == said.count(f"\u2068{name}\u2069"), chart.name


def test_a_text_that_xml_cannot_hold_is_drawn_without_it(tmp_path: Path) -> None:
    figure, hints = Figure(figsize=(3, 2)), Hints()
    (mark,) = figure.subplots().plot([1], [1], "o")
    hints.on(mark, "one\x00 two\ud800")
    chart = save(figure, "some", "A\x01 title\ufffe", hints, tmp_path)
    assert hints_of(chart) == ["one two"]
    assert ET.fromstring(chart.svg).get("aria-label") == "A title"
    assert "A title" in list(ET.parse(tmp_path / "some.svg").getroot().itertext())


def test_each_mark_of_a_line_says_its_own(tmp_path: Path) -> None:
    figure, hints = Figure(figsize=(3, 2)), Hints()
    (line,) = figure.subplots().plot([1, 2, 3], [1, 2, 3], "o-")
    hints.on_each(line, ["one", "two", "three"])
    chart = save(figure, "some", "", hints, tmp_path)
    assert hints_of(chart) == ["one", "two", "three"]
    marks = ET.fromstring(chart.svg).iter("{http://www.w3.org/2000/svg}use")
    assert [mark[0].text for mark in marks if len(mark)] == ["one", "two", "three"]


def test_letters_are_in_ink_and_not_in_a_server_s_colour(tmp_path: Path) -> None:
    rates = {
        a_cell(f"waitress:threads={n}", style=style): [100.0 + n] * 3 for n in (2, 4) for style in ("sync", "async")
    }
    for chart in drawn(tmp_path, rates, latencies_ms=[float(ms) for ms in range(1, 1001)]).values():
        for text in ET.fromstring(chart.svg).iter("{http://www.w3.org/2000/svg}text"):
            assert SERVERS["waitress"].colour not in text.get("style", ""), (chart.name, text.text)


def test_more_than_one_process_always_shows(tmp_path: Path) -> None:
    four = served(a_cell("gunicorn-gthread:workers=4,threads=4"), processes=4)
    others = [
        served(a_cell("gunicorn-gthread:workers=4,threads=16"), processes=4),
        a_cell("uvicorn:workers=1,http=h11"),
        served(a_cell("uvicorn:workers=2,http=h11"), processes=2),
        served(a_cell("mine.toml:fast=1"), processes=3),
        served(a_cell("mine.toml:fast=2"), processes=3),
    ]
    summary = summarise(a_directory(tmp_path / "run", {cell: [100.0] for cell in (four, *others)}))
    assert list(frames.chart_labels(summary).values()) == [
        "gunicorn-gthread:threads=4 (4 processes)",
        "gunicorn-gthread:threads=16 (4 processes)",
        "uvicorn:workers=1",
        "uvicorn:workers=2",
        "mine.toml:fast=1 (3 processes)",
        "mine.toml:fast=2 (3 processes)",
    ]


def test_the_memory_in_the_cost_s_title_is_of_the_question_it_is_about(tmp_path: Path) -> None:
    """Cells' memory: 60 MiB each, but for one of another pattern."""
    rates = {a_cell(style="sync"): [100.0], a_cell(style="async"): [50.0], a_cell(pattern="cpu"): [100.0]}
    directory = a_directory(tmp_path / "run", rates)
    for trial in directory.read_trials():
        if trial.cell.pattern == "cpu" and trial.measurement:
            server = replace(trial.measurement.server, rss_mib_peak=600.0)
            directory.write_trial(replace(trial, measurement=replace(trial.measurement, server=server)))
    cells = frames.for_charts(summarise(directory))
    found = cost_chart(cells, colours(cells["server"]), Hints(), unit="request", shared_processes=False)
    assert found is not None
    assert found[0] == (
        "The dearest request of plain at 2 users costs 2.00 × the CPU time of the cheapest; "
        "memory is the same within 3 %"
    )


def test_streams_that_are_held_are_counted_in_events(tmp_path: Path) -> None:
    held = replace(a_cell(), load=HeldLoad(streams=40))
    charts = drawn(tmp_path, {held: [100.0] * 3, a_cell(): [50.0] * 3})
    assert ["events/s" in said for said in hints_of(charts["noise"])] == [True] * 3 + [False] * 3
    assert all("per event" in said for said in hints_of(charts["cost-held"]))
    assert "request" not in charts["cost-held"].title + charts["cost-held"].svg
    assert all("per request" in said for said in hints_of(charts["cost"]))


def swept(slots: int | None, users: int) -> Cell:
    server = f"waitress:threads={slots}" if slots else "uvicorn"
    return served(replace(a_cell(server), wait_s=0.1, load=ClosedLoad(users=users)), slots=slots)


def test_only_cells_with_slots_count_as_reaching_what_so_many_allow(tmp_path: Path) -> None:
    rates = {swept(2, 8): [15.0], swept(4, 8): [30.0], swept(None, 8): [79.0]}
    assert drawn(tmp_path, rates)["slots"].title == "0 of 2 cells reach 90 % of what Little's law allows so many slots"


def test_over_users_every_number_of_slots_has_its_own_ceiling(tmp_path: Path) -> None:
    rates = {swept(slots, users): [5.0] for slots in (2, 4, None) for users in (2, 8)}
    sweeps = frames.sweeps(summarise(a_directory(tmp_path / "run", rates)))
    found = user_chart(sweeps, colours(["waitress", "uvicorn"]), Hints())
    assert found is not None
    (panel,) = found[1].axes
    dashed = sorted(
        np.asarray(line.get_ydata(), dtype=int).tolist() for line in panel.lines if line.get_zorder() == CEILING_ZORDER
    )
    assert dashed == [[20, 20], [20, 40], [20, 80]]
