"""CPU sets, limits, ports."""

import pytest

from runners.errors import UsageError
from runners.machine import CpuSets, default_cpu_sets, fingerprint, free_port, parse_cpu_sets, somebody_listens


@pytest.mark.parametrize(
    ("available", "server", "support"),
    [((), (), ()), ((3,), (), ()), ((0, 1), (1,), (0,)), ((0, 1, 2), (1, 2), (0,)), ((0, 1, 2, 3), (2, 3), (0, 1))],
)
def test_half_of_the_cpus_is_the_servers(
    available: tuple[int, ...], server: tuple[int, ...], support: tuple[int, ...]
) -> None:
    assert default_cpu_sets(available) == CpuSets(server, support)


def test_sets_can_be_given() -> None:
    assert parse_cpu_sets("2-3/0,1", range(4)) == CpuSets((2, 3), (0, 1))
    assert parse_cpu_sets("off", range(4)) == CpuSets((), ())
    assert parse_cpu_sets("auto", range(2)) == CpuSets((1,), (0,))


@pytest.mark.parametrize("text", ["", "1", "a/b", "1/0/2", "3-2/0", "9/0", "/"])
def test_what_is_no_set_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(UsageError, match="write SERVER/SUPPORT such as"):
        parse_cpu_sets(text, range(4))


def test_a_free_port_is_one_that_nobody_listens_on() -> None:
    assert not somebody_listens(free_port())


def test_the_fingerprint_names_what_makes_runs_comparable() -> None:
    found = fingerprint(CpuSets((1,), (0,)))
    assert {"cpu_model", "kernel", "python", "packages", "memory_mib", "gil"} <= set(found)
    assert "django" in found["packages"]
