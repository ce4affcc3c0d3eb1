"""The figures of what a cell's valid trials used, and of how the load was applied to them."""

from collections.abc import Callable

from djbench.load import Load
from results.analysis.cell_summary import CellSummary
from results.analysis.figures import usage
from results.analysis.figures.figure import (
    Column,
    Figure,
    Group,
    PageColumn,
    Read,
    has_answers,
    part_of,
    scalar,
    scheduled,
    streams,
)
from results.analysis.figures.quantity import cost

CPU = cost("cpu", "server CPU per request", "ms", usage.server_cpu_ms_by_block, noun="CPU")
MEMORY = cost("memory", "peak resident memory", "MiB", usage.server_rss_mib_by_block, noun="memory")


def load_applied() -> tuple[Figure, ...]:
    """Whether the load was what was asked for."""
    sent = PageColumn(
        key="sent",
        title="sent %",
        hint="requests sent of those due, %",
        unit="%",
        group=Group.LATENCY,
        read=usage.sent_percent,
        text=_sent_text,
        loads=scheduled,
    )
    background = PageColumn(
        key="background",
        title="background/s",
        hint="right answers to background users per second, mean of the trials",
        unit="requests/s",
        group=Group.RATE,
        loads=lambda load: load.beside is not None,
        brief=True,
    )
    reconnects = PageColumn(
        key="reconnects",
        title="reconnects",
        hint="connections that had to be opened anew, in the valid trials",
        group=Group.EVIDENCE,
        only_above_zero=True,
    )
    return (
        scalar("sent_share", usage.sent_share, sent),
        Figure(
            key="arrival_lag_ms",
            value=usage.arrival_lag_ms,
            columns=(Column(csv="arrival_lag_ms_p99", read=part_of(usage.arrival_lag_ms, "p99")),),
        ),
        scalar("generator_cpu_us_per_request", usage.generator_cpu_us),
        scalar("beside_rps", usage.background_rps, background),
        scalar("reconnects", usage.reconnects, reconnects),
    )


def _sent_text(cell: CellSummary) -> str:
    share = usage.sent_share(cell)
    return "–" if share is None else f"{100 * share:.2f}"


def costs() -> tuple[Figure, ...]:
    """What the server took of the machine."""
    memory = PageColumn(
        key="rss_mib",
        title="RSS MiB",
        hint="resident memory of the server's processes at the peak, MiB",
        unit="MiB",
        group=Group.COST,
        brief=True,
    )
    threads = PageColumn(key="threads", title="threads", hint="threads at the peak", group=Group.COST)
    return (
        scalar(
            "server_cpu_ms_per_request",
            usage.server_cpu_ms,
            _cpu_column("cpu_ms", "request", "answer", has_answers),
            _cpu_column("cpu_ms_event", "event", "event", streams),
            quantities=(CPU,),
        ),
        scalar(
            "server_rss_mib_peak",
            usage.server_rss_mib,
            memory,
            quantities=(MEMORY,),
        ),
        scalar("server_threads_peak", usage.server_threads, threads),
        scalar("server_pss_mib", usage.server_pss_mib),
        Figure(
            key="context_switches_per_request",
            value=usage.context_switches,
            columns=tuple(
                Column(csv=f"{kind}_switches_per_request", read=part_of(usage.context_switches, kind))
                for kind in ("voluntary", "involuntary")
            ),
        ),
        scalar("open_files_peak", usage.open_files),
        Figure(
            key="database_backends",
            value=usage.database_backends,
            columns=tuple(
                Column(csv=f"database_backends_{moment}", read=_connections(moment)) for moment in ("peak", "left")
            ),
        ),
    )


def _cpu_column(key: str, unit: str, thing: str, loads: Callable[[Load], bool]) -> PageColumn:
    return PageColumn(
        key=key,
        title=f"CPU ms/{unit}",
        hint=f"CPU time of the server's processes per {thing}, ms",
        unit=f"ms/{unit}",
        group=Group.COST,
        loads=loads,
        brief=True,
    )


def _connections(moment: str) -> Read:
    return lambda cell: usage.database_connections(cell, moment)
