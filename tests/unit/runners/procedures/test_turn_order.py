"""The order in which rivals take their turns."""

from collections import Counter
from itertools import pairwise

from runners.procedures.turn_order import order_of_turns


def test_each_round_has_every_rival_once_in_an_order_of_its_own() -> None:
    order = order_of_turns({0: 30, 1: 30, 2: 30}, "7")
    rounds = [order[start : start + 3] for start in range(0, len(order), 3)]
    assert all(sorted(one) == [0, 1, 2] for one in rounds)
    assert len(set(rounds)) > 1
    assert order == order_of_turns({0: 30, 1: 30, 2: 30}, "7")
    assert order != order_of_turns({0: 30, 1: 30, 2: 30}, "8")


def test_fewer_slices_are_spread_evenly_over_the_rounds() -> None:
    order = order_of_turns({0: 10, 1: 5, 2: 1}, "7")
    assert Counter(order) == {0: 10, 1: 5, 2: 1}
    places = [place for place, rival in enumerate(order) if rival == 1]
    assert all(2 <= after - before <= 5 for before, after in pairwise(places))


def test_nobody_has_no_turns() -> None:
    assert order_of_turns({}, "7") == ()
