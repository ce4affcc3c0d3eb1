"""The generator's client against servers that misbehave, each for real, over a socket."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server, socket

import numpy as np
import pytest

from djbench.load import ClosedLoad, OpenLoad
from djbench.outcome import Outcome
from djbench.request import Request, Variant, Workload
from djbench.rooms import command_of
from scenarios.job import Part
from tests.integration.generators import Talk, a_job, generator

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextmanager
def serving(answer: Callable[[socket], None]) -> Iterator[int]:
    """A server on 127.0.0.1 that hands each connection to ``answer`` in a thread of its own; yields its port."""
    listener = create_server(("127.0.0.1", 0), backlog=100)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=handle, args=(connection,), daemon=True).start()

    def handle(connection: socket) -> None:
        with connection:
            try:
                answer(connection)
            except OSError:
                return

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(2)
        listener.close()
        thread.join()


@pytest.fixture(scope="module")
def talk() -> Iterator[Talk]:
    """One generator for all tests here."""
    with generator() as process:
        yield process


def measured(talk: Talk, port: int, samples: Path, **changes: object) -> tuple["np.ndarray", Part]:
    """Run one window through the generator's process; the samples, and what it did."""
    job = a_job(port, samples, **{"expected_body": b"ok", **changes})  # type: ignore[arg-type]
    done = talk.run(job)
    # The window is as long as asked for, and at most one time-out longer, whatever the server does.
    length_s = (done.closed_ns - done.opened_ns) / 1e9
    assert job.duration_s <= length_s <= job.duration_s + job.timeout_s
    (part,) = done.drained.parts
    (rows,) = done.rows
    return rows, part


def kinds(samples: "np.ndarray") -> set[Outcome]:
    return {list(Outcome)[code] for code in set(samples["outcome"])}


def requests(connection: socket) -> Iterator[bytes]:
    """The requests of a connection, one after the other."""
    buffer = b""
    while data := connection.recv(65536):
        buffer += data
        while b"\r\n\r\n" in buffer:
            request, _, buffer = buffer.partition(b"\r\n\r\n")
            yield request


def answering(response: bytes, *, then_close: bool = False) -> Callable[[socket], None]:
    def answer(connection: socket) -> None:
        for _ in requests(connection):
            connection.sendall(response)
            if then_close:
                return

    return answer


def test_connections_are_kept(talk: Talk, tmp_path: Path) -> None:
    with serving(answering(OK)) as port:
        samples, drained = measured(talk, port, tmp_path / "s")
    assert kinds(samples) == {Outcome.OK}
    assert (drained.connects, drained.reconnects, drained.unfinished) == (2, 0, 0)
    assert (samples["bytes"] == 2).all()
    assert (samples["status"] == 200).all()


@pytest.mark.parametrize(
    ("response", "then_close", "outcome"),
    [
        (OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), True, Outcome.OK),
        (b"HTTP/1.1 200 OK\r\n\r\nok", True, Outcome.OK),
        (OK.replace(b"200 OK", b"500 Oh"), False, Outcome.STATUS),
        (OK.replace(b"\r\n\r\nok", b"\r\n\r\nno"), False, Outcome.BODY),
        (b"HTTP/2 what\r\n\r\n", False, Outcome.PROTOCOL),
        (OK[:-1], True, Outcome.RESET),
        (b"", True, Outcome.RESET),
        (OK[:-1], False, Outcome.TIMEOUT),
    ],
    ids=["announced close", "ended by close", "status", "body", "protocol", "cut short", "hung up", "never whole"],
)
def test_each_way_to_end_has_its_kind(
    talk: Talk, tmp_path: Path, response: bytes, then_close: bool, outcome: Outcome
) -> None:
    with serving(answering(response, then_close=then_close)) as port:
        samples, drained = measured(talk, port, tmp_path / "s")
    assert len(samples)
    assert kinds(samples) == {outcome}
    assert drained.unfinished == 0
    if then_close:
        assert drained.reconnects == drained.connects - 2 > 0


def test_a_server_that_is_not_there_is_counted_as_such_and_not_hammered(talk: Talk, tmp_path: Path) -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    samples, drained = measured(talk, port, tmp_path / "s")
    assert kinds(samples) == {Outcome.CONNECT}
    assert len(samples) < 20
    assert drained.connects == 0


def test_requests_in_flight_at_the_end_are_awaited_and_recorded(talk: Talk, tmp_path: Path) -> None:
    """Each answer takes longer than the window; it is recorded all the same, with its full latency."""

    def slow(connection: socket) -> None:
        for _ in requests(connection):
            threading.Event().wait(0.4)
            connection.sendall(OK)

    with serving(slow) as port:
        samples, drained = measured(talk, port, tmp_path / "s", duration_s=0.1, timeout_s=5.0, answered_limit_s=5.0)
    assert kinds(samples) == {Outcome.OK}
    assert ((samples["done_ns"] - samples["sent_ns"]) >= 0.4e9).all()
    # One of them closed the window; the other user's was in flight then, and is there all the same.
    closed_ns = samples["done_ns"].min()
    assert (samples["done_ns"] > closed_ns).any()
    assert drained.unfinished == 0


def test_users_without_an_answer_are_counted(talk: Talk, tmp_path: Path) -> None:
    """The server takes two users' connections and leaves the other three waiting, as one with backpressure does."""
    places = threading.Semaphore(2)

    def answer_two(connection: socket) -> None:
        answered = places.acquire(blocking=False)
        for _ in requests(connection):
            if answered:
                threading.Event().wait(0.005)
                connection.sendall(OK)

    with serving(answer_two) as port:
        samples, part = measured(talk, port, tmp_path / "s", load=ClosedLoad(users=5))
    assert len(part.starved) == 3
    assert kinds(samples) == {Outcome.OK, Outcome.TIMEOUT}


def test_a_server_that_falls_silent_does_not_hold_the_window_open(talk: Talk, tmp_path: Path) -> None:
    """Users have sent their next request by then, whose time-out comes later than the window's end."""
    silent = threading.Event()

    def until_silent(connection: socket) -> None:
        for _ in requests(connection):
            if not silent.is_set():
                threading.Event().wait(0.005)
                connection.sendall(OK)

    with serving(until_silent) as port:
        threading.Timer(0.3, silent.set).start()
        samples, part = measured(talk, port, tmp_path / "s", timeout_s=1.0)
    assert kinds(samples) == {Outcome.OK, Outcome.TIMEOUT}
    assert (part.starved, part.unfinished) == ((), 0)


def test_an_answer_opens_the_window_however_short_the_warm_up_is(talk: Talk, tmp_path: Path) -> None:
    def slow(connection: socket) -> None:
        for _ in requests(connection):
            threading.Event().wait(0.2)
            connection.sendall(OK)

    with serving(slow) as port:
        job = a_job(
            port, tmp_path / "s", expected_body=b"ok", load=ClosedLoad(users=1), warmup_s=0.01, answered_limit_s=0.01
        )
        done = talk.run(job)
    (rows,) = done.rows
    assert rows["sent_ns"].min() >= done.opened_ns
    assert rows["done_ns"].max() == done.closed_ns


def test_a_mix_is_drawn_by_weight_and_checked_by_request(talk: Talk, tmp_path: Path) -> None:
    def echo(connection: socket) -> None:
        for request in requests(connection):
            body = request.split(b" ")[1]
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    workload = Workload(
        requests=(
            Request(name="often", path="/often", expected_body=b"/often", weight=9),
            Request(name="seldom", path="/seldom", expected_body=b"/seldom", weight=1),
        )
    )
    with serving(echo) as port:
        samples, _ = measured(talk, port, tmp_path / "s", workload=workload)
    assert kinds(samples) == {Outcome.OK}
    often, seldom = np.bincount(samples["request"], minlength=2)
    assert often > seldom > 0


@pytest.mark.parametrize(("length", "outcome"), [(2, Outcome.OK), (3, Outcome.BODY)])
def test_a_body_can_be_checked_by_its_length(talk: Talk, tmp_path: Path, length: int, outcome: Outcome) -> None:
    workload = Workload(requests=(Request(name="r", path="/", expected_length=length),))
    with serving(answering(OK)) as port:
        samples, _ = measured(talk, port, tmp_path / "s", workload=workload)
    assert kinds(samples) == {outcome}


@pytest.mark.parametrize(("parts", "outcome"), [((b"o", b""), Outcome.OK), ((b"o", b"x"), Outcome.BODY)])
def test_a_body_can_be_checked_by_parts_of_it(
    talk: Talk, tmp_path: Path, parts: tuple[bytes, ...], outcome: Outcome
) -> None:
    workload = Workload(requests=(Request(name="r", path="/", expected_parts=parts),))
    with serving(answering(OK)) as port:
        samples, _ = measured(talk, port, tmp_path / "s", workload=workload)
    assert kinds(samples) == {outcome}


def test_a_body_larger_than_the_sockets_buffers_is_sent_whole(talk: Talk, tmp_path: Path) -> None:
    sent = bytes(range(256)) * 40_000

    def count(connection: socket) -> None:
        head = b""
        while data := connection.recv(65536):
            head += data
            if b"\r\n\r\n" in head:
                body = head.partition(b"\r\n\r\n")[2]
                while len(body) < len(sent):
                    threading.Event().wait(0.001)  # slower than it is sent
                    body += connection.recv(1 << 20)
                assert body == sent
                connection.sendall(OK)
                head = b""

    workload = Workload(requests=(Request(name="r", path="/", method="POST", body=sent, expected_body=b"ok"),))
    with serving(count) as port:
        samples, part = measured(talk, port, tmp_path / "s", workload=workload, timeout_s=10.0, answered_limit_s=10.0)
    assert kinds(samples) == {Outcome.OK}
    assert part.reconnects == 0


def test_bytes_that_nobody_asked_for_are_not_taken_for_the_next_answer(talk: Talk, tmp_path: Path) -> None:
    def twice(connection: socket) -> None:
        for _ in requests(connection):
            connection.sendall(OK)
            threading.Event().wait(0.01)
            connection.sendall(OK.replace(b"ok", b"no"))

    load = OpenLoad(rate="20", arrivals="constant", connections=1)
    with serving(twice) as port:
        samples, part = measured(talk, port, tmp_path / "s", load=load)
    assert kinds(samples) == {Outcome.OK}
    assert part.reconnects == part.connects - 1 > 0


def test_the_generator_ends_when_its_conductor_does() -> None:
    done = subprocess.run(command_of("scenarios.generator"), input=b"", capture_output=True, timeout=30, check=True)
    assert json.loads(done.stdout) == {"event": "ready"}


def test_each_variant_of_a_request_is_sent_also_in_slices_of_one_server(talk: Talk, tmp_path: Path) -> None:
    def echo(connection: socket) -> None:
        for request in requests(connection):
            body = request.split(b" ")[1]
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    variants = tuple(Variant(path="/" + "x" * number) for number in range(5))
    workload = Workload(requests=(Request(name="r", path="/{x}", variants=variants),))
    with serving(echo) as port:
        for number in range(2):
            changes = {"workload": workload, "expected_body": None, "standing": 1, "offset_s": number * 0.3}
            samples, _ = measured(talk, port, tmp_path / f"s{number}", **changes)
            assert kinds(samples) == {Outcome.OK}
            assert set(samples["bytes"]) == {1, 2, 3, 4, 5}
