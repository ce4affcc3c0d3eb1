"""What a server, the services around it and the CPUs in use do while a window is open, and what watching them costs.

Four samples a second, of what can be read in a few hundred microseconds (see ``process_tree`` for what each reading
costs). Whoever watches runs on the CPUs of the generator and takes its time, so its own CPU time is recorded, and a
sample is left out when it would take more than one in a hundred: of servers with a thousand threads there are fewer.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from results.records.schema import TelemetrySample, Usage
from runners.hosts.cpus import CpuSets
from runners.machine.cpu_times import CpuTime, busy_share, cpu_times, others_share, stolen_s
from runners.watching.backends import Backends, most
from runners.watching.process_tree import ProcessTree, Size

# Of one core. What a sample may take was chosen so that this is not reached by the usual configurations.
MAX_SHARE = 0.01
_INTERVAL_NS = 250_000_000


class Used(NamedTuple):
    """What a window took.

    services_cpu_s: the services' CPU seconds by name. stolen_s: seconds stolen from each CPU in use, on average.
    support_busy_share: how busy everybody together kept the CPUs of generator, services and conductor. telemetry_s:
    CPU seconds of the watching itself. processes_gone: of the server's, how many ended. backends: connections to the
    database by client, ``peak`` while the window was open and ``left`` after the last answer; None if not asked for.
    others_share: of the time of the CPUs that the server has to itself, how much they worked for somebody else; 0 where
    it has none.
    grown_mib: the server's resident memory at the window's end, less what it was before the load.
    """

    server: Usage
    services_cpu_s: dict[str, float]
    stolen_s: float = 0.0
    support_busy_share: float = 0.0
    telemetry_s: float = 0.0
    processes_gone: int = 0
    backends: dict[str, dict[str, int]] | None = None
    grown_mib: float = 0.0
    others_share: float = 0.0


class Moment(NamedTuple):
    """The server's tree at a moment: CLOCK_MONOTONIC, CPU time since the window opened, and its figures."""

    at_ns: int
    cpu_ns: int
    size: Size


class Watch:
    """Follows a server's process tree, the CPU time of services and the CPUs in use through one window.

    Made before the window, so that opening it costs next to nothing. A process that comes during the window counts
    from its start; of one that goes what it had used at the last sample counts.
    length_s: how long the window is meant to be.
    backends: whom to ask for connections to the database, if the server uses any.
    """

    def __init__(
        self,
        server_pid: int,
        service_pids: Mapping[str, int],
        cpus: CpuSets,
        length_s: float,
        backends: Backends | None = None,
    ) -> None:
        self._length_ns = length_s * 1e9
        self._cpus = cpus.all()
        self._support = cpus.support
        self._own = cpus.server
        self._server = ProcessTree(server_pid)
        self._before_mib = self._server.size().rss_mib
        self._services = {name: ProcessTree(pid) for name, pid in service_pids.items()}
        self._backends = backends
        if backends:
            backends.awaited()  # what a window that failed has asked is not this one's
        self._moments: list[Moment] = []
        self._seen: set[int] = set()
        self._before_ns: dict[int, int] = {}
        self._now_ns: dict[int, int] = {}
        self._services_ns: dict[str, dict[int, int]] = {}
        self._services_s: dict[str, float] = {}
        self._times: tuple[dict[int, CpuTime], dict[int, CpuTime]] = ({}, {})
        self._peak: dict[str, int] = {}
        self._opened_ns = 0
        self._cost_ns = self._price_ns = 0
        self._backend_ns = 0

    @contextmanager
    def _counted(self) -> Iterator[None]:
        start_ns = time.thread_time_ns()
        try:
            yield
        finally:
            self._price_ns = time.thread_time_ns() - start_ns
            self._cost_ns += self._price_ns

    def _spent_ns(self) -> int:
        """CPU time that watching this window has cost so far, here and in the database that is asked."""
        asked_ns = self._backends.cpu_ns() - self._backend_ns if self._backends else 0
        return self._cost_ns + asked_ns

    def opened(self) -> None:
        """The window opens: note the CPU times."""
        with self._counted():
            self._opened_ns = time.monotonic_ns()
            self._services_ns = {name: tree.cpu_ns() for name, tree in self._services.items()}
            known_ns = self._server.cpu_ns()
            self._times = cpu_times(self._cpus), {}
            size = self._server.size()
            # Those that only this look has found did not come in the window.
            self._before_ns = self._server.cpu_ns() | known_ns
            self._now_ns = dict(self._before_ns)
            self._seen = set(self._server.pids)
            self._moments = [Moment(self._opened_ns, 0, size)]
            if self._backends:
                self._backend_ns = self._backends.cpu_ns()
                self._backends.ask()

    def sample(self) -> None:
        """Note the tree's figures, unless that would cost too much."""
        # What may have been spent when the next one is due, or at the window's end: with one now, one at the close, and
        # room for them to be dearer than the last.
        by_then_ns = min(self._length_ns, time.monotonic_ns() - self._opened_ns + _INTERVAL_NS)
        if self._spent_ns() + 3 * self._price_ns > MAX_SHARE * by_then_ns:
            return
        with self._counted():
            self._note()
            if self._backends:
                self._ask_again(self._backends)

    def closed(self) -> None:
        """The window closes: note the CPU times again."""
        with self._counted():
            # The server first, as it was known: what it does from now on is not the window's any more.
            at_ns, known_ns = time.monotonic_ns(), self._server.cpu_ns()
            services_ns = {name: tree.cpu_ns() for name, tree in self._services.items()}
            self._times = self._times[0], cpu_times(self._cpus)
            self._note(at_ns, known_ns)
        # Not in the window any more, and not counted as its cost.
        for name, tree in self._services.items():
            tree.refresh()
            after_ns = tree.cpu_ns() | services_ns[name]
            before_ns = self._services_ns[name]
            self._services_s[name] = sum(ns - before_ns.get(pid, 0) for pid, ns in after_ns.items()) / 1e9

    def drained(self) -> Used:
        """The last answer is in: what the window took, and what is read only now, for it would have disturbed it."""
        backends = None
        spent_ns = self._spent_ns()
        if self._backends:
            self._peak = most(self._peak, self._backends.awaited() or {})
            backends = {"peak": self._peak, "left": self._backends.count()}
        before, after = self._times
        return Used(
            server=self._usage(self._server.pss_mib()),
            services_cpu_s=self._services_s,
            stolen_s=stolen_s(before, after),
            support_busy_share=busy_share(before, after, self._support),
            telemetry_s=spent_ns / 1e9,
            processes_gone=len(self._seen - set(self._server.pids)),
            backends=backends,
            others_share=others_share(before, after, self._own, self._moments[-1].cpu_ns / 1e9),
            grown_mib=self._moments[-1].size.rss_mib - self._before_mib,
        )

    def series(self, opened_ns: int) -> list[TelemetrySample]:
        """Every sample, the opening and the close among them. opened_ns: the window's opening, CLOCK_MONOTONIC."""
        first = self._moments[0].size
        return [
            TelemetrySample(
                at_s=(moment.at_ns - opened_ns) / 1e9,
                cpu_s=moment.cpu_ns / 1e9,
                rss_mib=moment.size.rss_mib,
                threads=moment.size.threads,
                processes=moment.size.processes,
                voluntary_switches=moment.size.voluntary_switches - first.voluntary_switches,
                involuntary_switches=moment.size.involuntary_switches - first.involuntary_switches,
                open_files=moment.size.open_files,
            )
            for moment in self._moments
        ]

    def _note(self, at_ns: int | None = None, known_ns: dict[int, int] | None = None) -> None:
        """Add a moment. at_ns, known_ns: when the CPU times of the known processes were read, if they were already."""
        if at_ns is None or known_ns is None:
            at_ns, known_ns = time.monotonic_ns(), self._server.cpu_ns()
        size = self._server.size()
        new = [pid for pid in self._server.pids if pid not in known_ns]
        self._seen.update(self._server.pids)
        self._now_ns |= (self._server.cpu_ns() if new else {}) | known_ns
        cpu_ns = sum(ns - self._before_ns.get(pid, 0) for pid, ns in self._now_ns.items())
        self._moments.append(Moment(at_ns, cpu_ns, size))

    def _ask_again(self, backends: Backends) -> None:
        self._peak = most(self._peak, backends.answer() or {})
        backends.ask()

    def _usage(self, pss_mib: float | None) -> Usage:
        first, last = self._moments[0], self._moments[-1]
        sizes = [moment.size for moment in self._moments]
        return Usage(
            cpu_s=last.cpu_ns / 1e9,
            rss_mib_peak=max(size.rss_mib for size in sizes),
            threads_peak=max(size.threads for size in sizes),
            processes_peak=max(size.processes for size in sizes),
            pss_mib=pss_mib,
            voluntary_switches=last.size.voluntary_switches - first.size.voluntary_switches,
            involuntary_switches=last.size.involuntary_switches - first.size.involuntary_switches,
            open_files_peak=max(size.open_files for size in sizes),
        )
