"""What differs between two machines, by name."""

from typing import Any

import pytest

from results.records.fingerprints import differences

BEFORE: dict[str, Any] = {
    "boot_sha256": "aa",
    "code_sha256": "aa",
    "environment": {"LANG": "en"},
    "kernel": "6.1",
    "memory_mib": 8000,
    "turbo": None,
    "cpus_server": [1],
    "packages": {"django": "5.2.1", "uvloop": "0.22"},
    "source": {"commit": "aaa", "dirty": False},
    "cgroup_limits": {"cpus": None, "memory_mib": 4000},
    "load_average": [0.1, 0.2, 0.3],
    "swap_used_mib": 0,
    "conditions": [],
}


def test_equal_machines_differ_in_nothing() -> None:
    assert differences(BEFORE, dict(BEFORE)) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"kernel": "6.2"}, ["kernel 6.1 -> 6.2"]),
        ({"turbo": True}, ["turbo none -> yes"]),
        ({"cpus_server": [2, 3]}, ["cpus_server 1 -> 2,3"]),
        ({"cpus_server": []}, ["cpus_server 1 -> none"]),
        ({"packages": {"django": "5.2.2", "uvloop": "0.22"}}, ["packages.django 5.2.1 -> 5.2.2"]),
        ({"packages": {"django": "5.2.1"}}, ["packages.uvloop 0.22 -> none"]),
        ({"source": None, "environment": {"LANG": "C"}}, []),
        ({"code_sha256": "bb"}, ["code_sha256 aa -> bb"]),
        ({"cgroup_limits": {"cpus": 1.5, "memory_mib": 4000}}, ["cgroup_limits.cpus none -> 1.5"]),
        ({"cgroup_limits": {"cpus": None, "memory_mib": 4001}}, ["cgroup_limits.memory_mib 4000 -> 4001"]),
        ({"memory_mib": 4000}, ["memory_mib 8000 -> 4000"]),
    ],
)
def test_what_changed_is_named(change: dict[str, Any], expected: list[str]) -> None:
    assert differences(BEFORE, {**BEFORE, **change}) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"load_average": [9.0, 9.0, 9.0]},
        {"swap_used_mib": 512},
        {"conditions": [{"topic": "governor", "found": "powersave"}]},
        {"memory_mib": 7990},
        {"boot_sha256": "bb"},  # a run may go on after the machine was started again
    ],
)
def test_what_always_changes_is_no_difference(change: dict[str, Any]) -> None:
    assert differences(BEFORE, {**BEFORE, **change}) == []


def test_what_an_older_record_does_not_have_is_no_difference() -> None:
    older = {key: value for key, value in BEFORE.items() if key != "turbo"}
    assert differences(older, {**BEFORE, "turbo": True}) == []
    assert differences({**BEFORE, "turbo": True}, older) == []


SHORT = {"packages": {"django": "5.2.1", "uvloop": "0.22"}}
COMPLETE: dict[str, Any] = {"packages": {"django": "5.2.1", "redis": "6.0", "uvloop": "0.22"}, "all_packages": True}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (SHORT, COMPLETE, []),
        (COMPLETE, SHORT, []),
        (
            SHORT,
            {**COMPLETE, "packages": {"django": "5.2.2", "redis": "6.0"}},
            ["django 5.2.1 -> 5.2.2", "uvloop 0.22 -> none"],
        ),
        ({**COMPLETE, "packages": {"django": "5.2.2"}}, SHORT, ["django 5.2.2 -> 5.2.1", "uvloop none -> 0.22"]),
        (COMPLETE, {**COMPLETE, "packages": {**COMPLETE["packages"], "redis": "7.0"}}, ["redis 6.0 -> 7.0"]),
        (COMPLETE, {**COMPLETE, "packages": SHORT["packages"]}, ["redis 6.0 -> none"]),
        ({"kernel": "6.1"}, COMPLETE, []),
    ],
)
def test_a_package_that_an_older_record_did_not_look_for_is_no_difference(
    before: dict[str, Any], after: dict[str, Any], expected: list[str]
) -> None:
    assert differences(before, after) == [f"packages.{line}" for line in expected]


def test_overlays_differ_by_the_packages_of_servers_that_both_runs_had() -> None:
    before = {**BEFORE, "overlays": {"granian-asgi": {"granian": "2.5.7", "click": "8.1"}, "daphne": {"daphne": "4.2"}}}
    after = {**BEFORE, "overlays": {"granian-asgi": {"granian": "2.6.0"}, "uwsgi": {"pyuwsgi": "2.0"}}}
    assert differences(before, after) == [
        "overlays.granian-asgi.granian 2.5.7 -> 2.6.0",
        "overlays.granian-asgi.click 8.1 -> none",
    ]
    assert differences(BEFORE, after) == []
