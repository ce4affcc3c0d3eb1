"""What every right answer to a request has in common. Standard library only."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RightAnswer:
    """What the body of each right answer to a request has."""

    #: These parts are in the body in this order. The body begins with the first and ends with the last, and anything
    #: may stand between two of them. A single part is the whole body.
    parts: tuple[bytes, ...]
    #: How much of the body the parts are, from 0 to 1.
    share: float

    @property
    def sha256(self) -> str:
        """What a record keeps of the parts; of a single part, the digest of the body."""
        return hashlib.sha256(b"\x00".join(self.parts)).hexdigest()


def matches(body: bytes, parts: Sequence[bytes]) -> bool:
    """Does the body have these parts? The generator asks this of every answer, so it searches and does not compare."""
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return body == first
    if not (body.startswith(first) and body.endswith(last)):
        return False
    at, end = len(first), len(body) - len(last)
    for index in range(1, len(parts) - 1):
        part = parts[index]
        at = body.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return at <= end


def fewer_parts(parts: Sequence[bytes], most: int) -> tuple[bytes, ...]:
    """At most so many of the parts, which a body that has all of them has, too: both ends and the longest between."""
    between = sorted(range(1, len(parts) - 1), key=lambda index: len(parts[index]), reverse=True)[: max(0, most - 2)]
    return tuple(parts[index] for index in sorted({0, len(parts) - 1, *between}))
