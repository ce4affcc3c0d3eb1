"""In which order rivals take their turns. Pure."""

import random
from collections.abc import Mapping


def order_of_turns(slices: Mapping[int, int], seed: str) -> tuple[int, ...]:
    """Whose turn it is, slice by slice. slices: how many slices each rival has, by its number.

    In rounds, shuffled each (Abedi & Brecht 2017, randomized interleaving, at a finer grain). A rival with fewer slices
    than the others has them evenly spread over the rounds. The seed reproduces the order.
    """
    chance = random.Random(seed)  # noqa: S311  reproduced by the stored seed, not a secret
    rounds = max(slices.values(), default=0)
    order: list[int] = []
    for number in range(rounds):
        taking_part = [rival for rival, count in slices.items() if _has_a_slice(number, count, rounds)]
        chance.shuffle(taking_part)
        order += taking_part
    return tuple(order)


def _has_a_slice(number: int, count: int, rounds: int) -> bool:
    """Is there one of ``count`` slices, evenly spread, in that round?"""
    return (number + 1) * count // rounds > number * count // rounds
