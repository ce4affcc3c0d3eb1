"""The time left, and how times are written."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from results.summary import summarise
from runners.cli.display import duration_text, left_s, results_table
from tests.unit.runs import a_cell, a_directory


@pytest.mark.parametrize(
    ("seconds", "text"), [(-1, "0 s"), (59.4, "59 s"), (95, "1 min 35 s"), (3600, "1 h 00 min"), (7380, "2 h 03 min")]
)
def test_times_are_written_for_people(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_the_time_left_starts_with_the_plan_and_ends_with_the_pace() -> None:
    assert left_s(done=0, total=10, elapsed_s=5, expected_s=100) == 95
    assert left_s(done=10, total=10, elapsed_s=200, expected_s=100) == 0
    # Twice as slow as planned: nearer to the pace, the further the run has come.
    assert 50 < left_s(done=5, total=10, elapsed_s=100, expected_s=100) < 100
    assert left_s(done=9, total=10, elapsed_s=180, expected_s=100) == pytest.approx(19)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_the_table_keeps_its_numbers_whole_at_any_width(tmp_path: Path, width: int) -> None:
    cells = {
        a_cell(server=server, style=style): [4156.2, 4100.1, 4200.3]
        for server in ("gunicorn-gthread:workers=1,threads=16", "gunicorn-uvicorn:workers=1")
        for style in ("sync", "async")
    }
    text = StringIO()
    summary = summarise(a_directory(tmp_path / "run", cells))
    rate = summary.cells[0].throughput_rps
    assert rate is not None
    table = results_table(summary, width)
    Console(file=text, width=width).print(table)
    assert text.getvalue().count(f"{rate.mean:.1f}") == 4
    if width >= 80:
        assert text.getvalue().count(f"{rate.low:.1f} - {rate.high:.1f}") == 4
        assert text.getvalue().count("gunicorn-gthread ") == 2
