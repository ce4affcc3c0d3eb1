"""Is a closed load steady yet? Pure: it is told when answers came, and holds no clock."""

from bisect import bisect_left

# As the flag ``no_steady_state``: halves that differ by more, asked only when each user had ten answers in them.
MAX_DIFFERENCE = 0.05
MIN_CYCLES = 5
# What is no part of the recent past any more, and will not be again, is forgotten once in so many answers.
_PRUNED = 4096


class Steadiness:
    """Compares the two halves of the recent past, the latter half of the time since ``started_ns``.

    The halves have equally many answers, a whole number of cycles of all users, and it is their lengths that are
    compared: users that are answered in step make a rate jump by a whole cycle, but not the time that cycles take.

    That finds a start that is much slower than what follows (imports, first connections, filling pools). A slow drift
    is beyond it: between stretches so short 5 % is more than a window may drift. That is what the flag is for.
    """

    def __init__(self, started_ns: int) -> None:
        self._started_ns = started_ns
        self._done_ns: list[int] = []

    def add(self, done_ns: int) -> None:
        """An answer came."""
        self._done_ns.append(done_ns)
        if not len(self._done_ns) % _PRUNED:
            del self._done_ns[: self._begin_of_recent()]

    def steady(self, cycle: int) -> bool:
        """Do the halves differ by at most 5 %? Also when there are too few answers to say.

        cycle: how many answers all users have together in a cycle.
        """
        done_ns = self._done_ns
        now_ns = done_ns[-1]
        cycles = (len(done_ns) - self._begin_of_recent() - 1) // (2 * cycle)
        if cycles < MIN_CYCLES:
            return True
        half = cycles * cycle
        first, second = done_ns[-1 - half] - done_ns[-1 - 2 * half], now_ns - done_ns[-1 - half]
        return abs(first - second) <= MAX_DIFFERENCE * max(first, second)

    def _begin_of_recent(self) -> int:
        now_ns = self._done_ns[-1]
        return bisect_left(self._done_ns, now_ns - (now_ns - self._started_ns) // 2)
