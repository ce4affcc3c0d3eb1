"""One trial of one cell, on a server that is already running: verify, warm up, measure, drain, record."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from djbench.cell import Cell
from djbench.errors import ServerFailed
from djbench.outcome import Outcome
from djbench.pattern import PatternSpec
from djbench.request import Request, Workload
from results.records.schema import Settings, Trial
from results.records.store import TELEMETRY, RunDirectory
from runners.conducting import validity
from runners.hosts.cpus import CpuSets
from runners.hosts.process import ProcessFailed
from runners.loading import samples
from runners.loading.generator import Generator
from runners.planning.demand import Demand
from runners.servers.instance import HOST, Instance
from runners.services.running import Services
from runners.watching.telemetry import Watch
from scenarios.job import Job


def now() -> str:
    """The current time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Bodies:
    """The right answer to each pattern: the first one seen in the run, which every style and server must repeat.

    before: of the trials made before the run was resumed, the digest by pattern.
    """

    def __init__(self, before: Mapping[str, str] = MappingProxyType({})) -> None:
        self._known: dict[str, bytes] = {}
        self._before = before

    def verify(self, instance: Instance, pattern: PatternSpec, style: str, timeout_s: float) -> bytes:
        """Ask once. Returns the body; raises ServerFailed when the answer is not the right one."""
        request = pattern.request_line(style)
        status, body = instance.ask(pattern, style, timeout_s)
        if status != pattern.right_status:
            shown = body[:200].decode(errors="replace").strip()
            raise ServerFailed(f"{request} answered {status}: {shown}")
        if str(pattern) not in self._known and digest(body) != self._before.get(str(pattern), digest(body)):
            raise ServerFailed(f"{request} answered {body[:80]!r}, and something else before the run was resumed")
        expected = self._known.setdefault(str(pattern), body)
        if body != expected:
            raise ServerFailed(f"{request} answered {body[:80]!r} where other styles and servers say {expected[:80]!r}")
        return body


def digest(body: bytes) -> str:
    """What a record keeps of a body."""
    return hashlib.sha256(body).hexdigest()


def _held_request(pattern: PatternSpec, style: str) -> Request:
    """The request for an answer that has no end."""
    endless = replace(pattern.endless.request(style), name=f"{pattern} {style}")
    return replace(endless, event_end=pattern.pattern.event_end, event_gap_s=pattern.event_gap_s)


def _beside(request: Request) -> Request:
    """The same under a name of its own among the samples, for it may be the measured one."""
    return replace(request, name=f"{request.name}, beside")


@dataclass(frozen=True, slots=True)
class Bench:
    """What trials on one running server share."""

    settings: Settings
    instance: Instance
    generator: Generator
    services: Services
    directory: RunDirectory
    scratch: Path
    cpus: CpuSets
    bodies: Bodies

    def run(self, number: int, block: int, cell: Cell, demand: Demand, *, seed: int, repeat: bool = False) -> Trial:
        """Make one trial and store it.

        Raises ServerFailed when the server fails on the way, and GeneratorLost when the generator does.
        """
        started = now()
        timeout_s = self.settings.timeout_s
        steady_limit_s = self.settings.warmup_limit_s or self.settings.warmup_s
        held = cell.load.endless
        pattern = demand.pattern
        # Of what has no end the shortest is verified; whoever holds it checks each event's number.
        verified = pattern.shortest if held else pattern
        body = self.bodies.verify(self.instance, verified, cell.style, timeout_s)
        requests = [_held_request(pattern, cell.style) if held else pattern.request(cell.style, body)]
        if demand.beside is not None:
            right = self.bodies.verify(self.instance, demand.beside, demand.beside_style, timeout_s)
            requests.append(_beside(demand.beside.request(demand.beside_style, right)))
        if demand.writes:  # what was verified wrote, too
            self.instance.reset(timeout_s)
        raw = self.scratch / f"{number:04d}.raw"
        job = Job(
            host=HOST,
            port=self.instance.port,
            workload=Workload(requests=tuple(requests)),
            load=cell.load,
            warmup_s=self.settings.warmup_s,
            # Each user gets its first answer within the time-out, or not at all.
            answered_limit_s=max(self.settings.warmup_s + timeout_s, steady_limit_s),
            steady_limit_s=steady_limit_s,
            duration_s=self.settings.duration_s,
            timeout_s=timeout_s,
            seed=seed,
            samples=str(raw),
        )
        backends = self.services.backends if "database" in demand.uses else None
        intended_s = job.load.window_s(job.duration_s)
        watch = Watch(self.instance.process.pid, self.services.pids, self.cpus, intended_s, backends)
        opened, closed, drained = self.generator.measure(
            job, opened=watch.opened, tick=watch.sample, closed=watch.closed
        )
        try:
            self.instance.process.require_alive()
        except ProcessFailed as error:
            raise ServerFailed(str(error)) from None
        used = watch.drained()
        if demand.writes:
            self.instance.reset(timeout_s)
        files = [Path(f"{raw}.{part.generator}") for part in drained.parts]
        tally = samples.Tally(closed.at_ns - opened.at_ns, cell.load)
        stored = self.directory.write_samples(
            number,
            tally.watch(samples.read(files, opened.at_ns, closed.at_ns)),
            {"outcome": [outcome.value for outcome in Outcome], "request": [request.name for request in requests]},
        )
        for file in files:
            file.unlink()
        gap_s = pattern.event_gap_s if held else 0.0
        measurement = tally.measurement(intended_s, opened.warmup_s, drained, used, gap_s)
        found = validity.flags(measurement, cell.load, len(self.cpus.support))
        trial = Trial(
            number=number,
            block=block,
            cell=cell,
            started=started,
            measurement=measurement,
            flags=found,
            invalidated_by=validity.invalidating(found, self.settings.accept),
            repeat=repeat,
            samples=stored,
            body_sha256=None if held else digest(body),  # that of another answer
            artefacts={TELEMETRY: self.directory.write_telemetry(number, watch.series(opened.at_ns))},
        )
        self.directory.write_trial(trial)
        return trial
