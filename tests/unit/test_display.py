"""The time left, and how times are written."""

import pytest

from runners.cli.display import duration_text, left_s


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
