"""How much of a right answer's body was compared, in words. Pure."""

import math

# With less, a wrong answer may well look right.
HARDLY_COMPARED = 0.5


def share_percent(share: float) -> str:
    """The share in %, never rounded up: 99.97 % is not all."""
    return f"{math.floor(1000 * share) / 10:g}"


def compared_text(share: float) -> str:
    """One sentence; empty for a body that was compared as a whole."""
    if share >= 1:
        return ""
    if share <= 0:
        return "The status alone tells a right answer; the body is not compared."
    if share < HARDLY_COMPARED:
        return f"Only {share_percent(share)} % of the body is compared, so a wrong answer may look right."
    return f"{share_percent(share)} % of the body is compared; the rest varies from answer to answer."
