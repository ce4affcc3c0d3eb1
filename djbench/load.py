"""How much load a cell is under: frozen values, each kind with what only it knows. No Locust.

A closed load has users, who wait for their answers. An open load has a rate: arrivals on a schedule of their own,
whether or not earlier answers have come. A held load has streams: connections that stay open while events come.

Nobody outside this module asks of which kind a load is. They ask for what follows from it.
"""

from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Literal, Self, TypeAlias, get_args

from djbench.rate import Stage, parse_rate, varies

Arrivals = Literal["poisson", "constant"]

DEFAULT_CONNECTIONS = 256
# After the last time-out, for time-outs are looked for in turns.
_LAST_LOOK_S = 1
# A stream whose last event is longer ago than so many gaps is not alive.
GAPS_ALIVE = 3
# Slices by turns: as short as the machine's speed is steady, long enough that their ends weigh little. Measured: the
# paired log ratio's standard deviation was smallest at a tenth of a second (docs/methodology.md).
SLICE_S, LEAD_IN_S = 0.1, 0.03
# What users cost beside the waits of their answers: each of them to connect and to be answered once, by a server with
# one process; and, if they are more than the usual backlog holds, until the kernel has tried again, after 1 and 3
# seconds. Only for the time shown in advance.
USER_S = 0.0005
BACKLOG, RETRIES_S = 2048, 4.0
# Of an open load the queue needs time to become what it is at that rate.
OPEN_SLICE_S, OPEN_LEAD_IN_S = 1.0, 0.25
# A slice has at least so many cycles of a known wait. Before it each user has been through two, not in step.
SLICE_CYCLES, LEAD_IN_CYCLES = 8, 2
# Users of a busy server wait for each other, and their cycle is known from the warm-up only. With fewer of these in a
# slice, what was begun in the lead-in and what is left undone at the end weigh more in one style than in another.
SLICE_ROUNDS = 4
# Few enough to leave the server alone: what the probes meet is the streams' doing, and not their own.
PROBES_PER_S = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialTiming:
    """What the expected length of a trial depends on, beside the load."""

    #: How long an answer waits for its I/O when nothing else is slow, in seconds; 0 if that is not known.
    wait_s: float
    #: From one event of a held stream to the next, in seconds.
    event_gap_s: float
    #: How long a user thinks on the way through a journey, in seconds.
    think_s: float = 0.0
    #: Requests the server works on at once; None when unbounded.
    slots: int | None
    #: The shortest warm-up, in seconds.
    warmup_s: float
    #: The longest warm-up, in seconds.
    warmup_limit_s: float
    #: The window's length as asked for, in seconds.
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Slicing:
    """How a load is applied in slices, while rivals take turns."""

    #: The length of a slice, in seconds.
    slice_s: float
    #: How long the load is there before each slice; discarded, in seconds.
    lead_in_s: float
    #: Do users send again when they are answered? Then a slice is long for the time from one answer to the next.
    in_rounds: bool = False

    def after_warm_up(self, round_s: float) -> "Slicing":
        """The same for users who are answered once in ``round_s``: slices and lead-ins are not shorter than rounds."""
        if not self.in_rounds:
            return self
        return replace(
            self,
            slice_s=max(self.slice_s, SLICE_ROUNDS * round_s),
            lead_in_s=max(self.lead_in_s, LEAD_IN_CYCLES * round_s),
        )

    def fitted(self, duration_s: float, asked_s: float | None) -> tuple[int, float]:
        """How many slices fill ``duration_s``, and their length in seconds. asked_s: their length if somebody said."""
        count = max(1, round(duration_s / (asked_s or self.slice_s)))
        return count, duration_s / count


class _AnyLoad:
    """What loads have in common: the answer that fits most kinds, which the others override."""

    __slots__ = ()

    #: The pattern that background users request meanwhile; None without them.
    beside: str | None = None
    #: How many background users there are.
    beside_users: int = 0
    #: Do the answers have no end? Then events are counted instead of answers, and there is no latency.
    endless: ClassVar[bool] = False
    #: Does a schedule say when requests are due, and not the answers to earlier ones?
    scheduled: ClassVar[bool] = False
    #: Are cells compared by their median latency, and not by their throughput?
    compares_latency: ClassVar[bool] = False
    #: Is the throughput the server's own doing, and so a figure to compare, to mix and to gate?
    throughput_tells: ClassVar[bool] = False
    #: What is counted per second.
    unit: ClassVar[str] = "requests"

    @property
    def warming_up(self) -> str:
        """What goes on before the window, in words."""
        return "warming up"

    @property
    def round_s(self) -> float:
        """About how long until all who come together are answered once, apart from waits; 0 if nobody does."""
        return 0.0

    @property
    def gathering_s(self) -> float:
        """The same until all are connected and answered."""
        return self.round_s

    @property
    def varies(self) -> bool:
        """Does the rate change in the course of a window?"""
        return False

    @property
    def one_figure(self) -> bool:
        """Is there one figure for the whole window by which cells are compared?"""
        return not self.varies and not self.endless

    @property
    def mixed(self) -> bool:
        """Is anything sent beside what is measured?"""
        return self.beside is not None or self.endless

    @property
    def alone(self) -> Self:
        """The same load without background users: itself, if its kind has none."""
        return self

    def like(self, other: "_AnyLoad") -> bool:
        """Is the other load of the same kind? Charts and advice never mix two kinds."""
        return type(self) is type(other)

    def window_s(self, duration_s: float) -> float:
        """The length of the measured window, in seconds. duration_s: as asked for."""
        return duration_s

    def locust_users(self, generators: int) -> int:
        """How many Locust users apply it, over so many generator processes."""
        return generators

    def slicing(self, wait_s: float, slots: int | None) -> Slicing | None:  # noqa: ARG002  what other kinds need
        """How it is applied by turns; None if it needs one window. wait_s, slots: as in ``TrialTiming``."""
        return None

    def to_json(self) -> dict[str, Any]:
        """The load as summary.json and the tables have it: its kind, and what that kind has."""
        names = [field.name for field in fields(self)]  # type: ignore[arg-type]  # each kind is a dataclass
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedLoad(_AnyLoad):
    """Users who wait for each answer, then send the next request at once, but for the think times of a journey."""

    throughput_tells: ClassVar[bool] = True

    #: What JSON calls it.
    kind: Literal["closed"] = "closed"
    #: How many users there are, each on a connection of its own.
    users: int
    #: The pattern that background users request meanwhile; None without them. They are there to disturb, and the window
    #: is not theirs.
    beside: str | None = None
    #: How many background users there are.
    beside_users: int = 0

    def __str__(self) -> str:
        users = "1 user" if self.users == 1 else f"{self.users} users"
        return f"{users}, beside {self.beside_users} of {self.beside}" if self.beside else users

    def part(self, number: int) -> str:
        """So many of its users, in words."""
        return f"{number} of {self.users} users"

    @property
    def alone(self) -> Self:
        """The same users without anybody in the background."""
        return replace(self, beside=None, beside_users=0)

    @property
    def warming_up(self) -> str:
        """What goes on before the window, in words."""
        return "connecting 1 user" if self.at_once == 1 else f"connecting {self.at_once} users"

    @property
    def round_s(self) -> float:
        """About how long until all users are answered once, apart from waits."""
        return self.at_once * USER_S

    @property
    def gathering_s(self) -> float:
        """The same until all are connected and answered."""
        return self.round_s + (RETRIES_S if self.at_once > BACKLOG else 0.0)

    @property
    def at_once(self) -> int:
        """How many requests the server can have at a time."""
        return self.users + self.beside_users

    def locust_users(self, generators: int) -> int:  # noqa: ARG002  each user is one of Locust's
        """How many Locust users apply it."""
        return self.users + self.beside_users

    def drain_limit_s(self, timeout_s: float) -> float:
        """The longest time from the window's end to the last answer, in seconds."""
        return timeout_s + _LAST_LOOK_S

    def trial_s(self, timing: TrialTiming) -> float:
        """The expected length of a trial: verify, warm up, a window that ends on an answer, drain.

        The warm-up lasts until each user has been answered. All of them come together, as often as there are turns.
        Users who think come one after the other, over a whole journey.
        """
        waits_s = self._cycle_s(timing.wait_s, timing.slots)
        cycle_s = max(waits_s, self.round_s)
        gathering_s = max(timing.warmup_s / 2, timing.think_s)
        warmup_s = max(timing.warmup_s, gathering_s + max(waits_s, self.gathering_s))
        return timing.wait_s + warmup_s + max(timing.duration_s, timing.wait_s) + cycle_s

    def _cycle_s(self, wait_s: float, slots: int | None) -> float:
        """From one request of a user to the next, as far as waits decide."""
        return wait_s * max(1.0, self.at_once / slots) if slots else wait_s

    def slicing(self, wait_s: float, slots: int | None) -> Slicing:
        """Slices of whole cycles of the wait."""
        cycle_s = self._cycle_s(wait_s, slots)
        return Slicing(
            slice_s=max(SLICE_S, SLICE_CYCLES * cycle_s),
            lead_in_s=max(LEAD_IN_S, LEAD_IN_CYCLES * cycle_s),
            in_rounds=True,
        )

    def to_json(self) -> dict[str, Any]:
        """Its users, and those in the background if there are any."""
        beside = {"beside": self.beside, "beside_users": self.beside_users} if self.beside else {}
        return {"kind": self.kind, "users": self.users, **beside}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLoad(_AnyLoad):
    """Arrivals on a schedule, each with a request of its own."""

    scheduled: ClassVar[bool] = True
    compares_latency: ClassVar[bool] = True

    #: What JSON calls it.
    kind: Literal["open"] = "open"
    #: Arrivals per second, as ``parse_rate`` reads them: a number, or stages such as ``100..2000/60s``.
    rate: str
    #: ``poisson``, as independent visitors come, or ``constant``, evenly spaced.
    arrivals: Arrivals
    #: The most requests at a time. An arrival beyond them waits; its latency counts from when it should have been sent.
    connections: int

    def __str__(self) -> str:
        return f"open load, {self.rate}{'' if self.varies else '/s'}, {self.arrivals}"

    @property
    def varies(self) -> bool:
        """Does the rate change in the course of a window?"""
        return varies(self.rate)

    @property
    def at_once(self) -> int:
        """How many requests the server can have at a time."""
        return self.connections

    def part(self, number: int) -> str:
        """So many of its connections, in words."""
        return f"{number} of {self.connections} connections"

    def stages(self, duration_s: float) -> tuple["Stage", ...]:
        """The stretches of the window. duration_s: the window's length if the rate does not say one."""
        return parse_rate(self.rate, duration_s)

    def window_s(self, duration_s: float) -> float:
        """The length of the measured window, in seconds: as a varying rate has it, else as asked for."""
        return sum(stage.length_s for stage in self.stages(duration_s))

    def drain_limit_s(self, timeout_s: float) -> float:
        """The longest time from the window's end to the last answer, in seconds.

        A request in flight ends with its time-out; it may have waited as long for a connection before.
        """
        return 2 * timeout_s + _LAST_LOOK_S

    def slicing(self, wait_s: float, slots: int | None) -> Slicing | None:  # noqa: ARG002  nobody waits for a slot
        """Stretches of its schedule; a rate that varies has one course, and no slices."""
        if self.varies:
            return None
        return Slicing(
            slice_s=max(OPEN_SLICE_S, SLICE_CYCLES * wait_s), lead_in_s=max(OPEN_LEAD_IN_S, LEAD_IN_CYCLES * wait_s)
        )

    def trial_s(self, timing: TrialTiming) -> float:
        """The expected length of a trial: verify, the schedule with its warm-up, the last answer."""
        return 2 * timing.wait_s + timing.warmup_s + self.window_s(timing.duration_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLoad(_AnyLoad):
    """Connections that stay open, each with one answer that goes on and on.

    The streams open evenly over the warm-up. Beside them a probe sends another request PROBES_PER_S times a second, to
    see what others meet.
    """

    endless: ClassVar[bool] = True
    unit: ClassVar[str] = "events"

    #: What JSON calls it.
    kind: Literal["held"] = "held"
    #: How many connections stay open.
    streams: int

    def __str__(self) -> str:
        return f"{self.streams} held open"

    def part(self, number: int) -> str:
        """So many of its streams, in words."""
        return f"{number} of {self.streams} streams"

    @property
    def warming_up(self) -> str:
        """What goes on before the window, in words."""
        return f"opening {self.streams} streams"

    @property
    def at_once(self) -> int:
        """How many requests the server can have at a time."""
        return self.streams

    def drain_limit_s(self, timeout_s: float) -> float:  # noqa: ARG002  nobody waits for what has no end
        """The longest time from the window's end to the last answer: none is waited for."""
        return 0.0

    def trial_s(self, timing: TrialTiming) -> float:
        """The expected length of a trial: verify, warm up until each stream has had an event, the window."""
        some_wait = timing.slots is not None and self.streams > timing.slots
        warmup_s = timing.warmup_limit_s if some_wait else timing.warmup_s + timing.event_gap_s
        return timing.event_gap_s + warmup_s + timing.duration_s


Load: TypeAlias = ClosedLoad | OpenLoad | HeldLoad
# What JSON calls them.
KINDS = tuple(str(kind.__dataclass_fields__["kind"].default) for kind in get_args(Load))
