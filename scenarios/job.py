"""What the conductor asks of the generator, and what it hears back: one JSON object per line, over stdin and stdout.

The conductor writes a Job; the generator answers with ``Opened`` when the measured window opens, ``Closed`` when it
closes and ``Drained`` when the last answer is in. The end of stdin ends the generator. All times are nanoseconds of
CLOCK_MONOTONIC, which both processes share.
"""

from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from scenarios.load import ClosedLoad
from scenarios.workload import Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One measured window.

    warmup_s: at least this long is discarded, and until each user has had an answer, but no more than warmup_limit_s.
    The users start one after the other, evenly over the first half of it.
    duration_s: the window closes with the first answer after this time. timeout_s: the longest wait for one answer.
    samples: the file the raw samples go to. seed: decides the order in which a mix of requests is drawn.
    """

    host: str
    port: int
    workload: Workload
    load: ClosedLoad
    warmup_s: float
    warmup_limit_s: float
    duration_s: float
    timeout_s: float
    seed: int
    samples: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The generator is up and waits for a job."""

    event: Literal["ready"] = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The warm-up is over; requests sent from here on count."""

    at_ns: int
    cpu_ns: int
    event: Literal["opened"] = "opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """No more requests are sent. gap_ns: mean time from one user's answer to its next request, in the window."""

    at_ns: int
    cpu_ns: int
    gap_ns: float
    event: Literal["closed"] = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """Every request was answered or has failed, but for ``unfinished`` ones that were given up.

    warmup_requests: answers that the warm-up discarded. connects, reconnects: connections opened, and how many of
    those replaced one that the server closed; from the first request on.
    """

    warmup_requests: int
    unfinished: int
    connects: int
    reconnects: int
    event: Literal["drained"] = "drained"


Event = Ready | Opened | Closed | Drained

JOB: TypeAdapter[Job] = TypeAdapter(Job)
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
