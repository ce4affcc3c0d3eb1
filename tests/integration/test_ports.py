"""Ports on 127.0.0.1."""

from runners.hosts.ports import free_port, somebody_listens


def test_a_free_port_is_one_that_nobody_listens_on() -> None:
    assert not somebody_listens(free_port())
