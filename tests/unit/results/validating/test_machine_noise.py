"""The simulated machine: as noisy as the one that was measured."""

import math
from itertools import combinations

import numpy as np
import pytest

from results.validating.machine_noise import MEASURED, MeasuredSpread, log_rates

_BLOCKS = 1000


@pytest.mark.parametrize("measured", MEASURED, ids=lambda measured: f"{measured.measuring}")
def test_the_model_gives_the_spread_that_was_measured(measured: MeasuredSpread) -> None:
    rates = log_rates(measured.measuring, np.random.default_rng(1), _BLOCKS, 1, measured.rivals)[:, 0]
    variances = [np.var(rates[:, one] - rates[:, other]) for one, other in combinations(range(measured.rivals), 2)]
    # Of a standard deviation of 18 blocks the 95 % interval goes from 0.75 to 1.5 times its value.
    assert math.sqrt(np.mean(variances)) == pytest.approx(measured.sd, rel=0.25)


def test_equal_cells_are_equal_on_average_whatever_their_place_in_the_group() -> None:
    """Slices are shuffled in each round, so that no place of a group has the machine's better moments."""
    for measured in MEASURED:
        rates = log_rates(measured.measuring, np.random.default_rng(2), _BLOCKS, 1, measured.rivals)[:, 0]
        error = measured.sd / math.sqrt(_BLOCKS)
        assert abs(np.mean(rates[:, 0] - rates[:, -1])) < 4 * error
