"""The lines between conductor and generator survive the trip."""

import pytest

from djbench.load import ClosedLoad, HeldLoad, OpenLoad
from djbench.request import Request, Workload, encode
from scenarios import job as messages
from scenarios.job import EVENT, JOB, Job


def a_part() -> messages.Part:
    names = [name for name in messages.Part.__dataclass_fields__ if name not in ("held", "starved", "names")]
    held = messages.HeldPart(
        alive=1,
        waiting=2,
        served=1,
        lost={"reset": 3},
        first_event_ns=(4, 5),
        silences_ns=(7,),
        probes_unanswered_ns=(6, 1),
    )
    return messages.Part(**{name: number for number, name in enumerate(names)}, starved=(3, 1), names=("a",), held=held)


@pytest.mark.parametrize(
    "load",
    [ClosedLoad(users=3), OpenLoad(rate="2", arrivals="constant", connections=4), HeldLoad(streams=5)],
)
def test_a_job_with_any_bytes_reads_back_equal(load: ClosedLoad | OpenLoad | HeldLoad) -> None:
    request = Request(name="r", path="/x", method="POST", body=b"\x00\xff\n", expected_body=bytes(range(256)))
    job = Job(
        host="127.0.0.1",
        port=1,
        workload=Workload(requests=(request,)),
        load=load,
        warmup_s=0.5,
        answered_limit_s=1,
        duration_s=2,
        timeout_s=3,
        seed=4,
        samples="/tmp/x",
    )
    line = JOB.dump_json(job)
    assert b"\n" not in line
    assert JOB.validate_json(line) == job


def test_events_are_told_apart() -> None:
    for event in (
        messages.Ready(),
        messages.Opened(at_ns=1, warmup_s=0.5),
        messages.Closed(at_ns=1),
        messages.Drained(parts=(a_part(),)),
    ):
        assert EVENT.validate_json(EVENT.dump_json(event)) == event


def test_a_request_is_encoded_once_with_its_length() -> None:
    assert Request(name="", path="/a?b=1").encode("127.0.0.1", 80) == (
        b"GET /a?b=1 HTTP/1.1\r\nHost: 127.0.0.1:80\r\nAccept: */*\r\n\r\n"
    )
    assert Request(name="", path="/", method="POST", body=b"ab").encode("h", 1).endswith(b"Content-Length: 2\r\n\r\nab")


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/a b", {}),
        ("", {}),
        ("no-slash", {}),
        ("/\n", {}),
        ("/ä", {}),
        ("/", {"X": "1\r\nY: 2"}),
        ("/", {"X:": "1"}),
        ("/", {"content-length": "3"}),
        ("/", {"Transfer-Encoding": "chunked"}),
    ],
)
def test_what_would_not_be_one_request_is_refused(path: str, headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"is not an HTTP/1\.1 request|is not a header that a request can have"):
        encode("GET", path, "h", headers, b"")


def test_a_header_is_sent_once_whatever_its_case() -> None:
    sent = encode("GET", "/", "h", {"Accept": "*/*", "accept": "text/html", "host": "other"}, b"")
    assert sent == b"GET / HTTP/1.1\r\nhost: other\r\naccept: text/html\r\n\r\n"
