"""Held streams as the generator sees them: the window has one end, whatever comes after it. No sockets."""

from pathlib import Path

import numpy as np
import pytest

from djbench.load import PROBES_PER_S, HeldLoad
from djbench.outcome import Outcome
from djbench.request import Request, Workload
from runners.loading.samples import ROW
from scenarios.engine.applied import Assignment
from scenarios.engine.client import RequestFailed
from scenarios.engine.streams import HeldStreams, Stream
from scenarios.job import HeldPart, Job

MS = 1_000_000
OPENED_NS, GAP_MS, WINDOW_MS = 1_000_000 * MS, 100, 1000
STREAM = Request(name="sse", path="/sse", event_end=b"\n\n", event_gap_s=GAP_MS / 1000)


class Held:
    """A load of some streams in the middle of its window; times in ms since that opened."""

    def __init__(self, samples: Path, streams: int) -> None:
        self._samples = samples
        job = Job(
            host="127.0.0.1",
            port=1,
            workload=Workload(requests=(STREAM,), beside=(Request(name="plain", path="/plain"),)),
            load=HeldLoad(streams=streams),
            warmup_s=0,
            answered_limit_s=1,
            duration_s=WINDOW_MS / 1000,
            timeout_s=1,
            seed=1,
            samples=str(samples),
        )
        assignment = Assignment(index=0, of=1, start_ns=0, warm=lambda _: None, due=lambda _: None)
        self.load = HeldStreams(job, assignment)
        self.load.streams = [Stream(self.load) for _ in range(streams)]

    def events(self, stream: int, *at_ms: float, first: int = 0) -> None:
        """Events of a stream come then, the first of them with that number."""
        for number, each_ms in enumerate(at_ms, first):
            self.load.streams[stream]._event(b"%06d" % number, OPENED_NS + round(each_ms * MS))

    def open(self) -> None:
        self.load._is_warm(OPENED_NS)
        self.load.open(OPENED_NS)

    def close(self, at_ms: float = WINDOW_MS) -> None:
        self.load.close(OPENED_NS + round(at_ms * MS))

    def end(self) -> tuple[HeldPart, list[float]]:
        """What became of them, and the gaps that were recorded in the window."""
        part = self.load.finish().held
        assert part is not None
        rows = np.fromfile(f"{self._samples}.0", dtype=ROW)
        rows = rows[rows["done_ns"] > OPENED_NS]
        assert (rows["done_ns"] <= OPENED_NS + WINDOW_MS * MS).all()
        return part, [float(gap_ns) / MS for gap_ns in rows["done_ns"] - rows["intended_ns"]]


@pytest.fixture
def held(tmp_path: Path) -> Held:
    return Held(tmp_path / "s", 2)


@pytest.mark.parametrize("told", ["before", "after"])
def test_an_event_after_the_close_does_not_hide_the_silence_before_it(held: Held, told: str) -> None:
    """Whether the generator has been told before or after it that the window has closed."""
    held.events(0, -50)
    held.events(1, -60)
    held.open()
    held.events(0, *range(50, 1000, 100), first=1)
    held.events(1, 40, 140, first=1)
    if told == "before":
        held.close()
    held.events(0, 1050, first=11)
    held.events(1, 1060, first=3)
    if told == "after":
        held.close()
    part, gaps_ms = held.end()
    assert (part.alive, part.waiting, part.served, part.lost) == (1, 1, 2, {})
    assert part.silences_ns == (860 * MS,)
    assert sorted(gaps_ms) == [100.0] * 12


def test_a_silence_is_no_event(held: Held) -> None:
    held.open()
    held.events(0, 100)
    held.close()
    part, gaps_ms = held.end()
    assert gaps_ms == []
    assert part.silences_ns == (900 * MS,)
    assert (part.alive, part.waiting, part.served) == (0, 2, 1)
    assert part.first_event_ns == (OPENED_NS + 100 * MS,)


def test_a_gap_that_may_still_end_in_time_is_none(held: Held) -> None:
    held.open()
    held.events(0, 100, 920)
    held.close()
    part, gaps_ms = held.end()
    assert gaps_ms == [820.0]
    assert part.silences_ns == ()
    assert part.alive == 1


def test_a_stream_that_ends_after_the_close_is_not_lost(held: Held) -> None:
    gone = RequestFailed(Outcome.RESET, "closed by the server")
    held.open()
    held.events(0, 950)
    held.events(1, 950)
    held.load.streams[1]._ended(None, gone, OPENED_NS + 990 * MS)
    held.load.streams[0]._ended(None, gone, OPENED_NS + 1001 * MS)
    held.close()
    part, _ = held.end()
    assert (part.alive, part.lost) == (1, {str(Outcome.RESET): 1})


def test_probes_without_an_answer_waited_from_when_they_were_due(held: Held) -> None:
    """One was due before the window opened; those due in it, 50 ms apart, are told."""
    assert PROBES_PER_S == 20
    held.open()
    held.load._next_probe_ns = OPENED_NS - 70 * MS
    held.close()
    part, _ = held.end()
    assert part.probes_unanswered_ns == tuple((1000 - due_ms) * MS for due_ms in range(30, 1000, 50))


def test_the_window_s_length_is_exact(held: Held) -> None:
    """It does not wait for a timer that is late, so that nothing after it counts."""
    held.open()
    assert held.load.ends_ns == OPENED_NS + WINDOW_MS * MS
    held.close(400)  # given up earlier
    assert held.load.ends_ns == OPENED_NS + 400 * MS
    held.end()
