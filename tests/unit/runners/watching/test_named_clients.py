"""Whose connections count, of several servers that stand in one database."""

from runners.watching.backends import NamedClients

FIRST = NamedClients(name="djbench_ab_0", stem="djbench_ab", shown="shop")


def test_connections_of_other_standing_servers_do_not_count() -> None:
    counts = {"djbench_ab_0": 3, "djbench_ab_1": 4, "djbench_ab telemetry": 2, "psql": 1, "djbench_cd_0": 5}
    assert FIRST.of(counts) == {"shop": 3, "psql": 1, "djbench_cd_0": 5}
    assert FIRST.of({"djbench_ab_1": 4}) == {}


def test_who_has_the_shown_name_already_is_counted_with_them() -> None:
    assert FIRST.of({"shop": 2, "djbench_ab_0": 3}) == {"shop": 5}
