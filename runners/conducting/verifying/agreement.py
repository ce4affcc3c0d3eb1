"""Do two servers, or two ways to write the same, answer the same? Pure."""

from djbench.answer import matches
from runners.conducting.verifying.differences import Divergence, first_divergence, row_difference
from runners.conducting.verifying.inquiry import Statement


def disagreement(one: Statement, other: Statement, owner: str) -> str | None:
    """Where one answers otherwise than the other, in words; None if they agree. owner: whose the other is.

    What is constant in one has to be there in the other, and the other way round: a gap of the one could have
    swallowed what the other has too much of.
    """
    if one.media_type != other.media_type:
        return f"with {one.media_type or 'no content type'} where {owner} has {other.media_type or 'none'}"
    if not matches(one.body, other.answer.parts):
        difference = first_divergence(one.body, other.answer.parts)
    elif not matches(other.body, one.answer.parts):
        seen = first_divergence(other.body, one.answer.parts)
        difference = Divergence(at=seen.at, there=seen.expected, expected=seen.there)
    else:
        return None
    rows = row_difference(one.body, other.body, owner)
    return "; ".join(filter(None, (rows, difference.text(owner))))
