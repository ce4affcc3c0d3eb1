"""``djbench audit``: the load generator measured as it measures servers, as a table or as JSON."""

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from random import SystemRandom
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from djbench.errors import GeneratorLost, RunFailed, UsageError
from djbench.option import Option
from djbench.spec import unknown
from runners.audit import checks
from runners.audit.checks import AuditSettings
from runners.audit.load_clients import OURS, WRK, Clients, wrk_installed
from runners.audit.promises import promises
from runners.cli.interrupt import end_as_by_ctrl_c
from runners.cli.typer_options import OWN, AsJson, Seed, number_option
from runners.hosts.cpus import CpuSets, available_cores, parse_cpu_sets, pinned
from runners.hosts.workspace import Workspace
from runners.loading.load_generator import Generator

CHECKS = ("cpu", "agreement", "lag", "latency", "stall", "connections", "memory")
GET_WRK = "wrk is not installed and left out; get it with your system's packages, such as: apt-get install wrk"
MIN_DURATION_S, DEFAULT_DURATION_S, MAX_DURATION_S = 0.1, 2.0, 600.0
DEFAULT_ROUNDS, MAX_ROUNDS = 3, 100


def audit_command(
    duration_s: Annotated[
        float,
        number_option(
            Option(
                name="--duration",
                summary="Length of each window in seconds, e.g. 1",
                panel=OWN,
                kind=float,
                minimum=MIN_DURATION_S,
                maximum=MAX_DURATION_S,
                default=DEFAULT_DURATION_S,
            )
        ),
    ] = DEFAULT_DURATION_S,
    rounds: Annotated[
        int,
        number_option(
            Option(
                name="--rounds",
                summary="How often each comparison is made, e.g. 5",
                panel=OWN,
                kind=int,
                minimum=1,
                maximum=MAX_ROUNDS,
                default=DEFAULT_ROUNDS,
            )
        ),
    ] = DEFAULT_ROUNDS,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT", help=f"Make this check only: {', '.join(CHECKS)} (repeatable; default: every check)."
        ),
    ] = None,
    seed: Seed = None,
    cpus: Annotated[
        str,
        typer.Option(metavar="TEXT", help="CPUs of server and client, e.g. 1/0; auto picks them, off pins nothing."),
    ] = "auto",
    as_json: AsJson = False,
) -> None:
    """Measure the load generator itself, beside Locust's own clients and wrk, in one interleaved run.

    CPU time per request, agreement with wrk, how well schedules are kept, known latencies, a server that stands
    still, thousands of connections, memory. It takes about six minutes.
    """
    for check in only or ():
        if check not in CHECKS:
            raise UsageError(str(unknown("check", check, CHECKS)))
    settings = AuditSettings(
        duration_s=duration_s, rounds=rounds, seed=SystemRandom().randrange(2**32) if seed is None else seed
    )
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    if not wrk_installed() and {"cpu", "agreement"} & set(only or CHECKS):
        console.print(GET_WRK, style="yellow")
    end_as_by_ctrl_c()
    try:
        figures = _measure(settings, cpus, only or CHECKS, console)
    except GeneratorLost as error:
        raise RunFailed(str(error)) from None
    if as_json:
        print(json.dumps({**figures, "claims": [promise.to_json() for promise in promises(figures)]}, indent=2))
    else:
        _print(figures, Console(highlight=False))


def _measure(settings: AuditSettings, cpus_text: str, only: Sequence[str], console: Console) -> dict[str, Any]:
    cpus = parse_cpu_sets(cpus_text, available_cores())
    identity = f"audit-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    generator_cpu, server_cpu = cpus.support[:1], cpus.server[:1]  # one each, whatever there is
    console.print(f"{CpuSets(server_cpu, generator_cpu).describe()}; seed {settings.seed}")
    with ExitStack() as stack:
        workspace = stack.enter_context(Workspace(identity))
        stack.enter_context(pinned(cpus.support))
        generator = stack.enter_context(Generator(workspace, generator_cpu, "generator"))
        generator.wait_ready()
        fast = stack.enter_context(checks.reference(workspace, server_cpu))
        says = stack.enter_context(console.status("")).update if console.is_terminal else _quiet
        to = Clients(workspace, generator_cpu, generator, warmup_s=min(0.5, settings.duration_s))
        figures: dict[str, Any] = {"seed": settings.seed, "duration_s": settings.duration_s, "rounds": settings.rounds}
        if "cpu" in only:
            figures["cpu_us_per_request"] = checks.cpu_per_request(to, fast, settings, says)
        if "agreement" in only:
            with checks.reference(workspace, server_cpu, checks.AGREEMENT_BURN_US) as slower:
                figures["agreement_with_wrk"] = checks.agreement_with_wrk(to, slower, settings, says)
        if "lag" in only:
            figures["arrival_lag_ms"] = checks.arrival_lag(to, fast, settings, says)
        if "latency" in only:
            figures["known_latency_ms"] = checks.known_latency(to, fast, settings, says)
        if "stall" in only:
            figures["stall"] = checks.stall(to, fast, says)
        if "connections" in only:
            figures["connections"] = checks.many_connections(to, fast, settings, says)
        if "memory" in only:
            figures["memory"] = checks.memory(to, fast, generator.pids[0], settings, says)
    return figures


def _quiet(message: str) -> None:
    """Without a terminal nothing is said in between."""


def _print(figures: dict[str, Any], console: Console) -> None:
    shown: dict[str, Callable[[Any], Table | str]] = {
        "cpu_us_per_request": _cpu,
        "agreement_with_wrk": _agreement,
        "arrival_lag_ms": _lag,
        "known_latency_ms": _latency,
        "stall": _stall,
        "connections": _connections,
        "memory": _memory,
    }
    for name, show in shown.items():
        if name in figures:
            console.print(show(figures[name]))
    for promise in promises(figures):
        word = "[green]holds[/green]" if promise.holds else "[red]does not hold[/red]"
        console.print(f"{word}: {escape(promise.claim)} ({escape(promise.finding)})", soft_wrap=True)
    sys.stdout.flush()


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, min_width=len(title))
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left")
    return table


def _cpu(figures: dict[str, Any]) -> Table:
    headings = [f"{mode} {n}" for mode in ("kept", "new") for n in checks.CONNECTIONS]
    table = _table("CPU us per request, on 1 to 256 connections, kept or new for each", "client", *headings)
    for client, modes in figures.items():
        values = [modes[mode][n] for mode in ("keepalive", "close") for n in checks.CONNECTIONS]
        table.add_row(escape(client), *(f"{value:.1f}" for value in values))
    for client in (other for other in figures if other != OURS):
        pairs = [
            (figures[OURS][m][n], figures[client][m][n]) for m in ("keepalive", "close") for n in checks.CONNECTIONS
        ]
        table.add_row(f"{OURS} / {client}", *(f"{ours / theirs:.2f}" for ours, theirs in pairs))
    return table


def _agreement(figures: dict[str, float] | None) -> Table | str:
    if figures is None:
        return "agreement with wrk: not measured, for want of wrk"
    table = _table(
        f"djbench / {WRK}, against a server that sets the pace ({figures['throughput_rps']:,.0f}/s)",
        "throughput",
        "p50",
        "p99",
    )
    table.add_row(*(f"{figures[name]:.3f}" for name in ("throughput_ratio", "p50_ratio", "p99_ratio")))
    return table


def _lag(figures: dict[int, dict[str, float]]) -> Table:
    table = _table("How late requests are taken up, ms", "rate", "p50", "p99", "max", "sent")
    for rate, lag in figures.items():
        table.add_row(
            f"{rate}/s", *(f"{lag[name]:.3f}" for name in ("p50", "p99", "max")), f"{100 * lag['sent_share']:.2f} %"
        )
    return table


def _latency(figures: dict[int, dict[str, float]]) -> Table:
    table = _table("Recorded latency of a known one, ms", "known", "p50", "p99")
    for delay_ms, latency in figures.items():
        table.add_row(f"{delay_ms}", f"{latency['p50']:.3f}", f"{latency['p99']:.3f}")
    return table


def _stall(figures: dict[str, dict[str, float]]) -> Table:
    table = _table(f"A server that stands still for {checks.FREEZE_MS} ms, recorded as ms", "load", "p99", "max")
    for load, latency in figures.items():
        table.add_row(load, f"{latency['p99']:.1f}", f"{latency['max']:.1f}")
    return table


def _connections(figures: dict[str, int]) -> str:
    return (
        f"{figures['wanted']} kept connections: {figures['opened']} opened, {figures['reconnects']} opened again, "
        f"{figures['failures']} failed requests"
    )


def _memory(figures: dict[str, float]) -> str:
    return (
        f"memory: {figures['start_mib']:.1f} MiB at first, {figures['end_mib']:.1f} MiB after "
        f"{figures['requests']:,.0f} requests; an hour at {checks.RECORD_RATE}/s would come to "
        f"{figures['one_hour_mib']:.0f} MiB"
    )
