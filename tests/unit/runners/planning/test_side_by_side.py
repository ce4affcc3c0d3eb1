"""Whether servers can stand side by side."""

import pytest

from djbench.server import ServerSpec
from runners.planning.side_by_side import memory_needed_mib, why_not_side_by_side
from runners.servers.lookup import parse_server
from tests.unit.runners.planning.test_plan import a_profile
from tests.unit.site import plan_from

FOUR = ("gunicorn-sync", "gunicorn-gthread", "uvicorn", "daphne")


def parsed(*texts: str) -> list[ServerSpec]:
    return [parse_server(text) for text in texts]


@pytest.mark.parametrize(
    ("standing", "most", "sizes"),
    [
        (("uvicorn", "gunicorn-gthread:workers=2"), 500, [100, 100]),  # what is wanted
        (("uvicorn", "gunicorn-gthread:workers=4"), 500, [95, 95]),  # (500 - 20 - 1) / 5
        (FOUR, 500, [100] * 4),
        (FOUR, 100, [19] * 4),  # (100 - 20 - 3) / 4
        (("uvicorn",), 100, [80]),
        (FOUR, 20, [1] * 4),  # there is no pool without a connection
        (FOUR, None, [100] * 4),
    ],
)
def test_all_servers_that_stand_share_what_the_database_allows(
    standing: tuple[str, ...], most: int | None, sizes: list[int]
) -> None:
    specs = parsed(*standing)
    assert [spec.pool_size(most, wanted=100, standing=specs) for spec in specs] == sizes


@pytest.mark.parametrize(
    ("standing", "most", "why"),
    [
        (FOUR, 500, None),
        (FOUR, 87, None),  # 4 x 16, 20 for others, and 3 more of the conductor
        (
            FOUR,
            86,
            "the database allows 86 connections; 4 servers side by side need 64, and 23 more are for others",
        ),
        (("gunicorn-gthread:threads=64", "uvicorn"), 149, None),  # the slots decide, for both
        (
            ("gunicorn-gthread:threads=64", "uvicorn"),
            148,
            "the database allows 148 connections; 2 servers side by side need 128, and 21 more are for others",
        ),
        (("uvicorn:workers=8",), 100, None),  # alone it gets fewer than it should, too
        (FOUR, None, None),
    ],
)
def test_connections_for_all_are_counted_before_the_start(
    standing: tuple[str, ...], most: int | None, why: str | None
) -> None:
    assert why_not_side_by_side(parsed(*standing), wanted=0, most=most, available_mib=None) == why


def test_memory_for_all_is_counted_before_the_start() -> None:
    specs = parsed(*FOUR)
    needed_mib = memory_needed_mib(specs, 16)
    fits = {
        available: why_not_side_by_side(specs, wanted=16, most=500, available_mib=available)
        for available in (needed_mib, needed_mib - 1, None)
    }
    assert fits == {
        needed_mib: None,
        needed_mib - 1: f"4 servers side by side need about {needed_mib} MiB of memory, "
        f"and {needed_mib - 1} are available",
        None: None,
    }


def test_each_process_and_each_connection_takes_memory() -> None:
    one, two = parsed("gunicorn-gthread"), parsed("gunicorn-gthread:workers=2")
    assert (
        memory_needed_mib([*one, *one], 0) - memory_needed_mib(one, 0) == 120
    )  # with what is beside the one that answers
    assert memory_needed_mib(two, 0) - memory_needed_mib(one, 0) == 100
    assert memory_needed_mib(two, 8) - memory_needed_mib(two, 0) == 32
    without_pools = memory_needed_mib(one, 0)
    assert why_not_side_by_side(one, wanted=99, most=None, available_mib=without_pools) is None


def test_the_plan_knows_what_its_servers_need() -> None:
    plan = plan_from(a_profile(servers=["uvicorn", "gunicorn-gthread:workers=2"], patterns=["plain"], users=[100]), 1)
    standing = list(plan.servers)
    assert [plan.pool_size(server, 500, standing) for server in standing] == [100, 100]
    assert [plan.pool_size(server, 200, standing) for server in standing] == [59, 59]
    assert plan.why_not_side_by_side(standing, most=200, available_mib=100_000) is None
    assert "MiB of memory, and 600 are available" in str(
        plan.why_not_side_by_side(standing, most=200, available_mib=600)
    )
    assert "the database allows 60 connections" in str(
        plan.why_not_side_by_side(standing, most=60, available_mib=100_000)
    )
