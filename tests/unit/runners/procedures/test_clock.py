"""How long a run has lasted, and how fast it goes."""

import pytest

from runners.procedures.clock import Clock


def test_the_time_before_an_interruption_counts() -> None:
    clock = Clock(100.0)
    clock.start()
    assert 100 <= clock.spent_s() < 200


def test_it_stands_still_until_the_run_goes_on() -> None:
    clock = Clock(100.0)
    assert clock.spent_s() == clock.spent_s() == 100


def test_the_pace_is_that_of_the_blocks_made() -> None:
    clock = Clock()
    assert clock.pace == 1.0
    clock.block(30.0, expected_s=10.0)
    assert clock.pace == pytest.approx(3.0)
    clock.block(10.0, expected_s=10.0)
    assert clock.pace == pytest.approx(2.0)


def test_a_block_that_was_complete_before_says_nothing() -> None:
    clock = Clock()
    clock.block(0.01, expected_s=0.0)
    assert clock.pace == 1.0
