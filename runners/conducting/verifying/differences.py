"""Where an answer differs from what it should be, in words. Pure."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_SHOWN_BEFORE, _SHOWN_AFTER = 20, 40
# What rows of a page and of JSON begin with.
_ROW = re.compile(rb"<[A-Za-z][\w-]*|\{")
_USUAL_ROWS = (b"<li", b"<tr", b"<article", b"<option", b"{")


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """The first place where a body has not what it should have."""

    #: How many bytes come before it.
    at: int
    #: What is there, with a little of what comes before.
    there: bytes
    #: What should be there, likewise.
    expected: bytes

    def text(self, owner: str) -> str:
        """In words. owner: who has what should be there."""
        return f"{excerpt(self.there)} at byte {self.at} where {owner} has {excerpt(self.expected)}"


def first_divergence(body: bytes, parts: Sequence[bytes]) -> Divergence:
    """Where a body that does not match these parts first lacks one of them."""
    at = 0
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        begin, length = (0, _shared_length(body, part)) if index == 0 else _beginning_of(part, body, at, last=last)
        at = begin + length
        if length < len(part) or (last and at < len(body)):
            before = min(length, _SHOWN_BEFORE)
            there, expected = body[at - before : at + _SHOWN_AFTER], part[length - before : length + _SHOWN_AFTER]
            return Divergence(at=at, there=there, expected=expected)
    raise ValueError("the body has all of these parts")


def _shared_length(left: bytes, right: bytes) -> int:
    """How many bytes both begin with."""
    shorter = min(len(left), len(right))
    return bisect_left(range(shorter), True, key=lambda index: left[: index + 1] != right[: index + 1])


def _beginning_of(part: bytes, body: bytes, start: int, *, last: bool) -> tuple[int, int]:
    """Where in the body, from ``start`` on, the longest beginning of the part stands, and how long that is."""
    length = bisect_left(range(len(part)), True, key=lambda index: body.find(part[: index + 1], start) < 0)
    find = body.rfind if last else body.find
    return find(part[:length], start), length


def row_difference(body: bytes, other: bytes, owner: str) -> str:
    """How many rows each has, such as ``'<li' 7 times where sync has it 10 times``; empty if they have as many.

    Of the tags that differ in number, one that usually makes a row tells the rows, else the one that stands most often.
    owner: whose the other body is.
    """
    here, there = Counter(_ROW.findall(body)), Counter(_ROW.findall(other))
    different = [row for row in here | there if here[row] != there[row]]
    if not different:
        return ""
    row = max(different, key=lambda row: (row in _USUAL_ROWS, (here | there)[row]))
    return f"{excerpt(row)} {_times(here[row])} where {owner} has it {_times(there[row])}"


def _times(count: int) -> str:
    return {0: "not at all", 1: "once"}.get(count, f"{count} times")


def excerpt(text: bytes) -> str:
    """A piece of a body in a message."""
    return repr(text.decode(errors="replace")) if text else "its end"
