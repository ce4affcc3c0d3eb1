"""Makes a run of millions of samples and reports it, to see what that takes: ``make bench-report``.

The run is made up, and large where a real one is: 32 cells in 5 blocks, latencies of a long tail, in the order that
answers come. The report is written by a process of its own, as ``djbench report`` does. Exit code 1
when it takes longer, or more memory, than is promised.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from results.records import Cell, Load, Trial
from results.store import RunDirectory
from scenarios.recording import COLUMNS
from tests.unit.runs import OUTCOMES, a_measurement, a_run, a_sample

MOST_S, MOST_MIB = 10.0, 500.0
_RATE, _USERS = 5000, 16
_SERVERS = (
    "gunicorn-gthread:workers=1,threads=16",
    "uvicorn:workers=1,loop=uvloop,http=httptools,ws=websockets-sansio",
    "granian-asgi",
    "daphne",
)
_PATTERNS = ("plain", "sleep:delay=0.05", "orm_read", "fan_out:calls=5,delay=0.05")


def make(path: Path, samples: int, cells: int, blocks: int) -> RunDirectory:
    """A run with so many samples in all."""
    planned = [
        Cell(
            server=server,
            pattern=pattern,
            style=style,
            load=Load(kind="closed", users=_USERS),
            interface="asgi",
            slots=None,
            processes=1,
        )
        for pattern in _PATTERNS
        for server in _SERVERS
        for style in ("sync", "async")
    ][:cells]
    directory = RunDirectory.create(path)
    directory.write_run(a_run(tuple(planned), blocks))
    chance = np.random.default_rng(1)
    each = samples // (len(planned) * blocks)
    for number in range(len(planned) * blocks):
        cell, rate = planned[number % len(planned)], _RATE * (0.8 + 0.4 * chance.random())
        measurement = replace(a_measurement(rate), answered=each, requests=each, actual_s=each / rate)
        directory.write_trial(
            Trial(
                number=number,
                block=number // len(planned),
                cell=cell,
                started=f"2026-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}+00:00",
                measurement=measurement,
                samples=directory.write_samples(
                    number,
                    _chunks(chance, each, rate),
                    {"outcome": OUTCOMES, "request": [f"{cell.pattern} {cell.style}"]},
                ),
                telemetry=directory.write_telemetry(
                    number, [a_sample(at_s / 4) for at_s in range(int(4 * measurement.actual_s) + 1)]
                ),
            )
        )
    return directory


def _chunks(chance: np.random.Generator, count: int, rate: float) -> "Iterator[np.ndarray[Any, Any]]":
    """The samples of a trial, in chunks as the generator writes them."""
    size = 65_536
    for start in range(0, count, size):
        rows = np.zeros(min(size, count - start), dtype=list(COLUMNS))
        due_ns = (start + np.arange(len(rows))) * 1e9 / rate
        latency_ns = chance.lognormal(0, 0.6, len(rows)) * 1e9 * _USERS / rate
        rows["intended_ns"] = rows["sent_ns"] = due_ns
        rows["done_ns"] = due_ns + latency_ns
        rows["status"], rows["bytes"] = 200, 1234
        yield rows[np.argsort(rows["done_ns"])]


def main() -> None:
    """Make the run, report it, say what that took."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench_report")
    parser.add_argument("--samples", type=int, default=10_000_000)
    parser.add_argument("--cells", type=int, default=32, help="1 to 32; of few cells each has many samples")
    parser.add_argument("--blocks", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        directory = make(Path(folder) / "run", options.samples, options.cells, options.blocks)
        started_s = time.monotonic()
        subprocess.run([sys.executable, "-m", "runners", "report", str(directory.path)], check=True)
        took_s = time.monotonic() - started_s
        page_mib = (directory.path / "report.html").stat().st_size / 2**20
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    rss_mib = used.ru_maxrss / 1024
    print(
        f"{options.samples:,} samples in {options.cells} cells and {options.blocks} blocks: {took_s:.1f} s "
        f"({used.ru_utime + used.ru_stime:.1f} s of CPU time), {rss_mib:.0f} MiB at the peak, "
        f"a page of {page_mib:.2f} MiB"
    )
    if took_s > MOST_S or rss_mib > MOST_MIB:
        sys.exit(f"that is more than {MOST_S:g} s or {MOST_MIB:g} MiB")


if __name__ == "__main__":
    main()
