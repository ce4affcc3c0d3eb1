"""Every server's connections: kept over a thousand answers, over a thousand let in, none in the way of its end."""

import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection

import pytest

from runners.hosts.cpus import CpuSets
from runners.hosts.workspace import Workspace
from runners.machine.limits import raise_file_limit
from runners.servers import instance
from runners.servers.lookup import parse_server
from runners.servers.registry import SERVERS
from runners.services.place import Place
from runners.services.running import running_services
from tests.unit.site import SITE

# More than the thousand that several servers let in, or answer on one connection, if nothing is said.
MANY = 1100
CLOSES = {"gunicorn-sync"}


@pytest.fixture(scope="module")
def around() -> Iterator[tuple[Workspace, Place]]:
    """A place for a server, on SQLite."""
    raise_file_limit()
    with (
        Workspace("connections") as workspace,
        running_services(SITE, "sqlite", workspace, CpuSets((), ()), {"database"}) as found,
    ):
        yield workspace, found.place(0)


def asked(connection: HTTPConnection) -> bool:
    """Ask on this connection. Is it kept?"""
    connection.request("GET", "/plain/sync")
    if connection.sock:  # runserver sends an answer in two parts, the second once the first is acknowledged
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    response = connection.getresponse()
    assert response.status == 200
    response.read()
    return connection.sock is not None


@pytest.mark.parametrize("name", SERVERS)
def test_connections_are_kept_by_the_thousand_and_do_not_keep_the_server(
    around: tuple[Workspace, Place], name: str
) -> None:
    workspace, found = around
    spec = parse_server(name)
    with (
        instance.running_server(spec, SITE, workspace, environment=found.environment, cpus=(), log=name) as running,
        ExitStack() as stack,
    ):
        held = [
            stack.enter_context(closing(HTTPConnection("127.0.0.1", running.port, timeout=10))) for _ in range(MANY)
        ]
        assert {asked(connection) for connection in held} == {name not in CLOSES}
        for connection, times in zip(held, (1, 1, MANY), strict=False):
            before = connection.sock
            for _ in range(times):
                asked(connection)
            assert name in CLOSES or connection.sock is before
        assert running.process.stop() != -signal.SIGKILL
