"""What the audit asks of the load generator, check by check; each result is as it stands in the JSON."""

import random
import statistics
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil

from djbench.errors import RunFailed
from djbench.load import ClosedLoad, OpenLoad
from djbench.rooms import command_of
from results.analysis.stats import percentiles
from runners.audit.load_clients import OURS, RIVALS, WRK, Clients, ClientWindow, median, wrk_installed
from runners.hosts.local_http import local_client
from runners.hosts.ports import free_port, somebody_listens
from runners.hosts.process import ProcessFailed
from runners.hosts.workspace import Workspace
from runners.servers.instance import HOST

CONNECTIONS = (1, 16, 256)
RATES = (200, 2000, 8000)
DELAYS_MS = (5, 50, 500)
FREEZE_MS = 1000
MANY_CONNECTIONS = 4000
RECORD_RATE = 5000
# With this much CPU time per request the reference answers about 15,000 requests a second on one core: more than any
# Django server, and few enough that it, and not the client, sets the pace, as it has to when clients are compared.
AGREEMENT_BURN_US = 60
AGREEMENT_CONNECTIONS = 16
_DELAY_USERS = 8
_FREEZE_RATE = 500
_FREEZE_WINDOW_S = 5.0
_FREEZE_AFTER_S = 1.5
_HOUR_S = 3600
_LEAST_MEMORY_S = 10.0
_STARTUP_S = 10

Says = Callable[[str], None]
"""Hears what is measured next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings:
    """How long to look."""

    #: The length of each window, in seconds.
    duration_s: float
    #: How often each comparison is made, each time in another order.
    rounds: int
    #: Decides the orders.
    seed: int


@contextmanager
def reference(workspace: Workspace, cpus: tuple[int, ...], burn_us: float = 0) -> Iterator[int]:
    """The reference server on a CPU of its own; yields its port. Raises RunFailed when it does not start."""
    port = free_port()
    command = command_of("runners.audit.reference", str(port), "--burn", str(burn_us))
    try:
        with workspace.process("reference", command, environment={}, cpus=cpus) as process:
            process.wait_until(lambda: somebody_listens(port), _STARTUP_S)
            yield port
    except ProcessFailed as error:
        raise RunFailed(str(error)) from None


def clients() -> tuple[str, ...]:
    """Who is compared, wrk when it is installed."""
    return (OURS, *RIVALS, *((WRK,) if wrk_installed() else ()))


def cpu_per_request(to: Clients, port: int, settings: AuditSettings, says: Says) -> dict[str, Any]:
    """{client: {"keepalive" or "close": {connections: us}}}: the median of the rounds."""
    chance = random.Random(settings.seed)  # noqa: S311  an order, not a secret
    cases = [
        (client, mode, connections)
        for client in clients()
        for mode in ("keepalive", "close")
        for connections in CONNECTIONS
    ]
    windows: dict[tuple[str, str, int], list[ClientWindow]] = {case: [] for case in cases}
    for number in range(settings.rounds):
        for client, mode, connections in chance.sample(cases, len(cases)):
            says(f"CPU per request, round {number + 1} of {settings.rounds}: {client}, {mode}, {connections}")
            window = to.window(client, port, connections, settings.duration_s, close=mode == "close")
            windows[client, mode, connections].append(window)
    figures: dict[str, Any] = {client: {"keepalive": {}, "close": {}} for client in clients()}
    for (client, mode, connections), of_case in windows.items():
        figures[client][mode][connections] = median(of_case)
    return figures


def agreement_with_wrk(to: Clients, port: int, settings: AuditSettings, says: Says) -> dict[str, float] | None:
    """Ours over wrk's: throughput, p50 and p99, each the median of the rounds' ratios. None without wrk.

    ``port`` is that of a server that sets the pace itself.
    """
    if not wrk_installed():
        return None
    chance = random.Random(settings.seed)  # noqa: S311  an order, not a secret
    pairs = []
    for number in range(2 * settings.rounds):
        windows = {}
        for client in chance.sample((OURS, WRK), 2):
            says(f"agreement with wrk, round {number + 1} of {2 * settings.rounds}: {client}")
            windows[client] = to.window(client, port, AGREEMENT_CONNECTIONS, settings.duration_s, close=False)
        pairs.append((windows[OURS], windows[WRK]))

    def ratio(name: str) -> float:
        ratios: list[float] = [getattr(ours, name) / getattr(wrk, name) for ours, wrk in pairs]
        return statistics.median(ratios)

    return {
        "throughput_ratio": ratio("throughput_rps"),
        "p50_ratio": ratio("p50_ms"),
        "p99_ratio": ratio("p99_ms"),
        "throughput_rps": statistics.median(ours.throughput_rps for ours, _ in pairs),
    }


def arrival_lag(to: Clients, port: int, settings: AuditSettings, says: Says) -> dict[int, dict[str, float]]:
    """{rate: {p50, p99, max, sent_share}} in ms, Poisson arrivals, over the requests of all rounds."""
    figures = {}
    for rate in RATES:
        lags, planned, sent = [], 0, 0
        for number in range(settings.rounds):
            says(f"arrival lag, round {number + 1} of {settings.rounds}: {rate}/s")
            window = to.record(port, OpenLoad(rate=str(rate), arrivals="poisson", connections=256), settings.duration_s)
            lags.append(window.rows["lag_ns"][window.rows["intended_ns"] >= 0] / 1e6)
            counts = window.tally.planned_and_sent(window.drained.parts)
            planned, sent = planned + counts[0], sent + counts[1]
        lag_ms = percentiles(np.concatenate(lags))
        if lag_ms is None:
            raise RunFailed(f"no request was due in {settings.rounds} windows at {rate}/s; make --duration longer")
        figures[rate] = {**{name: lag_ms[name] for name in ("p50", "p99", "max")}, "sent_share": sent / planned}
    return figures


def known_latency(to: Clients, port: int, settings: AuditSettings, says: Says) -> dict[int, dict[str, float]]:
    """{delay in ms: {p50, p99}}: what is recorded of a server that answers after exactly that long."""
    figures = {}
    for delay_ms in DELAYS_MS:
        says(f"known latency: {delay_ms} ms")
        window = to.record(
            port,
            ClosedLoad(users=_DELAY_USERS),
            max(settings.duration_s, 4 * delay_ms / 1000),
            path=f"/delay/{delay_ms}",
        )
        latencies = window.latencies()
        figures[delay_ms] = {"p50": latencies["p50"], "p99": latencies["p99"]}
    return figures


def stall(to: Clients, port: int, says: Says) -> dict[str, dict[str, float]]:
    """{open or closed: {p99, max}} in ms of a window in which the server stood still for a second.

    Of the open load's requests one in five was due in that second, and met what was left of it: a p99 of 950 ms. The
    closed load's users each met it once, and sent nothing meanwhile: it all but vanishes among their other requests.
    """
    loads: dict[str, ClosedLoad | OpenLoad] = {
        "open": OpenLoad(rate=str(_FREEZE_RATE), arrivals="constant", connections=1024),
        "closed": ClosedLoad(users=AGREEMENT_CONNECTIONS),
    }
    figures = {}
    for name, load in loads.items():
        says(f"a server that stands still: {name} load")
        freeze = threading.Timer(_FREEZE_AFTER_S, _freeze, (port,))
        window = to.record(port, load, _FREEZE_WINDOW_S, opened=freeze.start)
        freeze.join()
        latencies = window.latencies()
        figures[name] = {"p99": latencies["p99"], "max": latencies["max"]}
    return figures


def _freeze(port: int) -> None:
    with local_client(60) as client:
        client.get(f"http://{HOST}:{port}/freeze/{FREEZE_MS}")


def many_connections(to: Clients, port: int, settings: AuditSettings, says: Says) -> dict[str, int]:
    """Thousands of kept connections at once: how many were opened, opened again, and failed."""
    says(f"{MANY_CONNECTIONS} connections")
    window = to.record(port, ClosedLoad(users=MANY_CONNECTIONS), settings.duration_s)
    (part,) = window.drained.parts
    return {
        "wanted": MANY_CONNECTIONS,
        "opened": part.connects,
        "reconnects": part.reconnects,
        "failures": sum(window.tally.failures.values()),
    }


def memory(to: Clients, port: int, pid: int, settings: AuditSettings, says: Says) -> dict[str, float]:
    """Resident memory of the generator, MiB: before and after a long window, and what an hour at 5,000/s would come to.

    Four times that rate, and ten seconds at least, so that the last page or two that Python takes from the system are
    not multiplied by a thousand.
    """
    says("memory")
    process = psutil.Process(pid)
    load = OpenLoad(rate=str(4 * RECORD_RATE), arrivals="poisson", connections=256)
    to.record(port, load, 1.0)  # what a first window takes for good
    marks: list[float] = []

    def mark() -> None:
        marks.append(process.memory_info().rss / 2**20)

    window = to.record(port, load, max(_LEAST_MEMORY_S, settings.duration_s), opened=mark, closed=mark)
    start_mib, end_mib = marks
    requests = len(window.rows)
    return {
        "start_mib": start_mib,
        "end_mib": end_mib,
        "requests": requests,
        "one_hour_mib": start_mib + max(0.0, end_mib - start_mib) / requests * RECORD_RATE * _HOUR_S,
    }
