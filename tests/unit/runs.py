"""Run directories made up for tests: rates and latencies are known, so that figures can be computed by hand."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from djbench.cell import Cell, Configuration
from djbench.load import ClosedLoad, OpenLoad
from djbench.spec import SpecError
from results.records.schema import (
    Measurement,
    Run,
    ServerFacts,
    Session,
    Settings,
    Start,
    TelemetrySample,
    Trial,
    Usage,
)
from results.records.store import RunDirectory
from runners.servers.facts import facts_of
from runners.servers.lookup import parse_server

OUTCOMES = ["ok", "status", "body", "timeout", "connect", "reset", "protocol", "dropped"]
OPEN = OpenLoad(rate="100", arrivals="poisson", connections=8)


def a_cell(server: str = "uvicorn:workers=1", pattern: str = "plain", style: str = "sync") -> Cell:
    return Cell(
        configuration=Configuration(server=server, interface="asgi", slots=None, processes=1),
        pattern=pattern,
        style=style,
        load=ClosedLoad(users=2),
    )


def served(cell: Cell, **changes: object) -> Cell:
    """The same cell with another configuration."""
    return replace(cell, configuration=replace(cell.configuration, **changes))  # type: ignore[arg-type]


def facts_of_servers(cells: Iterable[Cell]) -> dict[str, ServerFacts]:
    """What a record has of those servers that djbench knows with these parameters."""
    facts = {}
    for server in {cell.server for cell in cells}:
        with suppress(SpecError):
            facts[server] = facts_of(parse_server(server))
    return facts


def a_run(cells: tuple[Cell, ...], blocks: int, **changes: object) -> Run:
    order = tuple(Session(starts=(Start(server=cell.server, cells=(index,)),)) for index, cell in enumerate(cells))
    values: dict[str, object] = {
        "id": "20260101-000000-test",
        "profile": "test",
        "seed": 7,
        "started": "2026-01-01T00:00:00+00:00",
        "finished": "2026-01-01T00:01:00+00:00",
        "status": "finished",
        "command": "djbench run test",
        "settings": Settings(
            isolation="trial",
            warmup_s=0.1,
            duration_s=1.0,
            timeout_s=5.0,
            database="postgres",
            cpus_server=(1,),
            cpus_support=(0,),
        ),
        "machine": {"cpu_count": 2, "packages": {"django": "5.2"}, "load_average": [0.1, 0.2]},
        "cells": cells,
        "servers": facts_of_servers(cells),
        "blocks": (order,) * blocks,
    }
    return Run(**{**values, **changes})  # type: ignore[arg-type]


def a_measurement(rate: float, errors: dict[str, int] | None = None) -> Measurement:
    return Measurement(
        actual_s=1.0,
        answered=round(rate),
        throughput_rps=rate,
        errors=errors or {},
        unfinished=0,
        latency_mean_ms=2.0,
        half_rps=(rate, rate),
        reconnects=0,
        server=Usage(cpu_s=0.5, rss_mib_peak=60.0, threads_peak=4),
        generator_cpu_s=0.1,
        generator_gap_ms=0.02,
        services_cpu_s={},
        planned=round(rate),
        sent=round(rate),
    )


def a_sample(at_s: float, **changes: float) -> TelemetrySample:
    values: dict[str, float] = {
        "cpu_s": at_s / 2,
        "rss_mib": 60.0,
        "threads": 4,
        "processes": 1,
        "open_files": 9,
        "voluntary_switches": round(100 * at_s),
        "involuntary_switches": round(10 * at_s),
    }
    return TelemetrySample(at_s=at_s, **{**values, **changes})  # type: ignore[arg-type]


def samples_of(latencies_ms: list[float], outcomes: list[str] | None = None) -> "np.ndarray":
    columns = [("intended_ns", "<i8"), ("sent_ns", "<i8"), ("done_ns", "<i8"), ("request", "<i2"), ("outcome", "<i1")]
    rows = np.zeros(len(latencies_ms), dtype=columns)
    rows["done_ns"] = np.round(np.array(latencies_ms) * 1e6)
    rows["outcome"] = [OUTCOMES.index(outcome) for outcome in outcomes or ["ok"] * len(latencies_ms)]
    return rows


def a_directory(
    path: Path,
    rates: dict[Cell, list[float]],
    *,
    latencies_ms: list[float] | None = None,
    **changes: object,
) -> RunDirectory:
    """A run with one valid trial per cell and block, at the given rates."""
    directory = RunDirectory.create(path)
    blocks = max(len(of_cell) for of_cell in rates.values())
    directory.write_run(a_run(tuple(rates), blocks, **changes))
    number = 0
    for cell, of_cell in rates.items():
        for block, rate in enumerate(of_cell):
            samples = directory.write_samples(
                number, [samples_of(latencies_ms or [1.0, 2.0, 3.0])], {"outcome": OUTCOMES, "request": ["r"]}
            )
            directory.write_trial(
                Trial(
                    number=number,
                    block=block,
                    cell=cell,
                    started="2026-01-01T00:00:00+00:00",
                    measurement=a_measurement(rate),
                    samples=samples,
                )
            )
            number += 1
    return directory
