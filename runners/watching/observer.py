"""What an observer of a window is: it sees the window open, go on and close, then tells what it saw.

A new observer subclasses ``Observer``, overrides what it needs, and stands in ``observers.OBSERVERS``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from results.records.store import RunDirectory
from runners.hosts.cpus import CpuSets
from runners.watching.backends import Backends


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What observers of one window look at."""

    #: The server's first process.
    server_pid: int
    #: The first process of each service, by the service's name.
    service_pids: Mapping[str, int]
    #: Where the server runs, and where what measures it does.
    cpus: CpuSets
    #: The first processes of the other servers that stand beside this one.
    rival_pids: Sequence[int] = ()
    #: Counts the connections to the database; None if the cell's patterns use none that can be asked.
    backends: Backends | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """When a window was open, as its load generator says: CLOCK_MONOTONIC, in nanoseconds."""

    #: When it opened.
    opened_ns: int
    #: When it closed.
    closed_ns: int

    @property
    def length_s(self) -> float:
        """How long it was open."""
        return (self.closed_ns - self.opened_ns) / 1e9

    def share(self, seconds: float) -> float:
        """So many seconds as a share of the window's length; 0 of a window without any."""
        return seconds / self.length_s if self.length_s else 0.0


class Observer:
    """Sees one window. Made before it opens, so that the opening costs next to nothing; by default it sees nothing."""

    def opened(self) -> None:
        """The window has opened."""

    def tick(self) -> None:
        """It is still open. Asked four times a second, less often if watching costs too much."""

    def paused(self) -> None:
        """By turns: a slice has ended and its last answer is in. The server is at rest until its next turn."""

    def resumed(self) -> None:
        """By turns: the server's next slice begins."""

    def closed(self) -> None:
        """It has closed; the last answers may be outstanding."""

    def cost_elsewhere_ns(self) -> int:
        """CPU time that the watching has cost other processes since the window opened, in nanoseconds."""
        return 0

    def facts(self, span: Span) -> dict[str, Any]:  # noqa: ARG002  what the others need
        """What it saw, by field of the measurement. Asked when the last answer is in."""
        return {}

    def artefacts(self, span: Span, directory: RunDirectory, number: int) -> dict[str, str]:  # noqa: ARG002  likewise
        """Store what it saw in files of the run's directory; their paths in it, by name. number: the trial's."""
        return {}


ObserverMaker: TypeAlias = Callable[[Scene], Observer | None]
"""Makes an observer for a scene; None if there is nothing for it to see."""
