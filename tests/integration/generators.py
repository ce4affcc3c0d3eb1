"""Load generators as tests run them: the real processes, against the audit's reference server."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from djbench.load import ClosedLoad
from djbench.outcome import Outcome
from djbench.request import Request, Workload
from djbench.rooms import command_of
from runners.audit.reference import BODY
from runners.hosts.ports import free_port, somebody_listens
from runners.loading.samples import ROW
from scenarios.job import EVENT, JOB, Closed, Drained, Event, Job, Opened, Ready
from tests.integration.conftest import poll

_GENERATOR = command_of("scenarios.generator")


@contextmanager
def reference() -> Iterator[int]:
    """The reference server; yields its port."""
    port = free_port()
    with subprocess.Popen([*command_of("runners.audit.reference", str(port))]) as process:
        try:
            poll(lambda: somebody_listens(port))
            yield port
        finally:
            process.kill()


def a_job(port: int, samples: Path, *, path: str = "/", expected_body: bytes | None = BODY, **changes: object) -> Job:
    """A short window on one path."""
    values: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "workload": Workload(requests=(Request(name="r", path=path, expected_body=expected_body),)),
        "load": ClosedLoad(users=2),
        "warmup_s": 0.05,
        "answered_limit_s": 0.5,
        "duration_s": 0.3,
        "timeout_s": 0.5,
        "seed": 1,
        "samples": str(samples),
    }
    return Job(**{**values, **changes})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Done:
    """One window: its ends, what the generators did, and their raw rows, one array per generator."""

    opened_ns: int
    closed_ns: int
    drained: Drained
    rows: list["np.ndarray"]

    @property
    def due(self) -> "np.ndarray":
        """The rows of requests due in the window, in the order of that."""
        rows = np.concatenate(self.rows)
        rows = rows[(rows["intended_ns"] >= self.opened_ns) & (rows["intended_ns"] < self.closed_ns)]
        return np.sort(rows, order="intended_ns")

    @property
    def kinds(self) -> set[Outcome]:
        """How requests ended."""
        return {list(Outcome)[code] for rows in self.rows for code in set(rows["outcome"])}


class Talk:
    """A generator that takes jobs."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        assert self._hear() == Ready()

    def _hear(self) -> Event:
        assert self._process.stdout is not None
        return EVENT.validate_json(self._process.stdout.readline())

    def run(self, job: Job) -> Done:
        """One window."""
        assert self._process.stdin is not None
        self._process.stdin.write(JOB.dump_json(job) + b"\n")
        self._process.stdin.flush()
        opened, closed, drained = self._hear(), self._hear(), self._hear()
        assert isinstance(opened, Opened)
        assert isinstance(closed, Closed)
        assert isinstance(drained, Drained)
        rows = [np.fromfile(f"{job.samples}.{part.generator}", dtype=ROW) for part in drained.parts]
        return Done(opened.at_ns, closed.at_ns, drained, rows)


@contextmanager
def generator(workers: int = 0) -> Iterator[Talk]:
    """A generator alone, or a master with its workers."""
    with ExitStack() as stack:
        port = free_port()
        options = ("--master", str(port), "--workers", str(workers)) if workers else ()
        commands = [(*_GENERATOR, *options)] + [(*_GENERATOR, "--worker", str(port))] * workers
        processes = [
            stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
            for command in commands
        ]
        try:
            yield Talk(processes[0])
        finally:
            for process in processes:
                process.kill()
