"""What djbench claims of its load generator, and whether an audit bears it out. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MAX_CPU_US = 16.0
MAX_CPU_OF_WRK = 1.5
MAX_CPU_OF_FAST_HTTP_USER = 0.25
MAX_THROUGHPUT_DIFFERENCE = 0.03
MAX_P50_DIFFERENCE = 0.05
MAX_P99_DIFFERENCE = 0.10
MAX_LAG_P99_MS = 0.3
MIN_SENT_SHARE = 0.999
MAX_ONE_HOUR_MIB = 300.0
# Of a server that stands still for 1,000 ms: one in a hundred of all requests, one in five of which met it.
MIN_STALL_P99_MS, MIN_STALL_MAX_MS = 940.0, 990.0


@dataclass(frozen=True, slots=True)
class Promise:
    """What djbench promises of its load generator."""

    #: The promise in words.
    claim: str
    #: The figure that the audit measured.
    finding: str
    #: Does the figure bear the promise out?
    holds: bool

    def to_json(self) -> dict[str, str | bool]:
        """As the audit's JSON has it, under the keys that its readers know."""
        return {"claim": self.claim, "found": self.finding, "holds": self.holds}


def promises(figures: dict[str, Any]) -> list[Promise]:
    """The claims that the audit's checks speak to; ``figures`` as in its JSON, with numbers for keys."""
    checked: dict[str, Callable[[Any], list[Promise]]] = {
        "cpu_us_per_request": _cpu,
        "agreement_with_wrk": _agreement,
        "arrival_lag_ms": _lag,
        "stall": _stall,
        "connections": _connections,
        "memory": _memory,
    }
    return [claim for name, check in checked.items() if figures.get(name) for claim in check(figures[name])]


def _cpu(figures: dict[str, Any]) -> list[Promise]:
    at_16 = {client: modes["keepalive"][16] for client, modes in figures.items()}
    ours = at_16["djbench"]
    made = [
        Promise(
            f"at most {MAX_CPU_US:g} us of CPU per request on 16 kept connections", f"{ours:.1f} us", ours <= MAX_CPU_US
        )
    ]
    for client, limit in (("wrk", MAX_CPU_OF_WRK), ("FastHttpUser", MAX_CPU_OF_FAST_HTTP_USER)):
        if client in at_16:
            ratio = ours / at_16[client]
            made.append(
                Promise(f"at most {limit:g} times the CPU of {client} there", f"{ratio:.2f} times", ratio <= limit)
            )
    return made


def _agreement(figures: dict[str, float]) -> list[Promise]:
    limits = {
        "throughput": MAX_THROUGHPUT_DIFFERENCE,
        "p50": MAX_P50_DIFFERENCE,
        "p99": MAX_P99_DIFFERENCE,
    }
    return [
        Promise(
            f"{name} within {limit:.0%} of wrk's",
            f"{figures[f'{name}_ratio']:.3f} times",
            abs(figures[f"{name}_ratio"] - 1) <= limit,
        )
        for name, limit in limits.items()
    ]


def _lag(figures: dict[int, dict[str, float]]) -> list[Promise]:
    p99_ms, sent = figures[2000]["p99"], figures[8000]["sent_share"]
    return [
        Promise(
            f"arrival lag p99 at most {MAX_LAG_P99_MS:g} ms at 2,000/s", f"{p99_ms:.3f} ms", p99_ms <= MAX_LAG_P99_MS
        ),
        Promise(f"at least {MIN_SENT_SHARE:.1%} of what is due sent at 8,000/s", f"{sent:.2%}", sent >= MIN_SENT_SHARE),
    ]


def _stall(figures: dict[str, dict[str, float]]) -> list[Promise]:
    p99_ms, max_ms = figures["open"]["p99"], figures["open"]["max"]
    return [
        Promise(
            "a server that stands still for a second shows in full under open load",
            f"p99 {p99_ms:.0f} ms, max {max_ms:.0f} ms",
            p99_ms >= MIN_STALL_P99_MS and max_ms >= MIN_STALL_MAX_MS,
        )
    ]


def _connections(figures: dict[str, int]) -> list[Promise]:
    whole = figures["opened"] == figures["wanted"] and not figures["reconnects"] and not figures["failures"]
    return [
        Promise(
            f"{figures['wanted']:,} kept connections, none opened twice",
            f"{figures['opened']} opened, {figures['reconnects']} opened again, {figures['failures']} failures",
            whole,
        )
    ]


def _memory(figures: dict[str, float]) -> list[Promise]:
    mib = figures["one_hour_mib"]
    return [
        Promise(f"under {MAX_ONE_HOUR_MIB:g} MiB after an hour at 5,000/s", f"{mib:.0f} MiB", mib < MAX_ONE_HOUR_MIB)
    ]
