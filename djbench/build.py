"""One way a target is made. A single one for now: the target as it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """How a target is made: what tells two of the same project apart."""

    #: What it is called; empty for the target as it is.
    name: str = ""


AS_IT_IS = Build()
