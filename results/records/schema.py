"""What a run leaves behind, as frozen values. Standard library only; ``store`` reads and writes them as JSON."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from djbench.cell import Cell
from djbench.server import DeploymentFile

SCHEMA_VERSION = 2

# Above this share of wrong or missing answers a trial is invalid and a cell is shown as failing, not as fast.
MAX_ERROR_SHARE = 0.001
# A request that the generator takes up later than this after its time is late.
MAX_ARRIVAL_LAG_MS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the server's process tree used during the window.

    pss_mib: proportional set size (each shared page counts once) after the last answer. voluntary_switches,
    involuntary_switches: context switches of all its threads in the window. None where nobody told.
    """

    cpu_s: float
    rss_mib_peak: float
    threads_peak: int
    processes_peak: int
    pss_mib: float | None = None
    voluntary_switches: int | None = None
    involuntary_switches: int | None = None
    open_files_peak: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetrySample:
    """The server's process tree at a moment of the window.

    at_s: since the window opened. cpu_s, voluntary_switches, involuntary_switches: used since then. rss_mib: resident,
    shared pages once per process.
    """

    at_s: float
    cpu_s: float
    rss_mib: float
    threads: int
    processes: int
    voluntary_switches: int
    involuntary_switches: int
    open_files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What became of the streams of a held load.

    streams: as many as were asked for; alive: open, with an event not long before the window closed; waiting: without
    one; lost: ended before the window did. first_event_ms: p50, p99 and max of the time from a stream's request to its
    first event. gap_ms: the same of the time from one event to the next, which should be due_gap_ms; one that had not
    ended is as long as it had lasted. probe_ms: of the latency of the probes, due twenty times a second;
    probes_unanswered: those that had no answer when the window closed; probes_failed: those with a wrong one, or
    refused. Both count in probe_ms from when they were due until the window closed. None without any.
    memory_kib_per_stream: what the server's processes had grown by, over the open streams that had had an event.
    """

    streams: int
    alive: int
    waiting: int
    lost: int
    due_gap_ms: float
    first_event_ms: dict[str, float] | None
    gap_ms: dict[str, float] | None
    probe_ms: dict[str, float] | None
    probes_unanswered: int
    probes_failed: int
    memory_kib_per_stream: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One measured window.

    warmup_s: how long the warm-up before it lasted.
    intended_s and actual_s: length asked for and had; under closed load the window opens and closes on an answer.
    planned, sent: requests due in the window, and those of them that were sent before it closed (or within the
    millisecond after); under closed load the same. requests: all that were recorded, however they ended.
    answered: right answers that arrived inside it; throughput_rps = answered / actual_s.
    errors: wrong or missing answers by kind. unfinished: requests given up after the window, at the end of the drain.
    latency_mean_ms, service_mean_ms: done - intended and done - sent, over right answers to requests due inside the
    window, None without any. arrival_lag_ms: p50, p99 and max of how long after its time the generator took up a
    request, None under closed load; late: how many were over 1 ms.
    half_rps: throughput of the first and the second half.
    reconnects: connections that were opened anew, from the warm-up on.
    generator_gap_ms: mean time the generator took from one user's answer to that user's next request.
    server_processes_gone: of the server's processes that were there when it opened or came in it, how many were gone
    when it closed.
    beside_rps: right answers per second to those who were beside, None without them.
    steal_share: of the time of the CPUs in use, how much the hypervisor gave to somebody else.
    support_busy_share: of the time of the CPUs that generator, services and conductor have to themselves, how much was
    not idle, whoever used it; 0 where they have none.
    others_share: of the time of the CPUs that the server has to itself, how much went to somebody else on this machine;
    0 where it has none.
    telemetry_share: CPU time that telemetry took, as a share of a core.
    database_backends: connections to PostgreSQL by the client's application name, ``peak`` in the window and ``left``
    after the last answer; None for other databases, and for patterns without one.
    held: under a held load, what became of its streams; the requests of the window are their events.
    generators, generator_cpu_s, generator_share: how many processes there were, their CPU time in all, and the share
    of a core that the busiest of them used.
    """

    intended_s: float
    actual_s: float
    answered: int
    throughput_rps: float
    errors: dict[str, int]
    unfinished: int
    latency_mean_ms: float | None
    half_rps: tuple[float, float]
    reconnects: int
    server: Usage
    generator_cpu_s: float
    generator_gap_ms: float
    services_cpu_s: dict[str, float]
    warmup_s: float = 0.0
    beside_rps: float | None = None
    steal_share: float = 0.0
    requests: int = 0
    planned: int = 0
    sent: int = 0
    service_mean_ms: float | None = None
    arrival_lag_ms: dict[str, float] | None = None
    late: int = 0
    generators: int = 1
    generator_share: float = 0.0
    generator_cpu_us_per_request: float | None = None
    server_processes_gone: int = 0
    support_busy_share: float = 0.0
    others_share: float = 0.0
    telemetry_share: float = 0.0
    database_backends: dict[str, dict[str, int]] | None = None
    held: Held | None = None


class Purpose(StrEnum):
    """What a trial is made for. Statistics read those that measure, and no others."""

    MEASURE = "measure"
    CALIBRATE = "calibrate"
    """To learn what a request costs, before a validation burns a share of that in each request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One attempt at one cell."""

    number: int
    block: int
    cell: Cell
    started: str
    purpose: Purpose = Purpose.MEASURE
    #: Why there is no measurement; None when there is one.
    failure: str | None = None
    measurement: Measurement | None = None
    #: Reasons for doubt.
    flags: tuple[str, ...] = ()
    #: Those of the flags for which the trial does not count.
    invalidated_by: tuple[str, ...] = ()
    #: Made at the end of the block, because the first attempt in it does not count.
    repeat: bool = False
    #: The file of the raw samples in the run's directory; None without one.
    samples: str | None = None
    #: The files that observers of the window left in the run's directory, by name, such as ``telemetry``.
    artefacts: dict[str, str] = field(default_factory=dict)
    #: Of the body that every answer had to have.
    body_sha256: str | None = None
    schema: int = SCHEMA_VERSION

    @property
    def request(self) -> str:
        """The name, among the samples, of the requests that were measured: others may have been sent beside them."""
        return f"{self.cell.pattern} {self.cell.style}"

    @property
    def valid(self) -> bool:
        """Does the trial count?"""
        return self.measurement is not None and not self.invalidated_by

    @property
    def server_failed(self) -> bool:
        """Was it the server that failed? A generator that was lost says nothing of the server."""
        return self.failure is not None and not self.invalidated_by


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """What a report says of a server beside its figures, as its entry had it when the run was made."""

    #: Its colour in charts, such as ``#0072b2``; empty for the next one that is free.
    colour: str = ""
    #: Its command line for a project of one's own, with placeholders. Empty in runs made before that was noted.
    command: tuple[str, ...] = ()
    #: The file that deploys a project of one's own as it was measured; None for a server without one.
    deployment: DeploymentFile | None = None
    #: Why no site should run on it; empty for a server that is fit for production.
    unfit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What is measured with one start of a server."""

    server: str
    #: Indices into the run's cells, in the order in which they are measured.
    cells: tuple[int, ...]
    #: What its trials are made for.
    purpose: Purpose = Purpose.MEASURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the run's trials were made; times in seconds.

    The warm-up lasts from warmup_s to warmup_limit_s, until the load is steady (None in runs made before it was
    looked for). From min_blocks to max_blocks blocks are made, within budget_s if there is one. budget_cores: how many
    CPUs each server was given, with a process for each where it can have those; None where that was not asked for.
    cache: ``local``, each process's own memory, or a Redis URL. accepted: flags with which a trial counts all the same.
    cpus: how the CPU sets were asked for: ``auto`` (also in runs made before it was noted), ``off`` or both of them.
    """

    isolation: str
    warmup_s: float
    duration_s: float
    timeout_s: float
    database: str
    cpus_server: tuple[int, ...]
    cpus_support: tuple[int, ...]
    generators: int = 1
    warmup_limit_s: float | None = None
    min_blocks: int = 1
    max_blocks: int = 1
    budget_s: float | None = None
    cache: str = "local"
    budget_cores: int | None = None
    accepted: tuple[str, ...] = ()
    cpus: str = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run's plan and circumstances. ``status``: running, finished, interrupted or failed (``failure`` says why).

    blocks: the sessions of every block that was begun, in the order they are made; the seed reproduces it.
    ended_by: why no more blocks were made, a ``stopping.Ended``; None before that.
    broken: servers that did not start, and were left out from there on, each with the reason.
    lost_work: by ``lost_work_key``, pieces of the site's background work that were lost when its server ended, and how
    many there were.
    spent_s: how long the run had lasted, without interruptions, when it was last stored.
    resumed: when it was taken up again after an interruption.
    left_out: chosen servers that could not be measured here, each with the reason.
    mix: the weight of each pattern among a site's requests, for advice; empty where none was given.
    claims: the claims that the run was made to test, by name.
    servers: what is to be said of each server, by its canonical spec.
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
    broken: dict[str, str] = field(default_factory=dict)
    lost_work: dict[str, tuple[int, int]] = field(default_factory=dict)
    finished: str | None = None
    status: str = "running"
    failure: str | None = None
    ended_by: str | None = None
    spent_s: float = 0.0
    resumed: tuple[str, ...] = ()
    mix: dict[str, float] = field(default_factory=dict)
    claims: tuple[str, ...] = ()
    servers: dict[str, ServerFacts] = field(default_factory=dict)
    schema: int = SCHEMA_VERSION

    @property
    def validates(self) -> bool:
        """Is it djbench itself that is measured, on cells whose ratios are known?"""
        return any(cell.label for cell in self.cells)


def lost_work_key(style: str, server: str) -> str:
    """Under what a run's record has the work of a style that was lost when this server ended."""
    return f"{style} on {server}"
