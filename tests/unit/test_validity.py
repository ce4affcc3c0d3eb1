"""From a measurement to its flags."""

from dataclasses import replace

import pytest

from results.records import Load, Measurement, Usage
from runners.validity import flags, invalidating

GOOD = Measurement(
    intended_s=1.0,
    actual_s=1.0,
    answered=320,
    throughput_rps=320.0,
    errors={},
    unfinished=0,
    latency_mean_ms=50.0,
    half_rps=(320.0, 320.0),
    warmup_requests=10,
    connects=16,
    reconnects=0,
    server=Usage(cpu_s=0.5, rss_mib_peak=50, threads_peak=16, processes_peak=1),
    generator_cpu_s=0.1,
    generator_gap_ms=0.02,
    services_cpu_s={},
)
LOAD = Load(kind="closed", users=16)


@pytest.mark.parametrize(
    ("changes", "expected", "valid"),
    [
        ({}, (), True),
        ({"errors": {"timeout": 1}}, ("errors",), False),
        ({"unfinished": 1}, ("unfinished",), False),
        ({"generator_cpu_s": 0.81}, ("generator_limit",), False),
        ({"services_cpu_s": {"database": 0.5, "upstream": 0.3}}, ("support_limit",), False),
        ({"latency_mean_ms": 47.0, "generator_gap_ms": 3.0}, (), True),
        ({"latency_mean_ms": 53.0}, ("littles_law",), False),
        ({"half_rps": (320.0, 300.0)}, ("no_steady_state",), True),
        ({"answered": 0, "throughput_rps": 0.0, "latency_mean_ms": None}, ("nothing_answered",), False),
        ({"answered": 100, "latency_mean_ms": 60.0}, (), True),
    ],
)
def test_each_doubt_has_its_flag(changes: dict[str, object], expected: tuple[str, ...], valid: bool) -> None:
    found = flags(replace(GOOD, **changes), LOAD, 1)  # type: ignore[arg-type]
    assert found == expected
    assert (invalidating(found) == ()) is valid


def test_one_error_in_a_thousand_is_borne() -> None:
    measurement = replace(GOOD, answered=2000, throughput_rps=2000.0, latency_mean_ms=8.0, errors={"reset": 2})
    assert flags(measurement, LOAD, 1) == ()
