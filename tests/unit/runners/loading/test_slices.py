"""The slices of a trial as its measurement."""

from dataclasses import replace

import pytest

from results.records.schema import Usage
from runners.loading.slices import drift_of, in_slices
from runners.watching.observer import Span
from scenarios.job import Drained
from tests.unit.runners.loading.test_samples import a_part
from tests.unit.runs import a_measurement

MS = 1_000_000


def a_slice(opened_ms: int, cpu_ms: int | None) -> tuple[Span, Drained]:
    """A slice of 100 ms."""
    part = replace(a_part(), server_cpu_ns=None if cpu_ms is None else cpu_ms * MS)
    return Span(opened_ns=opened_ms * MS, closed_ns=(opened_ms + 100) * MS), Drained(parts=(part,))


USAGE = Usage(cpu_s=0.3, rss_mib_peak=50.0, threads_peak=3, voluntary_switches=100, involuntary_switches=None)
WHOLE = replace(a_measurement(1000.0), actual_s=0.2, server=USAGE, services_cpu_s={"database": 0.4})


def test_cpu_time_is_that_between_the_ends_of_slices_and_the_rest_is_in_proportion() -> None:
    found = in_slices(
        WHOLE,
        [a_slice(1000, 60), a_slice(1500, 70)],
        answered=(5, 7),
        begun_ns=900 * MS,
        turns_ns=400 * MS,
        rivals_at_rest={"daphne": 0.02},
    )
    assert [one.at_s for one in found.slices] == pytest.approx([0.1, 0.6])
    assert [one.length_s for one in found.slices] == pytest.approx([0.1, 0.1])
    assert [one.answered for one in found.slices] == [5, 7]
    assert [one.cpu_s for one in found.slices] == pytest.approx([0.06, 0.07])
    assert found.server.cpu_s == pytest.approx(0.13)
    assert (found.server.voluntary_switches, found.server.involuntary_switches) == (50, None)
    assert found.server.rss_mib_peak == 50.0
    assert found.services_cpu_s == {"database": pytest.approx(0.2)}
    assert found.rivals_at_rest == {"daphne": 0.02}


def test_where_no_clock_was_read_cpu_time_is_in_proportion_too() -> None:
    found = in_slices(
        WHOLE,
        [a_slice(0, 60), a_slice(200, None)],
        answered=(5, 7),
        begun_ns=0,
        turns_ns=400 * MS,
        rivals_at_rest={},
    )
    assert found.server.cpu_s == pytest.approx(0.15)


def test_the_drift_of_rivals_is_the_median_of_how_they_moved() -> None:
    rivals = [replace(WHOLE, half_rps=halves) for halves in ((100.0, 90.0), (10.0, 9.5), (50.0, 20.0), (5.0, 0.0))]
    assert drift_of(rivals) == pytest.approx(0.9)
    assert drift_of([]) == 1.0
