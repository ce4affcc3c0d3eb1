"""Which request is sent next, and as which of its variants."""

from collections import Counter
from random import Random

import pytest

from djbench.journey import Journey, Step
from djbench.request import Request, Variant, Workload
from scenarios import draw
from scenarios.draw import Draw, Pick

VARIANTS = tuple(Variant(path=f"/{number}/", headers=(("Cookie", f"n={number}"),)) for number in range(3))


def test_requests_are_drawn_by_weight_and_variants_evenly() -> None:
    requests = (Request(name="one", path="/", weight=3), Request(name="several", path="/{n}/", variants=VARIANTS))
    drawn = Draw(Workload(requests=requests), "127.0.0.1", 8000)
    picks = drawn.picks(Random(1))
    counts = Counter(next(picks) for _ in range(4000))
    assert counts[Pick(0, 0)] == pytest.approx(3000, abs=150)
    assert [counts[Pick(1, number)] for number in range(3)] == pytest.approx([333] * 3, abs=60)
    assert drawn.requests[1].encoded[2].startswith(b"GET /2/ HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n")
    assert b"\r\nCookie: n=2\r\n" in drawn.requests[1].encoded[2]


def test_what_is_sent_beside_is_not_drawn() -> None:
    workload = Workload(requests=(Request(name="one", path="/"),), beside=(Request(name="other", path="/"),))
    drawn = Draw(workload, "127.0.0.1", 8000)
    assert (len(drawn.requests), drawn.beside, drawn.several) == (2, 1, False)


def test_variants_take_no_more_memory_than_there_is_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "_VARIANTS_BYTES", 100)
    request = Request(name="several", path="/{n}/", variants=VARIANTS)
    (ready,) = Draw(Workload(requests=(request,)), "127.0.0.1", 8000).requests
    assert len(ready.encoded) == 2


def test_the_steps_of_a_journey_are_not_made_ready_for_each_variant() -> None:
    request = Request(name="several", path="/{n}/", variants=VARIANTS)
    workload = Workload(requests=(request,), journey=Journey(steps=(Step(),)))
    (ready,) = Draw(workload, "127.0.0.1", 8000).requests
    assert len(ready.encoded) == 1
