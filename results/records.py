"""What a run leaves behind, as frozen values. Standard library only; ``store`` reads and writes them as JSON."""

from dataclasses import dataclass, field
from typing import Any

SCHEMA_VERSION = 1

# Above this share of wrong or missing answers a trial is invalid and a cell is shown as failing, not as fast.
MAX_ERROR_SHARE = 0.001


def users_text(count: int) -> str:
    """A load in words, for tables and charts."""
    return "1 user" if count == 1 else f"{count} users"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much load a cell is under. kind ``closed``: ``users`` connections without think time."""

    kind: str
    users: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What is measured: server x pattern x style x load, each in canonical form.

    slots: requests the configuration works on at once, None when unbounded. processes: server processes that answer.
    """

    server: str
    pattern: str
    style: str
    load: Load
    interface: str
    slots: int | None
    processes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the server's process tree used during the window."""

    cpu_s: float
    rss_mib_peak: float
    threads_peak: int
    processes_peak: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One measured window.

    intended_s and actual_s: length asked for and had; the window opens and closes on an answer.
    answered: right answers that arrived inside it; throughput_rps = answered / actual_s.
    errors: wrong or missing answers by kind. unfinished: requests given up after the window, at the end of the drain.
    latency_mean_ms: over right answers to requests sent inside the window, None without any.
    half_rps: throughput of the first and the second half.
    connects, reconnects: connections opened, and opened anew, from the warm-up on.
    generator_gap_ms: mean time the generator took from one user's answer to that user's next request.
    """

    intended_s: float
    actual_s: float
    answered: int
    throughput_rps: float
    errors: dict[str, int]
    unfinished: int
    latency_mean_ms: float | None
    half_rps: tuple[float, float]
    warmup_requests: int
    connects: int
    reconnects: int
    server: Usage
    generator_cpu_s: float
    generator_gap_ms: float
    services_cpu_s: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One attempt at one cell. ``failure`` says why there is no measurement; else there is one.

    flags: reasons for doubt. invalidated_by: those of them for which the trial does not count.
    health: what the server's health endpoint said of itself before the window.
    """

    number: int
    block: int
    cell: Cell
    started: str
    failure: str | None = None
    measurement: Measurement | None = None
    flags: tuple[str, ...] = ()
    invalidated_by: tuple[str, ...] = ()
    health: dict[str, Any] = field(default_factory=dict)
    server_command: tuple[str, ...] = ()
    samples: str | None = None
    schema: int = SCHEMA_VERSION

    @property
    def valid(self) -> bool:
        """Does the trial count?"""
        return self.measurement is not None and not self.invalidated_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The cells (indices into the run's cells, in order) measured with one start of a server."""

    server: str
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the run's trials were made; times in seconds."""

    isolation: str
    warmup_s: float
    duration_s: float
    timeout_s: float
    database: str
    cpus_server: tuple[int, ...]
    cpus_support: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run's plan and circumstances. ``status``: running, finished, interrupted or failed (``failure`` says why).

    blocks: every block's sessions, in the order they are made; the seed reproduces it.
    left_out: chosen servers that could not be measured here, each with the reason.
    """

    id: str
    profile: str
    seed: int
    started: str
    command: str
    settings: Settings
    machine: dict[str, Any]
    cells: tuple[Cell, ...]
    blocks: tuple[tuple[Session, ...], ...]
    left_out: dict[str, str] = field(default_factory=dict)
    finished: str | None = None
    status: str = "running"
    failure: str | None = None
    schema: int = SCHEMA_VERSION
