"""What a server, the services around it and the CPUs in use do while a window is open.

Four samples a second, of what can be read in a few hundred microseconds (see ``process_tree`` for what each reading
costs, and ``watch`` for what all of them may).
"""

import time
from dataclasses import dataclass
from typing import Any

from results.records.schema import TelemetrySample, Usage
from results.records.store import TELEMETRY, RunDirectory
from runners.machine.cpu_times import CpuTime, busy_share, cpu_times, others_share, stolen_s
from runners.watching.observer import Observer, Scene, Span
from runners.watching.process_tree import ProcessTree, TreeFigures
from runners.watching.rest import Rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The server's process tree at a moment."""

    #: CLOCK_MONOTONIC, in nanoseconds.
    at_ns: int
    #: CPU time since the window opened, in nanoseconds.
    cpu_ns: int
    #: What the tree used.
    size: TreeFigures


class Telemetry(Observer):
    """Follows a server's process tree, the CPU time of services and the CPUs in use.

    Between slices the server is at rest: that time and what was used in it are left out, as if the slices were one
    window. Only what others had of the machine is that of the whole time.

    A process that comes during the window counts from its start. Of one that goes, what it had used at the last sample
    counts.
    """

    def __init__(self, scene: Scene) -> None:
        self._cpus = scene.cpus
        self._server = ProcessTree(scene.server_pid)
        self._before_mib = self._server.size().rss_mib
        self._services = {name: ProcessTree(pid) for name, pid in scene.service_pids.items()}
        self._moments: list[Moment] = []
        self._seen: set[int] = set()
        self._before_ns: dict[int, int] = {}
        self._now_ns: dict[int, int] = {}
        self._services_ns: dict[str, dict[int, int]] = {}
        self._services_s: dict[str, float] = {}
        self._times: tuple[dict[int, CpuTime], dict[int, CpuTime]] = ({}, {})
        self._rivals = [ProcessTree(pid) for pid in scene.rival_pids]
        self._rivals_ns: tuple[int, int] = (0, 0)
        self._rest = Rest()

    def opened(self) -> None:
        """Note the CPU times."""
        at_ns = time.monotonic_ns()
        self._services_ns = {name: tree.cpu_ns() for name, tree in self._services.items()}
        known_ns = self._server.cpu_ns()
        self._times = cpu_times(self._cpus.all()), {}
        self._rivals_ns = self._rivals_cpu_ns(), 0
        size = self._server.size()
        # Those that only this look has found did not come in the window.
        self._before_ns = self._server.cpu_ns() | known_ns
        self._now_ns = dict(self._before_ns)
        self._seen = set(self._server.pids)
        self._moments = [Moment(at_ns=at_ns, cpu_ns=0, size=size)]

    def tick(self) -> None:
        """Note the tree's figures."""
        self._note(time.monotonic_ns(), self._server.cpu_ns())

    def paused(self) -> None:
        """What is used from now on is no slice's."""
        self._rest.begin(time.monotonic_ns(), self._cpu_ns(self._server.cpu_ns()), self._services_cpu_ns())

    def resumed(self) -> None:
        """What is used from now on is a slice's again."""
        self._rest.end(time.monotonic_ns(), self._cpu_ns(self._server.cpu_ns()), self._services_cpu_ns())

    def closed(self) -> None:
        """Note the CPU times again."""
        if self._rest.begun:
            self.resumed()
        # The server first, as it was known: what it does from now on is not the window's any more.
        at_ns, known_ns = time.monotonic_ns(), self._server.cpu_ns()
        services_ns = {name: tree.cpu_ns() for name, tree in self._services.items()}
        self._times = self._times[0], cpu_times(self._cpus.all())
        self._rivals_ns = self._rivals_ns[0], self._rivals_cpu_ns()
        self._note(at_ns, known_ns)
        for name, tree in self._services.items():
            tree.refresh()
            after_ns = tree.cpu_ns() | services_ns[name]
            before_ns = self._services_ns[name]
            used_ns = sum(ns - before_ns.get(pid, 0) for pid, ns in after_ns.items())
            self._services_s[name] = (used_ns - self._rest.services_ns.get(name, 0)) / 1e9

    def facts(self, span: Span) -> dict[str, Any]:
        """What the window took. The proportional set size is read only now: it would have disturbed the window."""
        before, after = self._times
        # At rest, too: it is no other program, whoever is measured.
        servers_ns = self._moments[-1].cpu_ns + self._rest.cpu_ns + self._rivals_ns[1] - self._rivals_ns[0]
        return {
            "server": self._usage(self._server.pss_mib()),
            "server_processes_gone": len(self._seen - set(self._server.pids)),
            "services_cpu_s": self._services_s,
            "steal_share": span.share(stolen_s(before, after)),
            "support_busy_share": busy_share(before, after, self._cpus.support),
            "others_share": others_share(before, after, self._cpus.server, servers_ns / 1e9),
        }

    def artefacts(self, span: Span, directory: RunDirectory, number: int) -> dict[str, str]:
        """The course of the server's figures."""
        return {TELEMETRY: directory.write_telemetry(number, self.series(span.opened_ns))}

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

    def _note(self, at_ns: int, known_ns: dict[int, int]) -> None:
        """Add a moment. at_ns, known_ns: when the CPU times of the known processes were read, and those times."""
        size = self._server.size()
        new = [pid for pid in self._server.pids if pid not in known_ns]
        self._seen.update(self._server.pids)
        cpu_ns = self._cpu_ns((self._server.cpu_ns() if new else {}) | known_ns)
        self._moments.append(Moment(at_ns=at_ns - self._rest.length_ns, cpu_ns=cpu_ns - self._rest.cpu_ns, size=size))

    def _cpu_ns(self, now_ns: dict[int, int]) -> int:
        """CPU time of the server since the window opened. now_ns: that of the processes that are there."""
        self._now_ns |= now_ns
        return sum(ns - self._before_ns.get(pid, 0) for pid, ns in self._now_ns.items())

    def _services_cpu_ns(self) -> dict[str, int]:
        return {name: sum(tree.cpu_ns().values()) for name, tree in self._services.items()}

    def _rivals_cpu_ns(self) -> int:
        return sum(sum(tree.cpu_ns().values()) for tree in self._rivals)

    def _usage(self, pss_mib: float | None) -> Usage:
        first, last = self._moments[0], self._moments[-1]
        sizes = [moment.size for moment in self._moments]
        return Usage(
            cpu_s=last.cpu_ns / 1e9,
            rss_mib_peak=max(size.rss_mib for size in sizes),
            rss_mib_grown=last.size.rss_mib - self._before_mib,
            threads_peak=max(size.threads for size in sizes),
            pss_mib=pss_mib,
            voluntary_switches=last.size.voluntary_switches - first.size.voluntary_switches,
            involuntary_switches=last.size.involuntary_switches - first.size.involuntary_switches,
            open_files_peak=max(size.open_files for size in sizes),
        )
