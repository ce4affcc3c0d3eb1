"""What became of streams that were held open: from the generators' parts and rows to one record, and to words."""

from dataclasses import replace

import numpy as np
import pytest

from djbench.load import HeldLoad
from djbench.outcome import CODES, Outcome
from results.analysis.held_streams import in_words, worst_held
from results.records.schema import Held
from runners.loading.held_samples import held_of, with_lost
from runners.loading.samples import ROW, Tally
from scenarios.job import Drained, HeldPart
from tests.unit.runners.loading.test_samples import FACTS, LENGTH_NS, MS, USAGE, a_part

ONE = HeldPart(
    alive=3,
    waiting=1,
    served=3,
    lost={"reset": 1},
    first_event_ns=(5 * MS, 7 * MS, 9 * MS),
    silences_ns=(),
    probes_unanswered_ns=(60 * MS, 10 * MS),
)
TWO = HeldPart(
    alive=5,
    waiting=0,
    served=5,
    lost={},
    first_event_ns=(6 * MS,) * 5,
    silences_ns=(),
    probes_unanswered_ns=(),
)
HELD = Held(
    streams=10,
    alive=8,
    waiting=1,
    lost=1,
    due_gap_ms=100.0,
    first_event_ms={"p50": 6.0, "p99": 9.0, "max": 9.0},
    gap_ms={"p50": 100.0, "p99": 103.0, "max": 140.0},
    probe_ms={"p50": 1.0, "p99": 4.0, "max": 5.0},
    probes_unanswered=2,
    probes_failed=0,
    memory_kib_per_stream=64.0,
)


def a_row(sent_ms: float, done_ms: float, request: int, outcome: Outcome = Outcome.OK) -> tuple[int, ...]:
    return (round(sent_ms * MS), round(sent_ms * MS), round(done_ms * MS), 0, 5, 200, request, CODES[outcome])


def test_the_parts_of_several_generators_are_one_load() -> None:
    found = held_of([ONE, TWO], gaps_ns=[], probes_ns=[], probes_failed=0, due_gap_s=0.1, grown_mib=0.5)
    assert found is not None
    assert (found.streams, found.alive, found.waiting, found.lost, found.probes_unanswered) == (10, 8, 1, 1, 2)
    assert found.first_event_ms == {"p50": 6.0, "p99": 9.0, "max": 9.0}
    assert found.memory_kib_per_stream == 0.5 * 1024 / 8  # one is open and waits, in a queue of the kernel's perhaps
    assert found.gap_ms is None
    assert held_of([], gaps_ns=[], probes_ns=[], probes_failed=0, due_gap_s=0.1, grown_mib=1.0) is None


def test_nothing_alive_has_no_memory_of_its_own() -> None:
    dead = replace(ONE, alive=0, waiting=0, served=0, lost={"reset": 5}, first_event_ns=())
    found = held_of([dead], gaps_ns=[], probes_ns=[], probes_failed=0, due_gap_s=0.1, grown_mib=0.5)
    assert found is not None
    assert (found.memory_kib_per_stream, found.first_event_ms) == (None, None)


def test_gaps_are_events_and_probes_are_not() -> None:
    rows = np.array(
        [
            a_row(-50, 50, 0),
            a_row(50, 150, 0),
            a_row(150, 260, 0),
            a_row(950, 1050, 0),  # not there when the window closed
            a_row(10, 14, 1),
            a_row(20, 30, 1, Outcome.TIMEOUT),
        ],
        dtype=ROW,
    )
    tally = Tally(HeldLoad(streams=10))
    assert len(list(tally.watch(iter([rows]), LENGTH_NS))) == 1
    parts = (replace(a_part(), held=ONE), replace(a_part(1), held=TWO))
    found = tally.measurement(0.2, [Drained(parts=parts)], replace_grown(0.5), 0.1)
    assert found.answered == 3
    assert found.held is not None
    assert found.held.gap_ms == {"p50": 100.0, "p99": 110.0, "max": 110.0}
    # Those without an answer have waited for 10 and 60 ms, and who was turned away after 20 ms has none for 980.
    assert found.held.probe_ms == {"p50": 10.0, "p99": 980.0, "max": 980.0}
    assert (found.held.probes_failed, found.held.probes_unanswered) == (1, 2)
    assert found.errors == {"reset": 1}
    assert found.requests == 5
    assert found.beside_rps is None


def test_a_gap_that_has_not_ended_counts_as_a_gap_and_as_nothing_else() -> None:
    rows = np.array([a_row(-50, 50, 0), a_row(50, 150, 0)], dtype=ROW)
    tally = Tally(HeldLoad(streams=10))
    stored = list(tally.watch(iter([rows]), LENGTH_NS))
    parts = (replace(a_part(), held=replace(ONE, silences_ns=(850 * MS,))),)
    found = tally.measurement(0.2, [Drained(parts=parts)], replace_grown(0.5), 0.1)
    assert found.held is not None
    assert found.held.gap_ms == {"p50": 100.0, "p99": 850.0, "max": 850.0}
    assert (found.answered, found.throughput_rps, found.half_rps) == (2, 2.0, (4.0, 0.0))
    assert sum(map(len, stored)) == 2


def test_probes_without_an_answer_are_the_worst_of_them() -> None:
    """Of a server that answers no probe there would be nothing to say, and of one that answers a few, praise."""
    starved = replace(ONE, probes_unanswered_ns=tuple(range(50 * MS, 1001 * MS, 50 * MS)))
    found = held_of([starved], gaps_ns=[], probes_ns=[], probes_failed=0, due_gap_s=0.1, grown_mib=0.5)
    assert found is not None
    assert found.probe_ms == {"p50": 500.0, "p99": 1000.0, "max": 1000.0}


def replace_grown(grown_mib: float):  # type: ignore[no-untyped-def]
    return {**FACTS, "server": replace(USAGE, rss_mib_grown=grown_mib)}


def test_lost_streams_are_errors_beside_the_others() -> None:
    assert with_lost({"reset": 2, "body": 1}, [ONE, TWO]) == {"reset": 3, "body": 1}
    assert with_lost({}, []) == {}


def test_of_several_trials_the_worst_is_told() -> None:
    better = replace(
        HELD, alive=10, waiting=0, lost=0, probe_ms=None, gap_ms={"p50": 101.0, "p99": 102.0, "max": 102.0}
    )
    found = worst_held([better, HELD])
    assert found is not None
    assert (found.alive, found.waiting, found.lost) == (8, 1, 1)
    assert found.gap_ms == {"p50": 101.0, "p99": 103.0, "max": 140.0}
    assert found.probe_ms == HELD.probe_ms
    assert worst_held([]) is None


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (
            HELD,
            (
                "8 of 10 alive at the end; 1 open without events; 1 lost; "
                "first event after p50 6 ms, p99 9 ms; "
                "an event every p50 100 ms, p99 103 ms, max 140 ms (due every 100 ms); "
                "64 KiB of memory for each stream with an event; "
                "a request sent meanwhile took at least p50 1 ms, p99 4 ms; "
                "2 requests sent meanwhile had no answer in the window"
            ),
        ),
        (
            replace(
                HELD,
                alive=0,
                waiting=10,
                lost=0,
                first_event_ms=None,
                gap_ms=None,
                probe_ms=None,
                probes_unanswered=0,
                probes_failed=3,
                memory_kib_per_stream=None,
            ),
            "0 of 10 alive at the end; 10 open without events; 3 requests sent meanwhile failed",
        ),
    ],
)
def test_what_became_of_them_in_words(held: Held, said: str) -> None:
    assert in_words(held) == said


def test_a_held_load_says_what_it_is() -> None:
    load = HeldLoad(streams=1000)
    assert str(load) == "1000 held open"
    assert load.to_json() == {"kind": "held", "streams": 1000}
    assert (load.mixed, load.one_figure, load.varies) == (True, False, False)
