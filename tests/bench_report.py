"""Makes large runs and reports them, to see what that takes: ``make bench-report``.

The runs are made up, and large where real ones are: ten million samples in the cells and blocks of the profile
``quick``, latencies of a long tail, in the order that answers come; and many cells in many blocks, with few samples
each. Each report is written by a process of its own, as ``djbench report`` does. Exit code 1 when one takes longer, or
more memory, or a larger page, than is promised.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from djbench.cell import Cell, Configuration
from djbench.load import ClosedLoad
from results.records.schema import Trial
from results.records.store import TELEMETRY, RunDirectory
from scenarios.recording import COLUMNS
from tests.unit.runs import OUTCOMES, a_measurement, a_run, a_sample

MOST_MIB = 500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A run, and what its report may take. rate_rps: of each cell, about."""

    samples: int
    cells: int
    blocks: int
    rate_rps: int
    most_s: float
    page_mib: float


LARGE = Case(samples=10_000_000, cells=32, blocks=5, rate_rps=5000, most_s=10, page_mib=3)
# Reading a trial's files takes milliseconds, drawing a cell some ten.
MANY = Case(samples=600_000, cells=300, blocks=20, rate_rps=50, most_s=60, page_mib=8)
_USERS = (16, 1, 2, 4, 8, 32, 64, 128, 256, 512)
_SERVERS = (
    "gunicorn-gthread:workers=1,threads=16",
    "uvicorn:workers=1,loop=uvloop,http=httptools,ws=websockets-sansio",
    "granian-asgi",
    "daphne",
)
_PATTERNS = ("plain", "sleep:delay=0.05", "orm_read", "fan_out:calls=5,delay=0.05")


def make(path: Path, case: Case) -> RunDirectory:
    """The run."""
    planned = [
        Cell(
            configuration=Configuration(server=server, interface="asgi", slots=None, processes=1),
            pattern=pattern,
            style=style,
            load=ClosedLoad(users=users),
        )
        for users in _USERS
        for pattern in _PATTERNS
        for server in _SERVERS
        for style in ("sync", "async")
    ][: case.cells]
    directory = RunDirectory.create(path)
    directory.write_run(a_run(tuple(planned), case.blocks))
    chance = np.random.default_rng(1)
    each = case.samples // (len(planned) * case.blocks)
    for number in range(len(planned) * case.blocks):
        cell, rate = planned[number % len(planned)], case.rate_rps * (0.8 + 0.4 * chance.random())
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
                    _chunks(chance, each, rate, cell.load.at_once),
                    {"outcome": OUTCOMES, "request": [f"{cell.pattern} {cell.style}"]},
                ),
                artefacts={
                    TELEMETRY: directory.write_telemetry(
                        number, [a_sample(at_s / 4) for at_s in range(int(4 * measurement.actual_s) + 1)]
                    )
                },
            )
        )
    return directory


def _chunks(chance: np.random.Generator, count: int, rate: float, users: int) -> "Iterator[np.ndarray[Any, Any]]":
    """The samples of a trial, in chunks as the generator writes them."""
    size = 65_536
    for start in range(0, count, size):
        rows = np.zeros(min(size, count - start), dtype=list(COLUMNS))
        due_ns = (start + np.arange(len(rows))) * 1e9 / rate
        latency_ns = chance.lognormal(0, 0.6, len(rows)) * 1e9 * users / rate
        rows["intended_ns"] = rows["sent_ns"] = due_ns
        rows["done_ns"] = due_ns + latency_ns
        rows["status"], rows["bytes"] = 200, 1234
        yield rows[np.argsort(rows["done_ns"])]


def measure(case: Case) -> list[str]:
    """Make the run, report it, print what that took; which limits it is over, in words."""
    with tempfile.TemporaryDirectory() as folder:
        directory = make(Path(folder) / "run", case)
        started_s = time.monotonic()
        child = subprocess.Popen([sys.executable, "-P", "-m", "djbench", "report", str(directory.path)])
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        took_s = time.monotonic() - started_s
        if child.returncode:
            sys.exit(f"the report ended with exit code {child.returncode}")
        page_mib = (directory.path / "report.html").stat().st_size / 2**20
        largest = max((directory.path / "charts").glob("*.png"), key=lambda file: file.stat().st_size)
        png_mib = largest.stat().st_size / 2**20
    rss_mib = used.ru_maxrss / 1024
    print(
        f"{case.samples:,} samples in {case.cells} cells and {case.blocks} blocks: {took_s:.1f} s "
        f"({used.ru_utime + used.ru_stime:.1f} s of CPU time), {rss_mib:.0f} MiB at the peak, "
        f"a page of {page_mib:.2f} MiB, {largest.name} of {png_mib:.2f} MiB"
    )
    figures = (
        (took_s, case.most_s, "s"),
        (rss_mib, MOST_MIB, "MiB at the peak"),
        (page_mib, case.page_mib, "MiB of page"),
    )
    return [f"{figure:.2f} {unit}, more than {most:g}" for figure, most, unit in figures if figure > most]


def main() -> None:
    """Measure both runs, or the one that is asked for by the limits of the first."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench_report")
    parser.add_argument("--samples", type=int, help=f"of one run instead of the two; {LARGE.samples:,} if not given")
    parser.add_argument("--cells", type=int, help="of few cells each has many samples")
    parser.add_argument("--blocks", type=int)
    given = {name: value for name, value in vars(parser.parse_args()).items() if value is not None}
    over = [excess for case in ([replace(LARGE, **given)] if given else [LARGE, MANY]) for excess in measure(case)]
    if over:
        sys.exit(f"that is {'; '.join(over)}")


if __name__ == "__main__":
    main()
