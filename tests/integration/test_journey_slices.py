"""Journeys by turns: users who rest between two slices go on where they were."""

from collections.abc import Iterator
from pathlib import Path
from socket import socket

import pytest

from djbench.journey import Journey, Step
from djbench.load import ClosedLoad
from djbench.request import Request, Workload
from scenarios.job import Job
from tests.integration.generators import Talk, a_job, generator
from tests.integration.test_client import requests, serving

# Many, so that hardly any slice ends with the last one: a user who began anew would be seen.
STEPS = tuple(f"/{number}" for number in range(97))


@pytest.fixture(scope="module")
def talk() -> Iterator[Talk]:
    with generator() as process:
        yield process


def asked_in_slices(talk: Talk, samples: Path, *offsets_s: float) -> list[list[str]]:
    """The paths that one user asks for in each slice."""
    workload = Workload(
        requests=tuple(Request(name=path, path=path) for path in STEPS), journey=Journey(steps=(Step(),) * len(STEPS))
    )
    asked: list[list[str]] = []

    def job(port: int, offset_s: float) -> Job:
        load = ClosedLoad(users=1)
        return a_job(port, samples, workload=workload, load=load, standing=1, offset_s=offset_s, duration_s=0.05)

    with serving(lambda connection: _answer(connection, asked)) as port:
        for offset_s in offsets_s:
            asked.append([])
            talk.run(job(port, offset_s))
    return asked


def _answer(connection: socket, asked: list[list[str]]) -> None:
    for request in requests(connection):
        asked[-1].append(request.split(b" ")[1].decode())
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def in_order(paths: list[str], first: str) -> bool:
    start = STEPS.index(first)
    return paths == [STEPS[(start + number) % len(STEPS)] for number in range(len(paths))]


def test_a_user_goes_on_in_the_next_slice_but_not_from_the_warm_up(talk: Talk, tmp_path: Path) -> None:
    warm_up, first, second, third = asked_in_slices(talk, tmp_path / "s", 0.0, 0.0, 0.05, 0.1)
    assert in_order(warm_up, "/0")
    assert in_order(first, "/0")
    assert in_order([*first, *second, *third], "/0")
