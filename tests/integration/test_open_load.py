"""Open load: the schedule is kept whatever the server does, by one generator or several."""

from collections.abc import Iterator
from pathlib import Path
from socket import socket
from threading import Timer

import httpx
import numpy as np
import pytest

from djbench.load import OpenLoad
from djbench.outcome import CODES, Outcome
from djbench.rate import parse_rate
from djbench.request import Request, Workload
from scenarios.schedule import arrivals_ns
from tests.integration.generators import Done, Talk, a_job, generator, reference
from tests.integration.test_client import OK, requests, serving


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with reference() as port:
        yield port


@pytest.fixture(scope="module")
def alone() -> Iterator[Talk]:
    with generator() as talk:
        yield talk


def scheduled(rate: str, warmup_s: float, window_s: float, seed: int) -> list[int]:
    """What is due in the window, in ns from its opening."""
    stages = parse_rate(rate, window_s)
    first = f"{stages[0].first:.10g}/{warmup_s}s,"
    text = first + (rate if "/" in rate else f"{rate}/{window_s}s")
    moments = arrivals_ns(parse_rate(text, window_s), "poisson", seed)
    return [moment - round(warmup_s * 1e9) for moment in moments if moment >= round(warmup_s * 1e9)]


def intended(done: Done) -> list[int]:
    found: list[int] = (done.due["intended_ns"] - done.opened_ns).tolist()
    return found


@pytest.mark.parametrize("rate", ["400", "100..900/0.5s", "200/0.2s,800/0.2s"])
def test_every_request_of_the_schedule_is_sent_once(port: int, alone: Talk, tmp_path: Path, rate: str) -> None:
    load = OpenLoad(rate=rate, arrivals="poisson", connections=64)
    done = alone.run(a_job(port, tmp_path / "s", load=load, seed=7))
    assert intended(done) == scheduled(rate, 0.05, 0.3, 7)
    assert done.kinds == {Outcome.OK}
    (part,) = done.drained.parts
    assert part.planned == len(done.due)
    assert (done.due["sent_ns"] >= done.due["intended_ns"] + done.due["lag_ns"]).all()


def test_several_generators_send_what_one_would_have_sent(port: int, tmp_path: Path) -> None:
    """And they can do so again and again, under either kind of load."""
    load = OpenLoad(rate="600", arrivals="poisson", connections=10)
    with generator(workers=3) as talk:
        for seed in (1, 2):
            done = talk.run(a_job(port, tmp_path / "s", load=load, seed=seed))
            assert intended(done) == scheduled("600", 0.05, 0.3, seed)
            assert [part.generator for part in done.drained.parts] == [0, 1, 2]
            assert all(len(rows) for rows in done.rows)
            assert sum(part.connects for part in done.drained.parts) <= 10
        done = talk.run(a_job(port, tmp_path / "s"))
        assert sorted(part.users for part in done.drained.parts) == [0, 1, 1]
        assert done.kinds == {Outcome.OK}
        assert len(done.due) > 100


@pytest.mark.alone
def test_a_server_that_stands_still_shows_in_full(port: int, alone: Talk, tmp_path: Path) -> None:
    """Requests due while it did are sent on time, and their latency is what was left of it: none is left out."""
    load = OpenLoad(rate="500", arrivals="constant", connections=1024)
    job = a_job(port, tmp_path / "s", load=load, duration_s=1.0, warmup_s=0.0, timeout_s=5.0, path="/delay/0")
    with httpx.Client(trust_env=False) as client:
        timer = Timer(0.3, lambda: client.get(f"http://127.0.0.1:{port}/freeze/400", timeout=10))
        timer.start()
        done = alone.run(job)
        timer.join()
    latency_ms = (done.due["done_ns"] - done.due["intended_ns"]) / 1e6
    assert len(done.due) == 500
    met = np.flatnonzero(latency_ms > 50)
    assert len(met) > 150
    # One after the other: each was due 2 ms later, so 2 ms less were left.
    assert np.median(np.diff(latency_ms[met])) == pytest.approx(-2.0, abs=0.5)


@pytest.mark.alone
def test_with_all_connections_busy_requests_wait_and_the_wait_counts(port: int, alone: Talk, tmp_path: Path) -> None:
    load = OpenLoad(rate="100", arrivals="constant", connections=1)
    done = alone.run(a_job(port, tmp_path / "s", load=load, path="/delay/20", timeout_s=10.0))
    assert done.kinds == {Outcome.OK}
    (part,) = done.drained.parts
    assert (part.connects, part.planned) == (1, 30)
    latency_ms = (done.due["done_ns"] - done.due["intended_ns"]) / 1e6
    service_ms = (done.due["done_ns"] - done.due["sent_ns"]) / 1e6
    # One every 10 ms, one answered every 20 ms: the queue grows by 10 ms a request, the service does not.
    assert latency_ms[-1] - latency_ms[0] >= 280
    assert np.median(service_ms) < 40


def test_a_mix_does_not_depend_on_who_sends_it(port: int, alone: Talk, tmp_path: Path) -> None:
    load = OpenLoad(rate="600", arrivals="constant", connections=8)
    mix = Workload(requests=(Request(name="often", path="/", weight=9), Request(name="seldom", path="/delay/1")))
    one = alone.run(a_job(port, tmp_path / "one", load=load, workload=mix)).due["request"]
    with generator(workers=2) as talk:
        two = talk.run(a_job(port, tmp_path / "two", load=load, workload=mix)).due["request"]
    assert one.tolist() == two.tolist()
    often, seldom = np.bincount(one)
    assert often > seldom > 0


def test_a_request_may_wait_for_a_connection_and_then_as_long_for_its_answer(alone: Talk, tmp_path: Path) -> None:
    """Answers of 0.4 s within a time-out of 0.5 s, on one connection: the last one comes after 1.5 time-outs."""
    with reference() as port:
        load = OpenLoad(rate="5", arrivals="constant", connections=1)
        job = a_job(port, tmp_path / "s", load=load, path="/delay/400", timeout_s=0.5, duration_s=0.6)
        done = alone.run(job)
    (part,) = done.drained.parts
    assert part.unfinished == 0
    assert done.kinds <= {Outcome.OK, Outcome.DROPPED}


def test_what_waits_too_long_is_dropped_and_counted(port: int, alone: Talk, tmp_path: Path) -> None:
    load = OpenLoad(rate="100", arrivals="constant", connections=1)
    done = alone.run(a_job(port, tmp_path / "s", load=load, path="/delay/100", timeout_s=0.3))
    assert done.kinds == {Outcome.OK, Outcome.DROPPED}
    (part,) = done.drained.parts
    dropped = int((done.due["outcome"] == CODES[Outcome.DROPPED]).sum())
    assert part.planned == 30 == len(done.due)
    assert 0 < dropped < 30


def test_a_connection_that_the_server_closed_while_it_was_idle_is_no_error(alone: Talk, tmp_path: Path) -> None:
    def one_answer_each(connection: socket) -> None:
        for _ in requests(connection):
            connection.sendall(OK)
            return

    with serving(one_answer_each) as port:
        load = OpenLoad(rate="40", arrivals="constant", connections=4)
        done = alone.run(a_job(port, tmp_path / "s", load=load, expected_body=b"ok"))
    assert done.kinds == {Outcome.OK}
    (part,) = done.drained.parts
    assert part.reconnects > 0
