"""CPU sets: the halves taken by default, and those given."""

import pytest

from runners.errors import UsageError
from runners.machine.cpus import CpuSets, default_cpu_sets, parse_cpu_sets

FOUR = ((0,), (1,), (2,), (3,))


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


def test_sets_can_be_given() -> None:
    assert parse_cpu_sets("2-3/0,1", FOUR) == CpuSets((2, 3), (0, 1))
    assert parse_cpu_sets("off", FOUR) == CpuSets((), ())
    assert parse_cpu_sets("auto", ((0,), (1,))) == CpuSets((1,), (0,))


@pytest.mark.parametrize("text", ["", "1", "a/b", "1/0/2", "3-2/0", "9/0", "/", "0-1/1"])
def test_what_is_no_set_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(UsageError, match="write SERVER/SUPPORT such as"):
        parse_cpu_sets(text, FOUR)
