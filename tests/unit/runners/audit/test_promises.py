"""What is claimed of the load generator, against audits that bear it out and that do not."""

import copy
from typing import Any

import numpy as np
import pytest

from runners.audit.load_clients import as_wrk_counts
from runners.audit.promises import promises

GOOD: dict[str, Any] = {
    "cpu_us_per_request": {
        client: {"keepalive": {16: us}, "close": {16: us}}
        for client, us in {"djbench": 9.0, "wrk": 7.0, "FastHttpUser": 90.0, "HttpUser": 400.0}.items()
    },
    "agreement_with_wrk": {"throughput_ratio": 1.01, "p50_ratio": 0.96, "p99_ratio": 1.09, "throughput_rps": 1.0},
    "arrival_lag_ms": {2000: {"p99": 0.2}, 8000: {"sent_share": 0.9995}},
    "stall": {"open": {"p99": 950.0, "max": 1001.0}, "closed": {"p99": 0.2, "max": 1001.0}},
    "connections": {"wanted": 4000, "opened": 4000, "reconnects": 0, "failures": 0},
    "memory": {"one_hour_mib": 90.0},
}


def test_a_good_audit_bears_every_claim_out() -> None:
    assert len(promises(GOOD)) == 11
    assert all(promise.holds for promise in promises(GOOD))


@pytest.mark.parametrize(
    ("path", "value", "claim"),
    [
        (("cpu_us_per_request", "wrk", "keepalive", 16), 5.9, "the CPU of wrk"),
        (("cpu_us_per_request", "FastHttpUser", "keepalive", 16), 35.0, "the CPU of FastHttpUser"),
        (("agreement_with_wrk", "throughput_ratio"), 0.96, "throughput within 3%"),
        (("agreement_with_wrk", "throughput_ratio"), 1.04, "throughput within 3%"),
        (("agreement_with_wrk", "p50_ratio"), 0.94, "p50 within 5%"),
        (("agreement_with_wrk", "p99_ratio"), 1.11, "p99 within 10%"),
        (("arrival_lag_ms", 2000, "p99"), 0.31, "arrival lag p99"),
        (("arrival_lag_ms", 8000, "sent_share"), 0.998, "of what is due sent"),
        (("stall", "open", "p99"), 500.0, "stands still"),
        (("stall", "open", "max"), 900.0, "stands still"),
        (("connections", "reconnects"), 1, "kept connections"),
        (("connections", "failures"), 1, "kept connections"),
        (("connections", "opened"), 3999, "kept connections"),
        (("memory", "one_hour_mib"), 300.0, "after an hour"),
    ],
)
def test_each_claim_can_fail(path: tuple[Any, ...], value: float, claim: str) -> None:
    found = copy.deepcopy(GOOD)
    place = found
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert [each.claim for each in promises(found) if not each.holds and claim in each.claim]
    assert sum(not each.holds for each in promises(found)) == 1


def test_the_cpu_claim_is_absolute_where_there_is_nobody_to_compare_with() -> None:
    alone = {"cpu_us_per_request": {"djbench": {"keepalive": {16: 16.1}}}}
    assert [(each.claim[:20], each.holds) for each in promises(alone)] == [("at most 16 us of CPU", False)]


def test_what_was_not_measured_is_not_claimed() -> None:
    assert promises({"agreement_with_wrk": None, "memory": GOOD["memory"]})[0].finding == "90 MiB"
    assert len(promises({"agreement_with_wrk": None})) == 0


def test_what_wrk_adds_to_a_long_latency() -> None:
    """One of 10 ms where 1 ms is expected stands for requests that would have met 9, 8, ... 2 ms."""
    counted = as_wrk_counts(np.array([1.0, 2.0, 10.0]), 1.0)
    assert sorted(counted.tolist()) == [1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert as_wrk_counts(np.array([0.9, 1.0, 2.0]), 1.0).tolist() == [0.9, 1.0, 2.0]


def test_the_json_of_a_promise_keeps_its_keys() -> None:
    promise = promises(GOOD)[0]
    assert promise.to_json() == {"claim": promise.claim, "found": promise.finding, "holds": True}
