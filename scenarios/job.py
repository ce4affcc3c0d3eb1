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
    """One measured window."""

    #: The server's address.
    host: str
    #: The server's port.
    port: int
    #: What is sent.
    workload: Workload
    #: How much of it.
    load: Annotated[ClosedLoad | OpenLoad | HeldLoad, Field(discriminator="kind")]
    #: The shortest warm-up, in seconds. Users and streams start one after the other in it: users evenly over its first
    #: half, streams over all of it. Of an open load it is part of the schedule.
    warmup_s: float
    #: Under closed load the warm-up lasts until each user has had an answer, but no longer than this. Users that the
    #: server keeps waiting while others are answered again and again are not waited for.
    answered_limit_s: float
    #: The window's length, in seconds. A closed load's window closes after it with the next answer of the user whose
    #: answer opened it, but no later than a time-out after it; a held load's with the time; a rate with stages has its
    #: own length.
    duration_s: float
    #: The longest wait for one answer, and for a free connection, in seconds.
    timeout_s: float
    #: Decides the order in which a mix of requests is drawn, and an open load's schedule.
    seed: int
    #: The raw samples go to this path, followed by a dot and the generator's number.
    samples: str
    #: The longest warm-up of a load that does not get steady (see ``steadiness``); of a held load, the longest until
    #: each stream has had an event.
    steady_limit_s: float = 0.0
    #: Of a slice, the number of the server that stands: its connections are kept for its next slice. None: this is the
    #: only window, and connections are closed after it.
    standing: int | None = None
    #: Of a slice, where its stretch of the whole load begins, in seconds. Each has arrivals and draws of its own.
    offset_s: float = 0.0
    #: The server's processes, whose CPU clocks are read when the window opens and closes.
    clocked: tuple[int, ...] = ()

    def warmup_limit_s(self) -> float:
        """The longest time from the first request to the window's opening: the answer that opens it may take long."""
        return max(self.warmup_s, self.steady_limit_s) + self.timeout_s

    def window_limit_s(self) -> float:
        """The longest time from the window's opening to its end: an answer that closes it takes no longer."""
        return self.load.window_s(self.duration_s) + self.timeout_s

    def drain_limit_s(self) -> float:
        """The longest time from the window's end to the last answer.

        A request in flight ends with its time-out; under open load it may have waited as long for a connection before.
        A second more, for time-outs are looked for in turns. Nobody waits for the end of what is held.
        """
        return self.load.drain_limit_s(self.timeout_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The generator is up and waits for a job."""

    #: What the line calls it.
    event: Literal["ready"] = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The warm-up is over; requests sent from here on count."""

    #: When it opened.
    at_ns: int
    #: How long the warm-up lasted.
    warmup_s: float
    #: What the line calls it.
    event: Literal["opened"] = "opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The window is over: answers to what was sent in it are awaited, and nothing else is sent."""

    #: When it closed.
    at_ns: int
    #: What the line calls it.
    event: Literal["closed"] = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPart:
    """What became of one generator's streams by the end of the window."""

    #: Open, with an event less than three gaps before.
    alive: int
    #: Open, without such an event.
    waiting: int
    #: Open, with an event at some time.
    served: int
    #: Ended, by how they did.
    lost: dict[str, int]
    #: Of each stream that had an event, how long after its request the first one came, also before the window.
    first_event_ns: tuple[int, ...]
    #: Gaps between events that had not ended with the window and lasted longer than they should by then.
    silences_ns: tuple[int, ...]
    #: Of each probe due in the window that had no answer at its end, how long before that it was due.
    probes_unanswered_ns: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one generator process did."""

    #: Its number.
    generator: int
    #: How many Locust users it had; under open load, one.
    users: int
    #: Of an open load, requests due in the window, whether or not they were ever taken up. Of others 0: what was due is
    #: what was recorded.
    planned: int
    #: Under closed load, the numbers of users without a right answer in the window, among those of all generators.
    starved: tuple[int, ...] = ()
    #: Requests given up at the end of the drain.
    unfinished: int
    #: Connections opened, from the first request on.
    connects: int
    #: Connections that replaced one that the server closed, from the first request on.
    reconnects: int
    #: How often a user went from an answer to its next request in the window.
    gaps: int
    #: How long that took in all, without the time that the user thought.
    gaps_ns: int
    #: How long users thought in all before requests of the window.
    thoughts_ns: int = 0
    #: The process's CPU time in the window.
    cpu_ns: int
    #: The window as long as that process saw it.
    span_ns: int
    #: CPU time of the clocked processes in the window; None if there are none, or the system does not tell.
    server_cpu_ns: int | None = None
    #: Of a locustfile, what its users sent, by the numbers that samples have.
    names: tuple[str, ...] = ()
    #: Under a held load, its streams.
    held: HeldPart | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """Every request was answered or has failed, but for the unfinished ones that were given up."""

    #: What each generator process did.
    parts: tuple[Part, ...]
    #: What the line calls it.
    event: Literal["drained"] = "drained"


Event = Ready | Opened | Closed | Drained

JOB: TypeAdapter[Job] = TypeAdapter(Job)
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
PART: TypeAdapter[Part] = TypeAdapter(Part)
