"""One window of one load-generating client against the reference server: ours, Locust's own, and wrk."""

import json
import resource
import shutil
import statistics
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from djbench.errors import RunFailed
from djbench.load import ClosedLoad, OpenLoad
from djbench.outcome import CODES, Outcome
from djbench.request import Request, Workload
from djbench.rooms import command_of
from results.analysis.stats import percentiles
from runners.audit.reference import BODY
from runners.hosts.process import ProcessFailed
from runners.hosts.workspace import Workspace
from runners.loading import samples
from runners.loading.load_generator import Generator
from runners.servers.instance import HOST
from scenarios.job import Drained, Job

OURS, WRK = "djbench", "wrk"
RIVALS = ("HttpUser", "FastHttpUser")
_TIMEOUT_S = 10.0
_NO_ANSWER = "the audit's server gave no right answer"
_CLOSE = (("Connection", "close"),)
# wrk prints three digits; its script interface has the histogram's microseconds.
_LUA = """
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "duration_us": %d, "p50_us": %d, "p99_us": %d, "failures": %d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


def wrk_installed() -> bool:
    """Is wrk there to be compared with?"""
    return shutil.which(WRK) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientWindow:
    """What one client did in one window."""

    #: Requests with a wrong answer or none.
    failures: int
    #: The client's CPU time for each request, in microseconds.
    cpu_us_per_request: float
    #: Right answers per second.
    throughput_rps: float
    #: The median latency; None if the client has no exact one.
    p50_ms: float | None = None
    #: The 99th percentile of the latency; None if the client has no exact one.
    p99_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A window of ours with all it recorded."""

    #: A row for each request (``samples.ROW``), with times from the window's opening.
    rows: "np.ndarray[Any, Any]"
    #: The same, counted.
    tally: samples.Tally
    #: How long the window was, in seconds.
    length_s: float
    #: What the generator told at its end.
    drained: Drained

    @property
    def latency_ms(self) -> "np.ndarray[Any, Any]":
        """The latencies of the right answers to requests due in the window."""
        rows = self.rows[(self.rows["intended_ns"] >= 0) & (self.rows["outcome"] == CODES[Outcome.OK])]
        latency_ms: np.ndarray[Any, Any] = (rows["done_ns"] - rows["intended_ns"]) / 1e6
        return latency_ms

    def latencies(self) -> dict[str, float]:
        """Percentiles of the right answers, in ms. Raises RunFailed when there are none."""
        return _percentiles(self.latency_ms)


class Clients:
    """Runs windows, each client pinned to the same CPU. ``generator`` is ours, running and ready."""

    def __init__(self, workspace: Workspace, cpus: tuple[int, ...], generator: Generator, warmup_s: float) -> None:
        self._workspace = workspace
        self._cpus = cpus
        self._generator = generator
        self._warmup_s = warmup_s
        self._number = count()
        self._script = workspace.folder / "report.lua"
        self._script.write_text(_LUA, encoding="ascii")

    def record(
        self,
        port: int,
        load: ClosedLoad | OpenLoad,
        duration_s: float,
        *,
        path: str = "/",
        close: bool = False,
        opened: Callable[[], None] = lambda: None,
        closed: Callable[[], None] = lambda: None,
    ) -> Recorded:
        """A window of ours. ``opened`` and ``closed`` are called at its ends. Raises RunFailed and GeneratorLost."""
        raw = self._workspace.folder / f"audit-{next(self._number)}.raw"
        request = Request(name=path, path=path, expected_body=BODY, headers=_CLOSE if close else ())
        job = Job(
            host=HOST,
            port=port,
            workload=Workload(requests=(request,)),
            load=load,
            warmup_s=self._warmup_s,
            answered_limit_s=self._warmup_s + _TIMEOUT_S,
            duration_s=duration_s,
            timeout_s=_TIMEOUT_S,
            seed=next(self._number),
            samples=str(raw),
        )
        first, last, drained = self._generator.measure(job, opened=opened, tick=lambda: None, closed=closed)
        files = [Path(f"{raw}.{part.generator}") for part in drained.parts]
        tally = samples.Tally(load)
        chunks = samples.read_samples(files, first.at_ns, last.at_ns)
        rows = np.concatenate(list(tally.watch(chunks, last.at_ns - first.at_ns)))
        for file in files:
            file.unlink()
        return Recorded(rows=rows, tally=tally, length_s=(last.at_ns - first.at_ns) / 1e9, drained=drained)

    def window(self, client: str, port: int, connections: int, duration_s: float, *, close: bool) -> ClientWindow:
        """A closed window of one client on so many connections, each request on a new one if ``close``."""
        if client == OURS:
            window = self._ours(port, connections, duration_s, close=close)
        elif client == WRK:
            window = self._wrk(port, connections, duration_s, close=close)
        else:
            window = self._rival(client, port, connections, duration_s, close=close)
        if window.failures:
            raise RunFailed(f"{window.failures} requests of {client} failed, so that what the others cost says nothing")
        return window

    def _ours(self, port: int, connections: int, duration_s: float, *, close: bool) -> ClientWindow:
        window = self.record(port, ClosedLoad(users=connections), duration_s, close=close)
        answered = window.tally.answered
        if not answered:
            raise RunFailed(_NO_ANSWER)
        cycle_ms = window.length_s * 1000 / answered * connections
        counted = _percentiles(as_wrk_counts(window.latency_ms, cycle_ms))
        return ClientWindow(
            failures=sum(window.tally.failures.values()),
            cpu_us_per_request=sum(part.cpu_ns for part in window.drained.parts) / answered / 1000,
            throughput_rps=answered / window.length_s,
            p50_ms=counted["p50"],
            p99_ms=counted["p99"],
        )

    def _rival(self, client: str, port: int, connections: int, duration_s: float, *, close: bool) -> ClientWindow:
        options = ["--connections", str(connections), "--warmup", str(self._warmup_s), "--duration", str(duration_s)]
        command = command_of("scenarios.locust_clients", client, f"http://{HOST}:{port}", *options)
        report, _ = self._run(client, [*command, *(["--close"] if close else [])], duration_s + 60)
        return ClientWindow(
            failures=report["failures"],
            cpu_us_per_request=report["cpu_s"] / report["requests"] * 1e6,
            throughput_rps=report["requests"] / report["length_s"],
        )

    def _wrk(self, port: int, connections: int, duration_s: float, *, close: bool) -> ClientWindow:
        header = ["-H", "Connection: close"] if close else []
        seconds = str(max(1, round(duration_s)))  # it takes whole ones
        command = [WRK, "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(self._script), *header]
        report, cpu_s = self._run(WRK, [*command, f"http://{HOST}:{port}/"], duration_s + 30)
        return ClientWindow(
            failures=report["failures"],
            cpu_us_per_request=cpu_s / report["requests"] * 1e6,
            throughput_rps=report["requests"] / report["duration_us"] * 1e6,
            p50_ms=report["p50_us"] / 1000,
            p99_ms=report["p99_us"] / 1000,
        )

    def _run(self, name: str, command: list[str], timeout_s: float) -> tuple[dict[str, Any], float]:
        """Run a client to its end. Returns what its last line says, and its CPU time in all, in seconds."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        output: list[bytes] = []
        try:
            with self._workspace.process(name, command, environment={}, cpus=self._cpus, piped=True) as process:
                # Read beside the wait, so that one that never ends does end with its time.
                reader = threading.Thread(target=lambda: output.append(process.stdout.read()), daemon=True)
                reader.start()
                reader.join(timeout_s)
                if reader.is_alive():
                    raise RunFailed(f"{name} did not end within {timeout_s:g} s")
                code = process.wait(timeout_s)
        except ProcessFailed as error:
            raise RunFailed(str(error)) from None
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        try:
            report = json.loads(output[0].splitlines()[-1])
        except (IndexError, ValueError):
            raise RunFailed(f"{name} ended with exit code {code} and said {output[0][-200:]!r}") from None
        if not report["requests"]:
            raise RunFailed(f"{name} got no answer from the audit's server")
        return report, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _percentiles(latency_ms: "np.ndarray[Any, Any]") -> dict[str, float]:
    latency_percentiles = percentiles(latency_ms)
    if latency_percentiles is None:
        raise RunFailed(_NO_ANSWER)
    return latency_percentiles


def as_wrk_counts(latency_ms: "np.ndarray[Any, Any]", expected_ms: float) -> "np.ndarray[Any, Any]":
    """The latencies, and those that wrk adds to them before it computes percentiles, so that the two can be compared.

    For each latency over twice the expected one (a connection's mean time from request to request), wrk adds what the
    requests would have met that the wait kept from being sent: one expected time less each, down to that time
    (``stats_correct`` in wrk 4's stats.c, after HdrHistogram). djbench's own figures add nothing.
    """
    added = latency_ms[latency_ms > 2 * expected_ms] - expected_ms
    parts = [latency_ms]
    while len(added := added[added > expected_ms]):
        parts.append(added)
        added = added - expected_ms
    return np.concatenate(parts)


def median(windows: list[ClientWindow]) -> float:
    """The CPU time per request, in us, of the median window."""
    return statistics.median(window.cpu_us_per_request for window in windows)
