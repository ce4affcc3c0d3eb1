"""How many users each class of a locustfile has."""

import pytest

from scenarios.engine.locustfiles.allotment import allotted


@pytest.mark.parametrize(
    ("weights", "fixed", "users", "numbers"),
    [
        ([1], [0], 3, [0, 0, 0]),
        ([3, 1], [0, 0], 8, [0, 0, 1, 0, 0, 0, 1, 0]),
        ([1, 1], [0, 2], 4, [1, 1, 0, 0]),
        ([1, 1], [0, 9], 4, [1, 1, 1, 1]),
        ([0, 1], [0, 0], 2, [1, 1]),
        ([1, 1], [1, 1], 4, [0, 1]),
    ],
)
def test_users_are_shared_out_by_weight_after_those_with_a_fixed_number(
    weights: list[float], fixed: list[int], users: int, numbers: list[int]
) -> None:
    assert allotted(weights, fixed, users) == numbers
