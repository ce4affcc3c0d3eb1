"""From several answers to one request, what is constant in them. Pure.

Bodies are compared line by line first, then where lines differ piece by piece, such as a tag or a member of a JSON
object, then word by word. What differs becomes a gap. A gap is wide rather than narrow: a word that is constant by
accident, in the middle of what varies, would make right answers wrong later.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import TypeAlias

from djbench.answer import RightAnswer, matches
from runners.conducting.verifying.masks import Masks

_Split: TypeAlias = Callable[[bytes], list[bytes]]

# Stands for a gap in a template. No text has it in it.
_GAP = b"\x00gap\x00"
_GAPS = re.compile(b"(?:" + re.escape(_GAP) + b")+")
# Between two pieces of a line: after a tag, an object or a list, or a gap; after a comma with a string behind it.
_PIECES = re.compile(rb'(?<=[>}\]])|(?<=,)(?=[ ]*")')
# A path, a number, a signed value or a token in Base64 is one word. So is whatever else stands between these signs.
_WORDS = re.compile(re.escape(_GAP) + rb"|[^\s<>\"',;{}\[\]()&?\\\x00]+|[\s\S]")
_LEVELS: tuple[_Split, ...] = (lambda text: text.splitlines(keepends=True), _PIECES.split, _WORDS.findall)


class Lesson:
    """Learns what is constant, body by body."""

    def __init__(self, body: bytes, masks: Masks) -> None:
        self._masks = masks
        self._template = _masked(body, masks)
        self._length = len(body)

    @property
    def answer(self) -> RightAnswer:
        """What is known of the right answer so far."""
        parts = tuple(_GAPS.split(self._template))
        share = sum(map(len, parts)) / self._length if self._length else 1.0
        return RightAnswer(parts=parts, share=min(1.0, share))

    def teaches(self, body: bytes) -> bool:
        """Learn from one more body. Was there anything to be learned from it?"""
        if matches(body, self.answer.parts):
            return False
        self._template = _GAPS.sub(_GAP, _common(self._template, _masked(body, self._masks), _LEVELS))
        self._length = len(body)
        return True


def _masked(body: bytes, masks: Masks) -> bytes:
    """The body with gaps in the place of what the masks find."""
    return _GAPS.sub(_GAP, reduce(lambda text, mask: mask.sub(rb"\1" + _GAP, text), masks, body))


def _common(left: bytes, right: bytes, levels: Sequence[_Split]) -> bytes:
    """What both have, with gaps in the place of what only one of them has."""
    if left == right or (_GAP in left and matches(right, _GAPS.split(left))):
        return left
    if not levels:
        return _GAP
    split, *finer = levels
    return b"".join(_aligned(split(left), split(right), finer))


def _aligned(left: Sequence[bytes], right: Sequence[bytes], finer: Sequence[_Split]) -> Iterator[bytes]:
    """What both have, chunk by chunk. Chunks that stand once on both sides are found again wherever they are."""
    begin, end = _same_ends(left, right)
    yield from left[:begin]
    yield from _between(left[begin : len(left) - end], right[begin : len(right) - end], finer)
    yield from left[len(left) - end :]


def _between(left: Sequence[bytes], right: Sequence[bytes], finer: Sequence[_Split]) -> Iterator[bytes]:
    """What both have of chunks that begin and end differently."""
    # Of words none is an anchor: a word that stands once on both sides does so by accident.
    anchors = _anchors(left, right) if finer and len(left) != len(right) else []
    at_left = at_right = 0
    for index_left, index_right in (*anchors, (len(left), len(right))):
        yield from _paired(left[at_left:index_left], right[at_right:index_right], finer)
        yield from left[index_left : index_left + 1]
        at_left, at_right = index_left + 1, index_right + 1


def _paired(left: Sequence[bytes], right: Sequence[bytes], finer: Sequence[_Split]) -> Iterator[bytes]:
    """What both have if the chunks of the same place belong together, which they do if there are as many of them."""
    if len(left) == len(right):
        yield from (_common(chunk, other, finer) for chunk, other in zip(left, right, strict=True))
    else:
        yield _common(b"".join(left), b"".join(right), finer)


def _same_ends(left: Sequence[bytes], right: Sequence[bytes]) -> tuple[int, int]:
    """How many chunks are the same at the beginning, and of the rest, at the end."""
    shorter = min(len(left), len(right))
    begin = next((index for index in range(shorter) if left[index] != right[index]), shorter)
    rest = shorter - begin
    return begin, next((index for index in range(rest) if left[-1 - index] != right[-1 - index]), rest)


def _anchors(left: Sequence[bytes], right: Sequence[bytes]) -> list[tuple[int, int]]:
    """The places of chunks that stand once on each side, as many as are in the same order on both.

    This is how patience diff begins. Unlike the longest common subsequence it takes no bracket for another.
    """
    places = {chunk: index for index, chunk in enumerate(right)}
    once_left, once_right = (
        {chunk for chunk, count in Counter(side).items() if count == 1 and _GAP not in chunk} for side in (left, right)
    )
    both = once_left & once_right
    return _longest_rising([(index, places[chunk]) for index, chunk in enumerate(left) if chunk in both])


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest series of the pairs whose second numbers rise."""
    lowest: list[int] = []
    last: list[int] = []
    before: list[int | None] = []
    for index, (_, place) in enumerate(pairs):
        length = bisect_left(lowest, place)
        lowest[length : length + 1] = [place]
        last[length : length + 1] = [index]
        before.append(last[length - 1] if length else None)
    series: list[tuple[int, int]] = []
    at = last[-1] if last else None
    while at is not None:
        series.append(pairs[at])
        at = before[at]
    return series[::-1]
