"""How long a run still takes."""

import pytest

from runners.cli.shown.time_left import left_s, per_trial_s


def test_a_trial_takes_what_the_plan_expects_at_first_and_later_what_trials_took() -> None:
    assert per_trial_s(done=0, total=10, elapsed_s=0, expected_s=100) == 10
    assert 10 < per_trial_s(done=5, total=10, elapsed_s=100, expected_s=100) < 20
    assert per_trial_s(done=10, total=10, elapsed_s=200, expected_s=100) == 20
    assert per_trial_s(done=0, total=0, elapsed_s=0, expected_s=0) == 0


@pytest.mark.parametrize(
    ("done", "current", "since_s", "wait_left_s", "expected_s"),
    [
        (0, 1, 0, 0, 100),
        (0, 1, 4, 0, 96),
        (0, 1, 10, 0, 90),
        # The trial at hand takes longer than planned: that of the others stays.
        (0, 1, 70, 0, 90),
        (0, 1, 70, 30, 120),
        (9, 1, 70, 30, 30),
        (8, 2, 5, 0, 15),
        (10, 0, 5, 0, 0),
    ],
)
def test_the_time_left_is_that_of_the_trial_at_hand_and_of_those_to_come(
    done: int, current: int, since_s: float, wait_left_s: float, expected_s: float
) -> None:
    left = left_s(done=done, current=current, total=10, since_s=since_s, each_s=10, wait_left_s=wait_left_s)
    assert left == expected_s
