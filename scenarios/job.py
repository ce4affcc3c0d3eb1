"""What the conductor asks of the generator, and what it hears back: one JSON object per line, over stdin and stdout.

The conductor writes a Job; the generator answers with ``Opened`` when the measured window opens, ``Closed`` when it
closes and ``Drained`` when the last answer is in. The end of stdin ends the generator. All times are nanoseconds of
CLOCK_MONOTONIC, which all processes share.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from djbench.load import ClosedLoad, HeldLoad, OpenLoad
from djbench.request import Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One measured window.

    warmup_s: at least this long is discarded; under closed load also until each user has had an answer, but no more
    than answered_limit_s, and the users start one after the other, evenly over the first half of it; and from warmup_s
    to steady_limit_s for as long as it is not steady (see ``steadiness``). An open load's is part of its schedule. A
    held load's lasts until each stream has had an event, but from warmup_s to steady_limit_s.
    duration_s: a closed load's window closes after this time with the next answer of the user whose answer opened it, a
    held load's with the time; a rate with stages has its own.
    timeout_s: the longest wait for one answer, and for a free connection. seed: decides the order in which a mix of
    requests is drawn, and an open load's schedule.
    samples: the raw samples go to this path, followed by a dot and the generator's number.
    """

    host: str
    port: int
    workload: Workload
    load: Annotated[ClosedLoad | OpenLoad | HeldLoad, Field(discriminator="kind")]
    warmup_s: float
    answered_limit_s: float
    duration_s: float
    timeout_s: float
    seed: int
    samples: str
    steady_limit_s: float = 0.0

    def drain_limit_s(self) -> float:
        """The longest time from the window's end to the last answer.

        A request in flight ends with its time-out; under open load it may have waited as long for a connection before.
        A second more, for time-outs are looked for in turns. Nobody waits for the end of what is held.
        """
        return self.load.drain_limit_s(self.timeout_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The generator is up and waits for a job."""

    event: Literal["ready"] = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The warm-up is over, after so many seconds; requests sent from here on count."""

    at_ns: int
    warmup_s: float
    event: Literal["opened"] = "opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The window is over: answers to what was sent in it are awaited, and nothing else is sent."""

    at_ns: int
    event: Literal["closed"] = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPart:
    """What became of one generator's streams by the end of the window.

    alive: open, with an event less than three gaps before. waiting: open, without one. served: open, with an event at
    some time. lost: ended, by how they did.
    first_event_ns: of each stream that had an event, how long after its request the first one came, also before the
    window. silences_ns: gaps between events that had not ended with the window, and lasted longer than they should by
    then. probes_unanswered_ns: of each probe due in the window that had no answer at its end, how long before that it
    was due.
    """

    alive: int
    waiting: int
    served: int
    lost: dict[str, int]
    first_event_ns: tuple[int, ...]
    silences_ns: tuple[int, ...]
    probes_unanswered_ns: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one generator process did.

    users: how many Locust users it had; under open load, one. warmup_requests: answers that the warm-up discarded.
    planned: of an open load, requests due in the window, whether or not they were ever taken up. Under closed load 0:
    what was due is what was recorded.
    unfinished: requests given up at the end of the drain. connects, reconnects: connections opened, and how many of
    those replaced one that the server closed; from the first request on.
    gaps, gaps_ns: how often a user went from an answer to its next request in the window, and how long that took in
    all.
    cpu_ns, span_ns: the process's CPU time in the window, and the window as long as that process saw it.
    held: under a held load, its streams.
    """

    generator: int
    users: int
    warmup_requests: int
    planned: int
    unfinished: int
    connects: int
    reconnects: int
    gaps: int
    gaps_ns: int
    cpu_ns: int
    span_ns: int
    held: HeldPart | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """Every request was answered or has failed, but for the unfinished ones that were given up."""

    parts: tuple[Part, ...]
    event: Literal["drained"] = "drained"


Event = Ready | Opened | Closed | Drained

JOB: TypeAdapter[Job] = TypeAdapter(Job)
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
PART: TypeAdapter[Part] = TypeAdapter(Part)
