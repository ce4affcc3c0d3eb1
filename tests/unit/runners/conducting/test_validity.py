"""From a measurement to its flags."""

from dataclasses import replace

import pytest

from djbench.load import ClosedLoad, HeldLoad, OpenLoad
from djbench.options import DISTURBANCES
from results.records.schema import Held, Measurement, Slice, Usage
from runners.conducting.validity import INVALIDATING, flags, invalidating

GOOD = Measurement(
    actual_s=1.0,
    answered=320,
    requests=320,
    throughput_rps=320.0,
    errors={},
    unfinished=0,
    latency_mean_ms=50.0,
    half_rps=(320.0, 320.0),
    reconnects=0,
    server=Usage(cpu_s=0.5, rss_mib_peak=50, threads_peak=16),
    generator_cpu_s=0.1,
    generator_gap_ms=0.02,
    services_cpu_s={},
)
LOAD = ClosedLoad(users=16)
SLICE = Slice(at_s=0.0, length_s=0.1, answered=100)
OPEN_GOOD = replace(
    GOOD,
    planned=1000,
    sent=1000,
    answered=1000,
    requests=1000,
    arrival_lag_ms={"p50": 0.05, "p99": 0.2, "max": 3.0},
)


@pytest.mark.parametrize(
    ("changes", "expected", "valid"),
    [
        ({}, (), True),
        ({"errors": {"timeout": 1}}, ("errors",), False),
        ({"unfinished": 1}, ("unfinished",), False),
        ({"generator_share": 0.81}, ("generator_limit",), False),
        ({"services_cpu_s": {"database": 0.5, "upstream": 0.3}}, ("support_limit",), False),
        ({"support_busy_share": 0.85}, (), True),
        ({"support_busy_share": 0.86}, ("support_limit",), False),
        ({"rivals_at_rest": {"daphne": 0.001, "uvicorn": 0.01}}, (), True),
        ({"rivals_at_rest": {"daphne": 0.001, "uvicorn": 0.011}}, ("rival_at_rest",), True),
        ({"others_share": 0.05}, (), True),
        ({"others_share": 0.051}, ("server_disturbed",), False),
        ({"server_processes_gone": 1}, ("worker_replaced",), False),
        ({"steal_share": 0.01}, (), True),
        ({"steal_share": 0.011}, ("steal",), True),
        ({"steal_share": 0.021}, ("noisy_neighbour",), False),
        ({"latency_mean_ms": 47.0, "generator_gap_ms": 3.0}, (), True),
        ({"latency_mean_ms": 53.0}, ("littles_law",), False),
        ({"latency_mean_ms": 20.0, "think_ms": 30.0}, (), True),
        ({"think_ms": 30.0}, ("littles_law",), False),
        ({"half_rps": (320.0, 300.0)}, ("no_steady_state",), True),
        ({"stalled_s": 5.0}, ("stalled",), True),
        # Three quarters of the users get nothing: Little's law holds for those that are served.
        ({"starved": 12, "latency_mean_ms": 12.5}, ("starved",), False),
        ({"starved": 12, "latency_mean_ms": 50.0}, ("starved", "littles_law"), False),
        # The window is shorter than a turn: nobody was answered a third time.
        ({"starved": 8, "answered": 20, "throughput_rps": 20.0}, (), True),
        ({"starved": 8, "answered": 24, "throughput_rps": 24.0}, ("starved",), False),
        ({"answered": 0, "throughput_rps": 0.0, "latency_mean_ms": None}, ("nothing_answered",), False),
        ({"answered": 100, "latency_mean_ms": 60.0}, (), True),
        # By turns the ends of each slice cut requests, and few answers lie between them.
        ({"answered": 320, "latency_mean_ms": 60.0, "slices": (SLICE,) * 3}, (), True),
        ({"answered": 320, "latency_mean_ms": 60.0, "slices": (SLICE,) * 2}, ("littles_law",), False),
        ({"answered": 320, "half_rps": (320.0, 300.0), "slices": (SLICE,) * 3}, ("no_steady_state",), True),
    ],
)
def test_each_doubt_has_its_flag(changes: dict[str, object], expected: tuple[str, ...], valid: bool) -> None:
    found = flags(replace(GOOD, **changes), LOAD, 1)  # type: ignore[arg-type]
    assert found == expected
    assert (invalidating(found) == ()) is valid


def test_one_error_in_a_thousand_is_borne() -> None:
    measurement = replace(
        GOOD, requests=2000, answered=2000, throughput_rps=2000.0, latency_mean_ms=8.0, errors={"reset": 2}
    )
    assert flags(measurement, LOAD, 1) == ()


@pytest.mark.parametrize(
    ("changes", "expected", "valid"),
    [
        ({}, (), True),
        ({"half_rps": (100.0, 400.0)}, (), True),
        ({"late": 10}, (), True),
        ({"late": 11}, ("arrival_lag",), False),
        ({"planned": 10_000, "sent": 10_000, "answered": 10_000, "late": 99}, (), True),
        ({"sent": 989}, ("shortfall",), False),
        ({"planned": 50, "sent": 49, "answered": 49}, (), True),
        ({"planned": 50, "sent": 48, "answered": 48}, ("shortfall",), False),
        ({"answered": 950}, (), True),
        ({"answered": 949}, ("falls_behind",), True),
        ({"planned": 99, "sent": 99, "answered": 50}, (), True),
        ({"generator_share": 0.81}, ("generator_limit",), False),
    ],
)
def test_an_open_load_has_doubts_of_its_own(changes: dict[str, object], expected: tuple[str, ...], valid: bool) -> None:
    load = OpenLoad(rate="1000", arrivals="poisson", connections=8)
    found = flags(replace(OPEN_GOOD, **changes), load, 1)  # type: ignore[arg-type]
    assert found == expected
    assert (invalidating(found) == ()) is valid


def test_streams_without_events_are_told_and_the_trial_counts() -> None:
    held = Held(
        streams=10,
        alive=4,
        waiting=6,
        lost=0,
        due_gap_ms=100.0,
        first_event_ms=None,
        gap_ms=None,
        probe_ms=None,
        probes_unanswered=20,
        probes_failed=0,
        memory_kib_per_stream=None,
    )
    load = HeldLoad(streams=10)
    found = flags(replace(GOOD, answered=0, latency_mean_ms=None, held=held), load, 1)
    assert found == ("not_held",)
    assert invalidating(found) == ()
    assert flags(replace(GOOD, held=replace(held, waiting=0)), load, 1) == ()
    lost = replace(held, waiting=0, lost=1)
    found = flags(replace(GOOD, errors={"reset": 1}, requests=20, held=lost), load, 1)
    assert found == ("streams_lost",)
    assert invalidating(found) == ()


def test_a_ramp_may_end_where_the_server_does() -> None:
    """To see that is what it is for; so it is said, and the trial counts."""
    load = OpenLoad(rate="100..900/1s", arrivals="poisson", connections=8)
    found = flags(replace(OPEN_GOOD, answered=500, sent=600), load, 1)
    assert found == ("falls_behind",)
    assert invalidating(found) == ()


def test_what_others_did_to_the_machine_may_be_accepted_and_a_wrong_number_may_not() -> None:
    found = flags(replace(GOOD, steal_share=0.3, errors={"reset": 9}), LOAD, 1)
    assert invalidating(found) == ("errors", "noisy_neighbour")
    assert invalidating(found, ("noisy_neighbour",)) == ("errors",)
    assert set(DISTURBANCES) < INVALIDATING
    assert not set(DISTURBANCES) & {"errors", "littles_law", "unfinished", "worker_replaced", "generator_limit"}
