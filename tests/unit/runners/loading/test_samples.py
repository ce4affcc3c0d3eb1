"""From raw samples of one or more generators to one measurement."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from djbench.load import ClosedLoad, Load, OpenLoad
from djbench.outcome import CODES, Outcome
from results.records.request_figures import RequestFigures
from results.records.schema import Measurement, Usage
from runners.loading.samples import ROW, Tally, mean_service_s, numbered, read_samples
from scenarios.job import Drained, Part

OPENED_NS, MS = 1_000_000_000_000, 1_000_000
CLOSED, OPEN = ClosedLoad(users=1), OpenLoad(rate="1", arrivals="poisson", connections=1)
LENGTH_NS = 1000 * MS
Row = tuple[int, ...]
USAGE = Usage(cpu_s=1, rss_mib_peak=1, threads_peak=1)
FACTS = {"server": USAGE, "services_cpu_s": {}}


def row(
    intended_ms: float,
    sent_ms: float,
    done_ms: float,
    outcome: Outcome = Outcome.OK,
    lag_ms: float = 0,
    request: int = 0,
) -> Row:
    times = (OPENED_NS + round(ms * MS) for ms in (intended_ms, sent_ms, done_ms))
    return (*times, round(lag_ms * MS), 5, 200, request, CODES[outcome])


def a_part(number: int = 0, **changes: int) -> Part:
    numbers = (name for name in Part.__dataclass_fields__ if name not in ("held", "starved", "names"))
    values = dict.fromkeys(numbers, 0) | {"generator": number, "span_ns": LENGTH_NS} | changes
    return Part(**values, starved=(), names=(), held=None)


def tallied(
    path: Path,
    *files: list[Row],
    parts: tuple[Part, ...] = (a_part(),),
    load: Load = OPEN,
    names: tuple[str, ...] = ("",),
) -> tuple["np.ndarray", Measurement]:
    paths = []
    for number, rows in enumerate(files):
        paths.append(path / f"raw.{number}")
        np.array(rows, dtype=ROW).tofile(paths[-1])
    tally = Tally(load, names, apart=len(names) > 1)
    kept = np.concatenate(list(tally.watch(read_samples(paths, OPENED_NS, OPENED_NS + LENGTH_NS), LENGTH_NS)))
    return kept, tally.measurement(0.2, [Drained(parts=parts)], FACTS)


def test_rates_count_answers_inside_and_latencies_requests_due_inside(tmp_path: Path) -> None:
    kept, found = tallied(
        tmp_path,
        [
            row(-30, -30, -10),  # over before the window opened
            row(-20, -20, 10),  # answered inside
            row(100, 130, 200),
            row(700, 700, 900),
            row(950, 950, 1400),  # due inside, answered later: its latency counts
            row(1000, 1000, 1001),  # due after the end
        ],
    )
    assert len(kept) == 4
    assert list(kept["intended_ns"] // MS) == [-20, 100, 700, 950]
    assert found.answered == 3
    assert found.throughput_rps == 3
    assert found.half_rps == (4.0, 2.0)
    assert found.latency_mean_ms == pytest.approx((100 + 200 + 450) / 3)
    assert found.requests == 4
    assert found.sent == 3


def test_failures_are_counted_by_kind_and_not_as_latencies(tmp_path: Path) -> None:
    _, found = tallied(
        tmp_path, [row(1, 1, 500, Outcome.TIMEOUT), row(2, 2, 3), row(4, 9, 9, Outcome.DROPPED, lag_ms=7)]
    )
    assert found.errors == {"timeout": 1, "dropped": 1}
    assert found.latency_mean_ms == pytest.approx(1)
    assert found.late == 1


def test_each_request_of_a_mix_has_figures_of_its_own_and_all_of_them_count(tmp_path: Path) -> None:
    rows = [
        row(-5, -5, 10, request=1),  # answered inside, but not due inside
        row(100, 100, 120, request=1),
        row(200, 200, 260, request=1),
        row(300, 300, 310, Outcome.STATUS, request=1),
        row(400, 400, 500),
        row(600, 600, 610, request=2),  # sent beside the two that are measured
    ]
    load = ClosedLoad(users=1, beside="c", beside_users=1)
    _, found = tallied(tmp_path, rows, load=load, names=("a", "b"))
    first, second = found.by_request
    assert (found.answered, found.beside_rps, found.errors) == (4, 1.0, {"status": 1})
    assert first == RequestFigures(name="a", answered=1, errors={})
    assert second == RequestFigures(name="b", answered=3, errors={"status": 1})


def test_think_time_is_none_of_the_generators_pauses(tmp_path: Path) -> None:
    parts = (a_part(0, gaps=3, gaps_ns=6 * MS, thoughts_ns=300 * MS), a_part(1, gaps=1, gaps_ns=2 * MS))
    _, found = tallied(tmp_path, [row(1, 1, 2)], [row(1, 1, 2)], parts=parts, load=CLOSED)
    assert (found.generator_gap_ms, found.think_ms) == (2, 75)


def test_several_generators_merge_to_what_one_would_have_recorded(tmp_path: Path) -> None:
    rows = [row(n, n, n + 5, lag_ms=n / 1000) for n in range(900)]
    (tmp_path / "one").mkdir()
    one, alone = tallied(tmp_path / "one", rows, parts=(a_part(cpu_ns=600 * MS, planned=900),))
    shares = [rows[number::3] for number in range(3)]
    parts = tuple(a_part(number, cpu_ns=200 * MS, planned=300) for number in range(3))
    three, together = tallied(tmp_path, *shares, parts=parts)
    assert sorted(one.tolist()) == sorted(three.tolist())
    assert (alone.generators, together.generators) == (1, 3)
    assert (alone.generator_share, together.generator_share) == pytest.approx((0.6, 0.2))
    for name in ("answered", "latency_mean_ms", "arrival_lag_ms", "generator_cpu_s", "planned", "sent", "half_rps"):
        assert getattr(alone, name) == getattr(together, name), name


def test_the_arrival_lag_is_nearest_rank(tmp_path: Path) -> None:
    _, found = tallied(tmp_path, [row(n, n, n + 1, lag_ms=n + 1) for n in range(200)])
    assert found.arrival_lag_ms == {"p50": 100.0, "p99": 198.0, "max": 200.0}


def test_sent_is_what_went_out_in_the_window(tmp_path: Path) -> None:
    rows = [
        row(100, 100, 200),
        row(900, 1500, 1600),  # waited for a connection until the window was over
        row(999.9, 1000.2, 1001),  # due with the window's last breath
        row(300, 800, 800, Outcome.DROPPED),
    ]
    _, found = tallied(tmp_path, rows, parts=(a_part(planned=5),))
    assert (found.planned, found.sent) == (5, 2)
    _, closed = tallied(tmp_path, rows[:2], load=CLOSED)
    assert (closed.planned, closed.sent) == (2, 2)
    assert closed.arrival_lag_ms is None


def test_nothing_recorded_is_a_measurement_of_nothing(tmp_path: Path) -> None:
    kept, found = tallied(tmp_path, [])
    assert len(kept) == 0
    assert (found.answered, found.latency_mean_ms, found.arrival_lag_ms) == (0, None, None)
    assert found.generator_cpu_us_per_request is None


def test_slices_count_as_one_window_with_halves_of_slices() -> None:
    tally = Tally(ClosedLoad(users=1))
    numbers: list[list[int]] = []
    for number, answers in enumerate((1, 2, 3, 4)):
        chunk = np.array([row(place, place, place + 1) for place in range(answers)], dtype=ROW)
        for column in ("intended_ns", "sent_ns", "done_ns"):
            chunk[column] -= OPENED_NS
        stored = numbered(tally.watch(iter([chunk]), LENGTH_NS), number)
        numbers += [list(rows["slice"]) for rows in stored]
    found = tally.measurement(0.2, [Drained(parts=(a_part(),))] * 4, FACTS)
    length_s = LENGTH_NS / 1e9
    assert tally.by_window == (1, 2, 3, 4)
    assert found.answered == 10
    assert found.actual_s == pytest.approx(4 * length_s)
    assert found.half_rps == pytest.approx((3 / (2 * length_s), 7 / (2 * length_s)))
    assert found.generators == 1
    assert numbers == [[0], [1, 1], [2, 2, 2], [3, 3, 3, 3]]


def test_a_round_is_as_long_as_right_answers_to_measured_requests_took(tmp_path: Path) -> None:
    beside = (*row(0, 0, 900)[:6], 1, CODES[Outcome.OK])
    rows = [row(-20, -20, 10), row(100, 100, 150), row(200, 200, 800, Outcome.TIMEOUT), beside]
    np.array(rows, dtype=ROW).tofile(tmp_path / "raw")
    assert mean_service_s([tmp_path / "raw"], OPENED_NS, OPENED_NS + LENGTH_NS) == pytest.approx(0.04)
    assert mean_service_s([], OPENED_NS, OPENED_NS + LENGTH_NS) == 0


def test_who_is_answered_in_some_slice_does_not_starve() -> None:
    tally = Tally(ClosedLoad(users=4))
    for _ in range(2):
        list(tally.watch(iter([np.array([row(0, 0, 1)], dtype=ROW)]), LENGTH_NS))
    slices = [Drained(parts=(replace(a_part(), starved=users),)) for users in ((1, 2), (2, 3))]
    assert tally.measurement(0.2, slices, FACTS).starved == 1
