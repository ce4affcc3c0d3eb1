"""What a trial's record has of each request by itself, where users send several."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFigures:
    """One of several requests of a mix or a journey."""

    #: Its name among the samples.
    name: str
    #: Right answers that arrived inside the window.
    answered: int
    #: Wrong or missing answers by kind.
    errors: dict[str, int]
