"""Did the server answer nothing for a while, with requests waiting? From samples, chunk by chunk. Pure."""

from collections import defaultdict
from typing import Any

import numpy as np

from djbench.outcome import CODES, Outcome

# A stretch without an answer is a stall if it is longer than this, and than ten times the p99 of the answers that took
# less time than the stretch. Those that waited for its end would hide it: they can be over one in a hundred.
MIN_STALL_S = 0.5
STALL_OVER_P99 = 10
# Answers are counted by the millisecond: so memory depends on the window's length, not on its requests, and generators'
# files can follow each other in any order.
_TICK_NS = 1_000_000
_TICKS_PER_S = 1000
# Of how long answers took, 32 classes for each doubling: p99 is exact to 2 %.
_CLASSES_PER_DOUBLING = 32
_CLASSES = 64 * _CLASSES_PER_DOUBLING
# Whatever is wrong with them, these came from the server.
_ANSWERS = [CODES[Outcome.OK], CODES[Outcome.STATUS], CODES[Outcome.BODY], CODES[Outcome.PROTOCOL]]


class Stalls:
    """Looks at the rows of one trial. Its windows are looked at one by one: between two of them nobody waits."""

    def __init__(self) -> None:
        self._windows: defaultdict[int, _Course] = defaultdict(_Course)
        self._lengths_ns: dict[int, int] = {}
        self._took = np.zeros(_CLASSES, dtype=np.int64)

    def add(self, rows: "np.ndarray[Any, Any]", length_ns: int, window: int = 0) -> None:
        """Some rows of a window of that length; times count from its opening. A request waits from when it was sent."""
        self._lengths_ns[window] = length_ns
        answers = rows[np.isin(rows["outcome"], _ANSWERS)]
        self._windows[window].add(rows, answers)
        self._took += np.bincount(_class_of(answers["done_ns"] - answers["sent_ns"]), minlength=_CLASSES)

    def longest_s(self) -> float:
        """The longest stretch without any answer while requests waited, if it is a stall; else 0.

        It begins in a window: after that nothing is sent, and only those are left who wait longest. But it ends when
        it does, and not with the window.
        """
        silences = (course.longest_silence(self._lengths_ns[window]) for window, course in self._windows.items())
        longest_s = max(silences, default=0) / _TICKS_PER_S
        p99_s = self._p99_of_sooner_s(longest_s)
        is_stall = p99_s is not None and longest_s > max(STALL_OVER_P99 * p99_s, MIN_STALL_S)
        return longest_s if is_stall else 0.0

    def _p99_of_sooner_s(self, silence_s: float) -> float | None:
        """The p99 of how long answers took that took less than so long; None without any."""
        sooner = self._took[: int(_class_of(np.array([silence_s * 1e9]))[0])].cumsum()
        if not len(sooner) or not sooner[-1]:
            return None
        place = int(np.searchsorted(sooner, 0.99 * sooner[-1]))
        return float(2 ** ((place + 1) / _CLASSES_PER_DOUBLING)) / 1e9


class _Course:
    """What happened in each millisecond of one window, and after it for as long as somebody waited."""

    def __init__(self) -> None:
        self._answers = np.zeros(0, dtype=np.int32)
        #: By how many more requests waited than in the millisecond before.
        self._waiting = np.zeros(0, dtype=np.int32)

    def add(self, rows: "np.ndarray[Any, Any]", answers: "np.ndarray[Any, Any]") -> None:
        if not len(rows):
            return
        done = rows["done_ns"] // _TICK_NS
        self._grow(int(done.max()) + 1)
        _count(self._answers, answers["done_ns"] // _TICK_NS, 1)
        _count(self._waiting, np.maximum(rows["sent_ns"], 0) // _TICK_NS, 1)
        _count(self._waiting, done, -1)

    def _grow(self, ticks: int) -> None:
        more = np.zeros(max(0, ticks - len(self._answers)), dtype=np.int32)
        self._answers = np.concatenate([self._answers, more])
        self._waiting = np.concatenate([self._waiting, more])

    def longest_silence(self, length_ns: int) -> int:
        """Of those that begin in the window's length; in milliseconds."""
        silent = (self._answers == 0) & (np.cumsum(self._waiting) > 0)
        edges = np.flatnonzero(np.diff(silent, prepend=False, append=False))
        begins, ends = edges[::2], edges[1::2]
        return int((ends - begins)[begins * _TICK_NS < length_ns].max(initial=0))


def _count(counts: "np.ndarray[Any, Any]", ticks: "np.ndarray[Any, Any]", weight: int) -> None:
    """Add so many rows to each of the ticks. Rows of a chunk lie close together, so few counts are touched."""
    if len(ticks):
        first = int(ticks.min())
        of_chunk = np.bincount(ticks - first)
        counts[first : first + len(of_chunk)] += (weight * of_chunk).astype(counts.dtype)


def _class_of(took_ns: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    classes: np.ndarray[Any, Any] = (np.log2(np.maximum(took_ns, 1)) * _CLASSES_PER_DOUBLING).astype(np.int64)
    return classes
