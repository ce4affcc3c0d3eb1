"""Charts of large runs: what they take grows with what a reader sees, and not with the run."""

import re
import struct
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from djbench.load import ClosedLoad
from results.reporting.charts import marks
from results.reporting.charts.drawing import Chart, save
from results.reporting.charts.marks import Hints, axis_names, colours, fitting, legend, panel_title, sheet
from results.reporting.charts.noise import noise_chart
from results.reporting.charts.spectrum import spectrum_chart
from runners.servers.registry import SERVERS
from tests.unit.results.reporting.charts.test_charts import drawn, hints_of
from tests.unit.runs import a_cell


def trials(number_of: int, **changes: object) -> pd.DataFrame:
    """As ``frames.trials`` has it; the last one does not count."""
    frame = pd.DataFrame(
        {
            "order": range(1, number_of + 1),
            "number": range(number_of),
            "block": 0,
            "pattern": "plain",
            "server_name": "uvicorn",
            "server_label": "uvicorn",
            "style": "sync",
            "valid": True,
            "why": "",
            "throughput_rps": 100.0,
            "unit": "requests",
            "deviation": 0.01,
            "steal_share": 0.001,
            "mean_of": 9,
            **changes,
        }
    )
    frame.loc[number_of - 1, "valid"] = False
    frame.loc[number_of - 1, "why"] = "noisy_neighbour"
    return frame


def noise(frame: pd.DataFrame, folder: Path, stretches: int = 0) -> tuple[Figure, Chart]:
    hints = Hints()
    course = pd.DataFrame({"minute": [stretch / 60 for stretch in range(stretches)], "deviation": [0.1] * stretches})
    found = noise_chart(frame, course, colours(["uvicorn"]), hints, allowed="")
    assert found is not None
    return found[1], save(found[1], "noise", found[0], hints, folder)


def test_trials_of_a_server_and_style_are_one_drawing_with_a_hint_at_each(tmp_path: Path) -> None:
    figure, chart = noise(trials(500), tmp_path)
    assert len(figure.axes[0].lines) < 6
    said = hints_of(chart)
    assert len(said) == 500
    assert said[0] == "trial 0, block 0: plain, sync on uvicorn, 100 requests/s, +1.00 % of its cell's mean"
    assert said[-1].endswith("; does not count: noisy_neighbour")


def test_the_machine_s_course_is_a_line_with_a_hint_at_each_stretch(tmp_path: Path) -> None:
    figure, chart = noise(trials(20_000), tmp_path, stretches=600)
    assert len(figure.axes) == 3
    said = hints_of(chart)
    assert said[6] == "minute 0.10: +10.0 % of the machine's mean speed"
    assert len([hint for hint in said if hint.startswith("minute")]) == 600
    assert len(chart.svg) < 300_000


def test_of_thousands_only_those_that_tell_something_have_hints(tmp_path: Path) -> None:
    frame = trials(20_000)
    frame.loc[7, "deviation"] = 0.8
    _, chart = noise(frame, tmp_path)
    assert sorted(hint.split(",")[0] for hint in hints_of(chart)) == ["trial 19999", "trial 7"]
    assert len(chart.svg) < 200_000


@pytest.mark.parametrize("inches", [(10, 300), (300, 10), (0.1, 5000)])
def test_a_picture_has_pixels_within_bounds(tmp_path: Path, inches: tuple[float, float]) -> None:
    save(Figure(figsize=inches), "large", "", Hints(), tmp_path)
    width, height = struct.unpack(">II", (tmp_path / "large.png").read_bytes()[16:24])
    assert width * height < 17e6
    assert max(width, height) <= 60_100


def test_a_sheet_has_room_for_so_much_and_for_one_row_at_the_least() -> None:
    heights = [5.0] * 100
    fit = fitting(heights)
    assert 2 < fit < 40
    assert fit % 2 == 0
    assert sheet(heights[:fit], left=0.5)[0].get_figheight() < 42
    assert fitting([1000.0, 2.0]) == 2
    assert fitting([1000.0] * 9) == 2
    assert fitting([1.0, 1.0]) == 2


def test_a_legend_of_all_servers_lies_on_the_paper_and_under_the_panels() -> None:
    figure, (panel,) = sheet([2.0], left=0.5)
    axis_names(figure, "below")
    before = panel.get_position().height * figure.get_figheight()
    legend(figure, ["sync", "async", "threads"], dict.fromkeys(SERVERS, "#000000"))
    assert panel.get_position().height * figure.get_figheight() == pytest.approx(before)
    figure.canvas.draw()
    box = figure.legends[0].get_window_extent()
    assert box.width <= figure.bbox.width
    assert box.y1 < min(text.get_window_extent().y0 for text in figure.texts)


def test_what_stands_over_a_panel_does_not_reach_beyond_the_paper() -> None:
    figure, panels = sheet([2.0, 2.0], left=3.4)
    for panel in panels:
        panel_title(panel, "async on uvicorn " * 9, "sleep:delay=0.05 " * 9)
    figure.canvas.draw()
    for text in panels[1].findobj(Text):
        assert text.get_window_extent().x1 <= figure.bbox.width


def spectra(cells_of: dict[str, int]) -> pd.DataFrame:
    rows = [
        (f"{pattern} {cell}", pattern, "closed", "2 users", "uvicorn", f"uvicorn:workers={cell}", "sync", 999, x, x)
        for pattern, cells in cells_of.items()
        for cell in range(cells)
        for x in (1.0, 10.0, 100.0)
    ]
    names = ["cell", "pattern", "load_kind", "load", "server_name", "server_label", "style", "samples"]
    return pd.DataFrame(rows, columns=[*names, "one_in", "latency_ms"])


def test_a_panel_is_as_high_as_its_own_cells_need() -> None:
    found = spectrum_chart(spectra({"plain": 60, "cpu": 2, "cache": 2}), colours(["uvicorn"]), Hints(), opened=False)
    assert found is not None
    figure = found[1]
    high, _, low = (panel.get_position().height * figure.get_figheight() for panel in figure.axes)
    assert high == pytest.approx(60 * 0.13)
    assert low == pytest.approx(2.4)


def test_panels_without_room_are_counted() -> None:
    every = spectra({f"pattern{number}": 1 for number in range(50)})
    found = spectrum_chart(every, colours(["uvicorn"]), Hints(), opened=False)
    assert found is not None
    figure = found[1]
    assert figure.get_figheight() < 42
    (below,) = [text.get_text() for text in figure.texts if "percentile p" in text.get_text()]
    assert below.endswith(f"; and {50 - len(figure.axes)} more panels, whose numbers the tables have")


def test_every_chart_leaves_out_what_there_is_no_room_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "_MOST_INCHES", 2.0)
    rates = {
        replace(a_cell(pattern=f"pattern{number}", style=style), load=load): [100.0]
        for number in range(5)
        for style in ("sync", "async")
        for load in (ClosedLoad(users=2), ClosedLoad(users=4))
    }
    charts = drawn(tmp_path, rates, latencies_ms=[1.0] * 30)
    for name in ("overview", "ratio", "throughput", "spectrum", "cost", "users"):
        assert re.search(r"; and \d+ more panels?, whose numbers the tables have", charts[name].svg), name
