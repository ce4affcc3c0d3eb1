"""The verdicts' error rates, on simulated runs."""

import numpy as np
import pytest

from results.simulation import BLOCKS, NOISES, STOPPED, compared, offline, simulated_run
from results.validation import HANDICAPS, proportion


def test_a_block_makes_every_trial_once_in_an_order_of_its_own() -> None:
    """A drift along the trials of a block meets both cells of a pair alike, and differently in each block."""
    slope = lambda chance, blocks, trials: np.tile(np.arange(trials, dtype=float), (blocks, 1))  # noqa: E731, ARG005
    rates = simulated_run(slope, 50, np.random.default_rng(1))
    assert rates.shape == (8, 2, 50)
    for block in range(50):
        assert sorted(rates[:, :, block].ravel()) == list(range(16))
    assert (rates[:, 0] > rates[:, 1]).mean() == pytest.approx(0.5, abs=0.1)


def test_a_handicap_is_what_it_says() -> None:
    (first, *_) = compared(np.zeros((8, 2, 6)), 0.10)
    assert first.estimate.mean == pytest.approx(1 / 0.9)


def test_a_share_has_an_interval() -> None:
    found = proportion(5, 100)
    assert (found.value, found.n) == (0.05, 100)
    assert found.low < 0.05 < found.high
    assert proportion(0, 0).n == 0


def test_false_alarms_are_rare_and_intervals_cover_what_they_say() -> None:
    """The same seed gives the same runs, so that this is no matter of luck."""
    found = offline(runs=250, seed=1)
    assert set(found) == set(NOISES)
    for by_blocks in found.values():
        assert set(by_blocks) == {*BLOCKS, STOPPED}
        for rates in by_blocks.values():
            assert rates["false_alarm_rate"].value <= 0.05
            assert 0.93 <= rates["coverage"].value <= 0.97
            power = [rates["power"][handicap].value for handicap in HANDICAPS]
            assert power == sorted(power)
            assert power[-1] > 0.9
