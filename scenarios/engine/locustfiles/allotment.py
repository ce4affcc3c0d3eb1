"""How many users each class of a locustfile has. Pure."""

from collections.abc import Sequence


def allotted(weights: Sequence[float], fixed: Sequence[int], users: int) -> list[int]:
    """For each user the number of its class, so that those of one class are spread over all users.

    weights: a class's share among those without a fixed number. fixed: its number of users; 0: its weight decides.
    """
    numbers = [number for number, count in enumerate(fixed) for _ in range(count)][:users]
    open_weights = [0.0 if count else weight for weight, count in zip(weights, fixed, strict=True)]
    total, counts = sum(open_weights), [0] * len(weights)
    while len(numbers) < users and total:
        due = sum(counts) + 1
        number = max(range(len(weights)), key=lambda one: open_weights[one] / total * due - counts[one])
        counts[number] += 1
        numbers.append(number)
    return numbers
