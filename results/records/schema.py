"""What a run leaves behind, as frozen values. Standard library only; ``store`` reads and writes them as JSON."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from djbench.cell import Cell
from djbench.options import Method
from djbench.server import DeploymentFile
from results.records.request_figures import RequestFigures
from results.records.target_facts import TargetFacts

SCHEMA_VERSION = 3

# Above this share of wrong or missing answers a trial is invalid and a cell is shown as failing, not as fast.
MAX_ERROR_SHARE = 0.001
# A request that the generator takes up later than this after its time is late.
MAX_ARRIVAL_LAG_MS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the server's process tree used during the window."""

    #: CPU time of all its processes, in seconds.
    cpu_s: float
    #: The largest resident memory; shared pages count once per process.
    rss_mib_peak: float
    #: By how much resident memory was larger at the window's end than before there was any load.
    rss_mib_grown: float = 0.0
    #: The most threads.
    threads_peak: int
    #: Proportional set size after the last answer: each shared page counts once. None if it could not be read.
    pss_mib: float | None = None
    #: Voluntary context switches of all its threads in the window. None if they could not be read.
    voluntary_switches: int | None = None
    #: Involuntary ones likewise.
    involuntary_switches: int | None = None
    #: The most open files. None if they could not be read.
    open_files_peak: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetrySample:
    """The server's process tree at a moment of the window."""

    #: Seconds since the window opened.
    at_s: float
    #: CPU time used since then, in seconds.
    cpu_s: float
    #: Resident memory; shared pages count once per process.
    rss_mib: float
    #: Threads at this moment.
    threads: int
    #: Processes at this moment.
    processes: int
    #: Voluntary context switches since the window opened.
    voluntary_switches: int
    #: Involuntary ones since then.
    involuntary_switches: int
    #: Open files at this moment.
    open_files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What became of the streams of a held load."""

    #: As many as were asked for.
    streams: int
    #: Open, with an event not long before the window closed.
    alive: int
    #: Open, without such an event.
    waiting: int
    #: Ended before the window did.
    lost: int
    #: From one event to the next, as it should be.
    due_gap_ms: float
    #: p50, p99 and max of the time from a stream's request to its first event; None without any.
    first_event_ms: dict[str, float] | None
    #: p50, p99 and max of the time from one event to the next; None without any. A gap that had not ended counts as
    #: long as it had lasted.
    gap_ms: dict[str, float] | None
    #: p50, p99 and max of the latency of the probes, due twenty times a second; None without any. Probes without a
    #: right answer count from when they were due until the window closed.
    probe_ms: dict[str, float] | None
    #: Probes that had no answer when the window closed.
    probes_unanswered: int
    #: Probes with a wrong answer, or refused.
    probes_failed: int
    #: What the server's processes had grown by, over the open streams that had had an event; None without those.
    memory_kib_per_stream: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One uninterrupted stretch of load on one cell, between those of its rivals."""

    #: When it opened, in seconds after the first slice of all that took turns.
    at_s: float
    #: Its length: like a window it opens and closes on an answer under closed load.
    length_s: float
    #: Right answers that arrived inside it.
    answered: int
    #: CPU time of the server's processes inside it, in seconds; None if the system does not tell.
    cpu_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One measured window, or the slices of a trial as one."""

    #: The window's length: under closed load it opens and closes on an answer.
    actual_s: float
    #: Right answers that arrived inside it; of a held load, events.
    answered: int
    #: ``answered / actual_s``.
    throughput_rps: float
    #: Wrong or missing answers by kind.
    errors: dict[str, int]
    #: Requests given up after the window, at the end of the drain.
    unfinished: int
    #: Mean of done - intended, over right answers to requests due inside the window; None without any.
    latency_mean_ms: float | None
    #: Throughput of the first and of the second half.
    half_rps: tuple[float, float]
    #: Connections that were opened anew, from the warm-up on.
    reconnects: int
    #: What the server's processes used.
    server: Usage
    #: CPU time of all generator processes, in seconds.
    generator_cpu_s: float
    #: Mean time the generator took from one user's answer to that user's next request.
    generator_gap_ms: float
    #: CPU time of the services, in seconds, by name.
    services_cpu_s: dict[str, float]
    #: How long the warm-up before it lasted.
    warmup_s: float = 0.0
    #: Right answers per second to background users; None without them.
    beside_rps: float | None = None
    #: Share of the time of the CPUs in use that the hypervisor gave to somebody else.
    steal_share: float = 0.0
    #: All requests that were recorded, however they ended.
    requests: int = 0
    #: Requests due in the window.
    planned: int = 0
    #: Those of them that were sent before it closed, or within the millisecond after; under closed load all of them.
    sent: int = 0
    #: p50, p99 and max of how long after its time the generator took up a request; None under closed load.
    arrival_lag_ms: dict[str, float] | None = None
    #: How many of them were taken up over 1 ms late.
    late: int = 0
    #: How long the server answered nothing at all while requests waited, in seconds, at the longest; 0 if that was not
    #: far longer than answers take. It can end after the window.
    stalled_s: float = 0.0
    #: Under closed load, users without a right answer in the window; background users are not among them.
    starved: int = 0
    #: Generator processes.
    generators: int = 1
    #: Share of a core that the busiest of them used.
    generator_share: float = 0.0
    #: CPU time of the generator per right answer; None without any.
    generator_cpu_us_per_request: float | None = None
    #: Of the server's processes that were there at some time of the window, how many were gone when it closed.
    server_processes_gone: int = 0
    #: Share of the time of the CPUs that generator, services and conductor have to themselves in which those were not
    #: idle, whoever used them; 0 if they have none.
    support_busy_share: float = 0.0
    #: Share of the time of the CPUs that the server has to itself that went to somebody else on this machine; 0 if it
    #: has none.
    others_share: float = 0.0
    #: CPU time that telemetry took, as a share of a core.
    telemetry_share: float = 0.0
    #: Connections to PostgreSQL by the client's application name: ``peak`` in the window, ``left`` after the last
    #: answer. None for other databases, and for patterns without one.
    database_backends: dict[str, dict[str, int]] | None = None
    #: Under a held load, what became of its streams; None under any other.
    held: Held | None = None
    #: The slices of a trial by turns, in the order in which they were measured; empty for one window.
    slices: tuple[Slice, ...] = ()
    #: Share of a core that each rival used while it was at rest, by its server's spec.
    rivals_at_rest: dict[str, float] = field(default_factory=dict)
    #: Each request of a mix and each step of a journey by itself; empty for a single request.
    by_request: tuple[RequestFigures, ...] = ()
    #: Mean time that a user thought before a request; 0 for users without think time.
    think_ms: float = 0.0


class Purpose(StrEnum):
    """What a trial is made for. Statistics read those that measure, and no others."""

    MEASURE = "measure"
    CALIBRATE = "calibrate"
    """To learn what a request costs, before a validation burns a share of that in each request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One attempt at one cell."""

    #: Its number in the run, from 0.
    number: int
    #: The number of its block, from 0.
    block: int
    #: What it is of.
    cell: Cell
    #: When it was started, ISO 8601 in UTC.
    started: str
    #: What it is made for.
    purpose: Purpose = Purpose.MEASURE
    #: Why there is no measurement; None when there is one.
    failure: str | None = None
    #: What was measured; None when ``failure`` says why not.
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
    #: The number of the first trial of those that took turns with it; None if it was measured by itself.
    turns: int | None = None
    #: Of the body that every answer had to have.
    body_sha256: str | None = None
    #: The share of each request's body that was compared, by its name among the samples; 0 if its status alone was.
    #: Empty if whole bodies were.
    compared: dict[str, float] = field(default_factory=dict)
    #: The schema of the record.
    schema: int = SCHEMA_VERSION

    @property
    def request(self) -> str:
        """The name of the measured request among the samples. Those of a mix or a journey begin with it."""
        return f"{self.cell.pattern} {self.cell.style}"

    def measures(self, name: str) -> bool:
        """Is the request of that name among the samples one of the measured? Others may be sent beside them."""
        return name == self.request or name.startswith(f"{self.request}: ")

    @property
    def began(self) -> datetime | None:
        """When it was started; None if the record does not tell, or leaves out the time zone."""
        try:
            began = datetime.fromisoformat(self.started)
        except ValueError:
            return None
        return began if began.tzinfo else None

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
    #: The version of each package that it needs, by name. Empty in runs made before that was noted.
    packages: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start of a server, and the cells that share it."""

    #: The server's canonical spec.
    server: str
    #: Indices into the run's cells, in the order in which they are measured.
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What is measured while the same servers stand."""

    #: The servers that stand side by side; of cells that are measured by themselves, one.
    starts: tuple[Start, ...]
    #: Do rivals take turns, slice by slice? Else each cell is measured in one window.
    by_turns: bool = False
    #: What its trials are made for.
    purpose: Purpose = Purpose.MEASURE

    @property
    def cells(self) -> tuple[int, ...]:
        """The cells of all its starts."""
        return tuple(index for start in self.starts for index in start.cells)

    def only(self, chosen: Container[int]) -> "Session":
        """What it has of the chosen cells; starts without one are left out."""
        kept = (replace(start, cells=tuple(index for index in start.cells if index in chosen)) for start in self.starts)
        return replace(self, starts=tuple(start for start in kept if start.cells))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(Method):
    """How the run's trials were made: its options, and what followed from them.

    Its ``warmup_limit_s`` is None only in runs made before a warm-up looked for a steady load.
    """

    #: The CPUs of the server; none: not pinned.
    cpus_server: tuple[int, ...]
    #: The CPUs of generator, services and conductor; none: not pinned.
    cpus_support: tuple[int, ...]
    #: The minimum number of blocks.
    min_blocks: int = 1
    #: The maximum number of blocks.
    max_blocks: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run's plan and circumstances."""

    #: Its name: when it was started, and its profile.
    id: str
    #: The name of its profile.
    profile: str
    #: Reproduces the order of its trials.
    seed: int
    #: When it was started, ISO 8601 in UTC.
    started: str
    #: The command line that started it, without passwords.
    command: str
    #: How its trials are made.
    settings: Settings
    #: The machine's fingerprint.
    machine: dict[str, Any]
    #: What is measured.
    cells: tuple[Cell, ...]
    #: The sessions of every block that was begun, in the order in which they are made.
    blocks: tuple[tuple[Session, ...], ...]
    #: Chosen servers that could not be measured here, each with the reason.
    left_out: dict[str, str] = field(default_factory=dict)
    #: Servers that did not start and were left out from there on, each with the reason.
    broken: dict[str, str] = field(default_factory=dict)
    #: Pieces of the site's background work that were lost when its server ended, and how many there were; by
    #: ``lost_work_key``.
    lost_work: dict[str, tuple[int, int]] = field(default_factory=dict)
    #: When it ended, ISO 8601 in UTC; None before that.
    finished: str | None = None
    #: ``running``, ``finished``, ``interrupted`` or ``failed``.
    status: str = "running"
    #: Why it is interrupted or failed; None otherwise.
    failure: str | None = None
    #: Why no more blocks were made, an ``Ended``; None before that.
    ended_by: str | None = None
    #: How long it had lasted, without interruptions, when it was last stored, in seconds.
    spent_s: float = 0.0
    #: When it was taken up again after an interruption.
    resumed: tuple[str, ...] = ()
    #: The weight of each pattern among a site's requests, for advice; empty if none was given.
    mix: dict[str, float] = field(default_factory=dict)
    #: The claims that it was made to test, by name.
    claims: tuple[str, ...] = ()
    #: What is to be said of each server, by its canonical spec.
    servers: dict[str, ServerFacts] = field(default_factory=dict)
    #: The reader's own project; None for the site that djbench brings along.
    target: TargetFacts | None = None
    #: The schema of the record.
    schema: int = SCHEMA_VERSION

    @property
    def validates(self) -> bool:
        """Is it djbench itself that is measured, on cells whose ratios are known?"""
        return any(cell.label for cell in self.cells)


def lost_work_key(works: Sequence[str], server: str) -> str:
    """Under what a run's record has the work that was lost when this server ended.

    ``works``: the patterns and styles that left it, such as ``background:delay=0.05 threads``.
    """
    return f"{' and '.join(works)} on {server}"
