"""What does the shim cost? ``make bench-shim`` serves one project with and without it, by turns, in one run.

The project's view does nothing and there is no middleware, so that the shim's share is as large as it can be. Each
block starts three servers of each kind: without the shim, without it once more, and through it.

Printed are, for each server, throughput and CPU time per request through the shim over those without it, with the 95 %
interval over blocks; the same for the second one without it, which should be 1; and the time that the wrapper takes by
itself, which a benchmark of a whole server can hardly see.
"""

import argparse
import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from djbench_shim.serving import answering_asgi, answering_wsgi
from rich.console import Console

from djbench.options import DISTURBANCES
from djbench.target import Target
from results.analysis.stats import Estimate
from results.analysis.verdicts import Pair, paired
from runners.cli.preparing import prepare
from runners.cli.typer_options import Overrides
from runners.planning.plan import Plan
from runners.targets.describing.description import read_target
from runners.targets.shim_contract import SHIM_FOLDER
from tests.bench_turns import BASE, FIGURES, TURNS, Bench, Row, a_stand

WITHOUT, THROUGH = "without, once more", "through the shim"
PROMISED = 0.01  # of throughput and of CPU time
SERVERS = ("gunicorn-gthread:threads=16", "uvicorn")
# By interface, the style that costs least.
STYLES = {"wsgi": "sync", "asgi": "async"}
_CALLS = 200_000

# The project asks a variable whether it is served through the shim. Cells differ in their handicap, so that is the one.
DESCRIPTION = f"""
name = "bench"
path = [".", "{SHIM_FOLDER}"]
wsgi = "bench_site.wsgi:application"
asgi = "bench_site.asgi:application"
health_path = "/health"
probe = "plain"
views = "bench_site"
patterns.plain.summary = "no I/O"
patterns.plain.styles = {{ sync = "def view", async = "async def view" }}
variables = {{ run = "BENCH_RUN", server = "BENCH_SERVER", handicap_us = "THROUGH_SHIM" }}

[environment]
DJBENCH_SETTINGS = "bench_site.settings"
DJBENCH_WSGI = "bench_site.own_wsgi:application"
DJBENCH_ASGI = "bench_site.own_asgi:application"
"""
SETTINGS = """
SECRET_KEY = "a benchmark's"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench_site.urls"
"""
URLS = """
import os
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, JsonResponse
from django.urls import path

def plain(request):
    return HttpResponse("plain")

async def plain_async(request):
    return HttpResponse("plain")

def health(request):
    interface = "asgi" if isinstance(request, ASGIRequest) else "wsgi"
    return JsonResponse({"run": os.environ["BENCH_RUN"], "server": os.environ["BENCH_SERVER"], "interface": interface})

urlpatterns = [path("plain/sync", plain), path("plain/async", plain_async), path("health", health)]
"""
OWN = """
from django.core.{interface} import get_{interface}_application

application = get_{interface}_application()
"""
CHOICE = """
import os

through = float(os.environ["THROUGH_SHIM"]) > 0
os.environ["DJANGO_SETTINGS_MODULE"] = "djbench_shim.settings" if through else "bench_site.settings"
if through:
    from djbench_shim.{interface} import application
else:
    from bench_site.own_{interface} import application
"""


def bench_target(folder: Path) -> Target:
    """The project, written into that folder."""
    modules = {"__init__": "", "settings": SETTINGS, "urls": URLS}
    for interface in ("wsgi", "asgi"):
        modules |= {interface: CHOICE.format(interface=interface), f"own_{interface}": OWN.format(interface=interface)}
    (folder / "bench_site").mkdir()
    for name, text in modules.items():
        (folder / "bench_site" / f"{name}.py").write_text(text)
    (folder / "djbench.toml").write_text(DESCRIPTION)
    return read_target(folder / "djbench.toml")


def three_ways(plan: Plan) -> Plan:
    """Every server without the shim, without it once more, and through it."""
    cells = [
        replace(cell, label=label, handicap_us=float(label == THROUGH))
        for cell in plan.cells
        if STYLES[plan.servers[cell.server].server.interface] == cell.style
        for label in (BASE, WITHOUT, THROUGH)
    ]
    return replace(plan, cells=tuple(cells))


def report(rows: Sequence[Row], console: Console) -> None:
    """Print what the valid trials say."""
    console.print(f"{sum(not row.valid for row in rows)} of {len(rows)} trials do not count")
    for place in sorted({row.place for row in rows}):
        for name, figure in FIGURES.items():
            values: defaultdict[str, dict[int, float]] = defaultdict(dict)
            for row in rows:
                if row.place == place and row.valid:
                    values[row.label][row.block] = figure(row)
            for label in (THROUGH, WITHOUT):
                test = paired(Pair(values[label], values[BASE]))
                if test is not None:
                    console.print(f"{place}, {name}, {label}: {in_words(test.estimate)}")


def in_words(ratio: Estimate) -> str:
    """The ratio with its interval, and what that says of the promise."""
    if ratio.low is None or ratio.high is None:
        return f"{ratio.mean:.4f}, too few blocks for an interval"
    within = ratio.low >= 1 - PROMISED and ratio.high <= 1 + PROMISED
    beyond = ratio.high < 1 - PROMISED or ratio.low > 1 + PROMISED
    verdict = f"within {PROMISED:.0%}" if within else f"beyond {PROMISED:.0%}" if beyond else "too wide to say"
    return f"{ratio.mean:.4f} ({ratio.low:.4f} to {ratio.high:.4f}), {verdict}"


def wrapper_ns() -> dict[str, float]:
    """CPU time that the wrapper adds to a call, by interface: the best of several, so that others disturb it least."""
    scope, environ = {"type": "http", "path": "/plain"}, {"PATH_INFO": "/plain"}

    def wsgi(*_: Any) -> list[bytes]:
        return []

    async def asgi(*_: Any) -> None:
        pass

    def wsgi_ns(application: Any) -> float:
        began = time.thread_time_ns()
        for _ in range(_CALLS):
            application(environ, None)
        return (time.thread_time_ns() - began) / _CALLS

    async def asgi_ns(application: Any) -> float:
        began = time.thread_time_ns()
        for _ in range(_CALLS):
            await application(scope, None, None)
        return (time.thread_time_ns() - began) / _CALLS

    def best(measured: Callable[[], float]) -> float:
        return min(measured() for _ in range(5))

    return {
        "wsgi": best(lambda: wsgi_ns(answering_wsgi(wsgi, b""))) - best(lambda: wsgi_ns(wsgi)),
        "asgi": best(lambda: asyncio.run(asgi_ns(answering_asgi(asgi, b""))))
        - best(lambda: asyncio.run(asgi_ns(asgi))),
    }


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="make bench-shim", description=__doc__)
    parser.add_argument("run_dir", type=Path, help="a new folder for the trials")
    parser.add_argument("--blocks", type=int, default=60)
    parser.add_argument("--duration", type=float, default=2.0, help="seconds of slices of a trial")
    options = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    changes = {
        "servers": SERVERS,
        "patterns": ("plain",),
        "styles": tuple(STYLES.values()),
        "users": (16,),
        "duration_s": options.duration,
        "database": "sqlite",
        "accept": DISTURBANCES,
    }
    rows: list[Row] = []
    with TemporaryDirectory() as folder:
        prepared = prepare(bench_target(Path(folder)), "quick", Overrides(changes), seed=1, console=console)
        with a_stand(prepared, options.run_dir, console) as stand, (options.run_dir / "trials.jsonl").open("w") as file:
            bench = Bench(stand, lambda trial: file.write(json.dumps(trial, default=str) + "\n") and None)
            for block in range(1, options.blocks + 1):
                rows += bench.block(three_ways(prepared.plan), block, [TURNS])
                console.print(f"block {block} of {options.blocks}")
                file.flush()
    report(rows, console)
    for interface, added_ns in wrapper_ns().items():
        console.print(f"the wrapper by itself adds {added_ns:.0f} ns to a call over {interface.upper()}")


if __name__ == "__main__":
    main()
