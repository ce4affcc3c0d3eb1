"""What is measured: a configuration, and a cell of a run's plan. Frozen, and equal when they are the same."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

from djbench.build import AS_IT_IS, Build
from djbench.load import Load


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What serves: a build of the target under a server."""

    #: The server's canonical spec, such as ``uvicorn:workers=2``.
    server: str
    #: ``wsgi`` or ``asgi``.
    interface: str
    #: Requests it works on at once; None when unbounded.
    slots: int | None
    #: How it comes to its slots, such as ``workers=2 x threads=8``, or what takes their place. Empty in runs made
    #: before that was noted.
    slots_by: str = ""
    #: Server processes that answer.
    processes: int
    #: How the target is made.
    build: Build = AS_IT_IS

    @property
    def key(self) -> str:
        """What tells it from every other configuration of a run."""
        return f"{self.server} @ {self.build.name}" if self.build.name else self.server


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Configuration x pattern x style x load, each in canonical form."""

    #: What serves.
    configuration: Configuration
    #: The pattern's canonical spec, such as ``sleep:delay=0.05``.
    pattern: str
    #: How its view is written.
    style: str
    #: What it is under.
    load: Load
    #: How long an answer waits for its I/O when nothing else is slow, in seconds; 0 if that is not known.
    wait_s: float = 0.0
    #: For ``djbench validate``, which measures one cell under several labels; None in every other run.
    label: str | None = None
    #: CPU time that each request burns, in microseconds, for ``djbench validate``; 0 in every other run.
    handicap_us: float = 0.0

    @property
    def server(self) -> str:
        """The server's canonical spec."""
        return self.configuration.server

    @property
    def interface(self) -> str:
        """``wsgi`` or ``asgi``."""
        return self.configuration.interface

    @property
    def slots(self) -> int | None:
        """Requests that its configuration works on at once; None when unbounded."""
        return self.configuration.slots

    @property
    def slots_by(self) -> str:
        """How its configuration comes to its slots."""
        return self.configuration.slots_by

    @property
    def processes(self) -> int:
        """Server processes that answer."""
        return self.configuration.processes

    @property
    def place(self) -> "Cell":
        """The cell without label and handicap: what a validation measures several times over."""
        return replace(self, label=None, handicap_us=0.0)

    @property
    def alone(self) -> "Cell":
        """The same cell without background users."""
        return replace(self, load=self.load.alone)

    @property
    def question(self) -> tuple[str, Load]:
        """What is asked of its configuration and style: a pattern under a load."""
        return self.pattern, self.load

    @property
    def rivals(self) -> Hashable:
        """Cells that are equal in this are compared with each other: pattern and load; in a validation the place."""
        return self.place if self.label else (self.pattern, self.load.alone)

    @property
    def start(self) -> tuple[Configuration, str | None, float]:
        """Cells that are equal in this can be measured with one start of the server."""
        return self.configuration, self.label, self.handicap_us

    def identity(self) -> dict[str, Any]:
        """What tells it from the other cells of a run, as every JSON output has it."""
        return {"server": self.server, "pattern": self.pattern, "style": self.style, "load": self.load.to_json()}
