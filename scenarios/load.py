"""How much load: frozen data, no Locust."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedLoad:
    """``users`` connections, each sending its next request as soon as the last one is answered; no think time."""

    users: int
    kind: Literal["closed"] = "closed"
