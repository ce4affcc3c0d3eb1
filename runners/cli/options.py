"""The options that several commands share, each declared once; a command's parameter gives the default."""

from pathlib import Path
from typing import Annotated, Any

import typer

from runners.cli.preparing import Overrides

ProfileName = Annotated[
    str, typer.Argument(help="A profile's name (see 'djbench list profiles') or a .toml file's path.")
]
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="A run's directory, or its name in results/runs.")]
Servers = Annotated[
    list[str] | None,
    typer.Option(help="A server, e.g. gunicorn-gthread:threads=8; threads=4|16 gives two. Repeatable."),
]
Patterns = Annotated[list[str] | None, typer.Option(help="A pattern, e.g. sleep:delay=0.1. Repeatable.")]
Styles = Annotated[list[str] | None, typer.Option(help="A style: sync, async, …, or all. Repeatable.")]
Users = Annotated[list[int] | None, typer.Option(help="Closed load: so many users without think time. Repeatable.")]
Slots = Annotated[
    list[int] | None,
    typer.Option(help="Set every server that has slots to so many, by threads or processes. Repeatable."),
]
BudgetCores = Annotated[
    int | None,
    typer.Option(help="Give every server so many CPUs, and a worker process for each where it has workers."),
]
Generators = Annotated[int | None, typer.Option(help="How many processes send the load.")]
Blocks = Annotated[
    str | None,
    typer.Option(help="How often every cell is measured: 10, or 6..20 until the intervals are narrow enough."),
]
Budget = Annotated[
    str | None,
    typer.Option(help="After the least blocks only as many as end within this time, e.g. 10m; widest intervals first."),
]
Warmup = Annotated[float | None, typer.Option(help="Seconds of load discarded before each window, at least.")]
WarmupLimit = Annotated[
    float | None, typer.Option(help="The same at most, when it does not get steady; default: four times as long.")
]
Duration = Annotated[float | None, typer.Option(help="Seconds each window lasts.")]
Timeout = Annotated[float | None, typer.Option(help="Seconds to wait for one answer.")]
Isolation = Annotated[
    str | None, typer.Option(help="'trial': a fresh server for each trial; 'block': one per server and block.")
]
Seed = Annotated[int | None, typer.Option(min=0, help="Decides the order of trials; default: a new one.")]
Accept = Annotated[
    list[str] | None,
    typer.Option(
        help="Let trials count that have this flag: noisy_neighbour, server_disturbed, support_limit, arrival_lag; or "
        "all. For a machine that is never calm. Repeatable."
    ),
]
Database = Annotated[str | None, typer.Option(help="postgres (own, temporary), sqlite, or a postgresql:// URL.")]
Cache = Annotated[str | None, typer.Option(help="local (each process's memory), or a redis:// URL on this machine.")]
Cpus = Annotated[str, typer.Option(help="SERVER/SUPPORT, e.g. 2-3/0-1; 'auto' (halves) or 'off'.")]
RunDir = Annotated[Path | None, typer.Option(help="Where the run is stored; default: results/runs/<time>-<profile>.")]
Mix = Annotated[
    str | None,
    typer.Option(help="Advise for a mix, too: the weight of each pattern, e.g. plain=80,orm_read=15,fan_out=5."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no table.")]


def overrides(**given: Any) -> Overrides:
    """Those of a profile's keys that were given."""
    found = Overrides({key: value for key, value in given.items() if value is not None and value != []})
    loads = ("users", "rates", "hold")
    if any(kind in found for kind in loads):  # the loads asked for, and not the profile's of the other kinds
        return Overrides({**{kind: [] for kind in loads}, **found})
    return found
