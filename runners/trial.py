"""One trial of one cell, on a server that is already running: verify, warm up, measure, drain, record."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from results.records import Cell, Measurement, Trial, Usage
from results.store import RunDirectory
from runners import validity
from runners.errors import ServerFailed
from runners.generator import Generator
from runners.instance import HOST, Instance
from runners.process import ProcessFailed
from runners.profile import Profile
from runners.services import Services
from runners.telemetry import Watch
from scenarios import job as messages
from scenarios.job import Job
from scenarios.load import ClosedLoad
from scenarios.outcomes import Outcome
from scenarios.recording import COLUMNS
from scenarios.workload import Request, Workload
from target_site.catalog import PatternSpec


def now() -> str:
    """The current time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Bodies:
    """The right answer to each pattern: the first one seen in the run, which every style and server must repeat."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def verify(self, instance: Instance, pattern: PatternSpec, style: str, timeout_s: float) -> bytes:
        """Ask once. Returns the body; raises ServerFailed when the answer is not the right one."""
        path = pattern.path(style)
        status, body = instance.get(path, timeout_s)
        if status != 200:
            shown = body[:200].decode(errors="replace").strip()
            raise ServerFailed(f"GET {path} answered {status}: {shown}")
        expected = self._known.setdefault(str(pattern), body)
        if body != expected:
            raise ServerFailed(
                f"GET {path} answered {body[:80]!r} where other styles and servers say {expected[:80]!r}"
            )
        return body


@dataclass(frozen=True, slots=True)
class Bench:
    """What trials on one running server share."""

    profile: Profile
    instance: Instance
    generator: Generator
    services: Services
    directory: RunDirectory
    scratch: Path
    support_cpus: int
    bodies: Bodies

    def run(self, number: int, block: int, cell: Cell, pattern: PatternSpec, seed: int) -> Trial:
        """Make one trial and store it. Raises ServerFailed when the server fails on the way."""
        started = now()
        timeout_s = self.profile.timeout_s
        body = self.bodies.verify(self.instance, pattern, cell.style, timeout_s)
        if pattern.pattern.writes:
            self.instance.reset(timeout_s)
        request = Request(name=f"{pattern} {cell.style}", path=pattern.path(cell.style), expected_body=body)
        raw = self.scratch / f"{number:04d}.raw"
        job = Job(
            host=HOST,
            port=self.instance.port,
            workload=Workload(requests=(request,)),
            load=ClosedLoad(users=cell.load.users),
            warmup_s=self.profile.warmup_s,
            # Each user gets its first answer within the time-out, or not at all.
            warmup_limit_s=self.profile.warmup_s + timeout_s,
            duration_s=self.profile.duration_s,
            timeout_s=timeout_s,
            seed=seed,
            samples=str(raw),
        )
        watch = Watch(self.instance.process.pid, self.services.pids)
        usage: list[tuple[Usage, dict[str, float]]] = []
        opened, closed, drained = self.generator.measure(
            job, opened=watch.opened, tick=watch.sample, closed=lambda: usage.append(watch.closed())
        )
        try:
            self.instance.process.require_alive()
        except ProcessFailed as error:
            raise ServerFailed(str(error)) from None
        if pattern.pattern.writes:
            self.instance.reset(timeout_s)
        samples = _relative(np.fromfile(raw, dtype=np.dtype(list(COLUMNS))), opened.at_ns)
        raw.unlink()
        measurement = _measurement(samples, job, opened, closed, drained, *usage[0])
        found = validity.flags(measurement, cell.load, self.support_cpus)
        trial = Trial(
            number=number,
            block=block,
            cell=cell,
            started=started,
            measurement=measurement,
            flags=found,
            invalidated_by=validity.invalidating(found),
            health=self.instance.health,
            server_command=self.instance.process.command,
            samples=self.directory.write_samples(
                number, samples, {"outcome": [outcome.value for outcome in Outcome], "request": [request.name]}
            ),
        )
        self.directory.write_trial(trial)
        return trial


def _relative(samples: "np.ndarray[Any, Any]", opened_ns: int) -> "np.ndarray[Any, Any]":
    """The samples with their times counted from the window's opening."""
    for column in ("intended_ns", "sent_ns", "done_ns"):
        samples[column] -= opened_ns
    return samples


def _measurement(
    samples: "np.ndarray[Any, Any]",
    job: Job,
    opened: messages.Opened,
    closed: messages.Closed,
    drained: messages.Drained,
    server: Usage,
    services_cpu_s: dict[str, float],
) -> Measurement:
    """What the samples say: rates count right answers inside the window, latencies requests sent inside it."""
    length_ns = closed.at_ns - opened.at_ns
    actual_s = length_ns / 1e9
    codes = list(Outcome)
    right = samples["outcome"] == codes.index(Outcome.OK)
    done_ns = samples["done_ns"]
    answered_ns = done_ns[right & (done_ns > 0) & (done_ns <= length_ns)]
    first_half = int((answered_ns <= length_ns // 2).sum())
    sent_inside = right & (samples["sent_ns"] >= 0)
    latencies_ns = (done_ns - samples["intended_ns"])[sent_inside]
    counts = np.bincount(samples["outcome"], minlength=len(codes))
    return Measurement(
        intended_s=job.duration_s,
        actual_s=actual_s,
        answered=len(answered_ns),
        throughput_rps=len(answered_ns) / actual_s if length_ns else 0.0,
        errors={
            str(code): int(count) for code, count in zip(codes, counts, strict=True) if count and code != Outcome.OK
        },
        unfinished=drained.unfinished,
        latency_mean_ms=float(latencies_ns.mean()) / 1e6 if len(latencies_ns) else None,
        half_rps=(
            first_half / (actual_s / 2) if length_ns else 0.0,
            (len(answered_ns) - first_half) / (actual_s / 2) if length_ns else 0.0,
        ),
        warmup_requests=drained.warmup_requests,
        connects=drained.connects,
        reconnects=drained.reconnects,
        server=server,
        generator_cpu_s=(closed.cpu_ns - opened.cpu_ns) / 1e9,
        generator_gap_ms=closed.gap_ns / 1e6,
        services_cpu_s=services_cpu_s,
    )
