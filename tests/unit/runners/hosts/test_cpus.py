"""CPU sets: the halves taken by default, and those given."""

import pytest

from djbench.errors import UsageError
from runners.hosts.cpus import CpuSets, default_cpu_sets, parse_cpu_sets, within_budget

FOUR = ((0,), (1,), (2,), (3,))
FOUR_WITH_SMT = ((0, 4), (1, 5), (2, 6), (3, 7))


@pytest.mark.parametrize(
    ("cores", "server", "support"),
    [
        ((), (), ()),
        (((3,),), (), ()),
        (((0,), (1,)), (1,), (0,)),
        (((0,), (1,), (2,)), (1, 2), (0,)),
        (((0, 4), (1, 5), (2, 6), (3, 7)), (2, 3, 6, 7), (0, 1, 4, 5)),
        (((0, 1),), (1,), (0,)),
    ],
)
def test_half_of_the_cores_is_the_servers(
    cores: tuple[tuple[int, ...], ...], server: tuple[int, ...], support: tuple[int, ...]
) -> None:
    assert default_cpu_sets(cores) == CpuSets(server, support)


@pytest.mark.parametrize("text", ["2-3/0,1", "off", "auto"])
def test_sets_remember_how_they_were_asked_for(text: str) -> None:
    sets = parse_cpu_sets(text, FOUR)
    assert sets.asked_for == text
    if sets.server:
        assert within_budget(sets, 1, FOUR).asked_for == text


def test_sets_can_be_given() -> None:
    assert parse_cpu_sets("2-3/0,1", FOUR) == CpuSets((2, 3), (0, 1))
    assert parse_cpu_sets("off", FOUR) == CpuSets((), ())
    assert parse_cpu_sets("auto", ((0,), (1,))) == CpuSets((1,), (0,))


@pytest.mark.parametrize("text", ["", "1", "a/b", "1/0/2", "3-2/0", "9/0", "/", "0-1/1"])
def test_what_is_no_set_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(UsageError, match="write SERVER/SUPPORT such as"):
        parse_cpu_sets(text, FOUR)


@pytest.mark.parametrize(
    ("cores", "budget", "server"),
    [
        (((0,), (1,)), 1, (1,)),
        (FOUR, 1, (2,)),
        (FOUR, 2, (2, 3)),
        (FOUR_WITH_SMT, 1, (2,)),
        (FOUR_WITH_SMT, 2, (2, 3)),  # whole cores before their second threads, which are 6 and 7
        (FOUR_WITH_SMT, 3, (2, 3, 6)),
        (((0, 1), (2, 3), (4, 5), (6, 7)), 2, (4, 6)),  # some machines number the threads of a core one after the other
        (FOUR_WITH_SMT, 4, (2, 3, 6, 7)),
    ],
)
def test_a_budget_takes_cpus_of_the_servers_and_leaves_the_others_alone(
    cores: tuple[tuple[int, ...], ...], budget: int, server: tuple[int, ...]
) -> None:
    sets = default_cpu_sets(cores)
    assert within_budget(sets, budget, cores) == CpuSets(server, sets.support)


def test_a_budget_that_the_server_has_not_is_refused_with_what_would_be_right() -> None:
    with pytest.raises(UsageError, match=r"--budget-cores 2: the server has 1 CPU \(1\); give at most 1, or the"):
        within_budget(CpuSets((1,), (0,)), 2, ((0,), (1,)))
    with pytest.raises(UsageError, match=r"--budget-cores 3: the server has 2 CPUs \(2,3\); give at most 2, or"):
        within_budget(CpuSets((2, 3), (0, 1)), 3, FOUR)
    with pytest.raises(UsageError, match="nothing is pinned, so no CPU is the server's own; give --cpus"):
        within_budget(CpuSets((), ()), 1, FOUR)
