"""Several servers at once: started without waiting, each with a failure of its own, and ended together."""

import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from djbench.errors import ServerNotStarted
from runners.hosts.cpus import CpuSets
from runners.hosts.process import ManagedProcess
from runners.hosts.processes import Processes
from runners.hosts.workspace import Workspace
from runners.servers.instance import start_server
from runners.servers.lookup import parse_server
from runners.services.place import Place
from runners.services.running import running_services
from tests.integration.conftest import poll
from tests.unit.site import SITE

pytestmark = pytest.mark.usefixtures("nothing_left")

MANY = 4
# Ends when it and all its fellows have been asked to end; says when it can be asked.
LOYAL = """
import pathlib, signal, sys, time
folder, number, many = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
signal.signal(signal.SIGTERM, lambda *_: (folder / f"asked-{number}").touch())
(folder / f"ready-{number}").touch()
while len(list(folder.glob("asked-*"))) < many:
    time.sleep(0.01)
"""


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    """Where processes can be started."""
    with Workspace("processes") as found:
        yield found


@pytest.fixture
def place(workspace: Workspace) -> Iterator[Place]:
    """On SQLite."""
    with running_services(SITE, "sqlite", workspace, CpuSets((), ()), {"database"}) as around:
        yield around.place(0)


def fellows(workspace: Workspace, processes: Processes, folder: Path, many: int) -> list[ManagedProcess]:
    """Processes that end once ``many`` have been asked to."""
    started = [
        processes.start(
            workspace.process(
                "loyal", [sys.executable, "-c", LOYAL, str(folder), str(number), str(many)], environment={}
            )
        )
        for number in range(MANY)
    ]
    poll(lambda: len(list(folder.glob("ready-*"))) == MANY)
    return started


def test_all_are_asked_to_end_before_the_first_is_waited_for(workspace: Workspace, tmp_path: Path) -> None:
    with Processes() as processes:
        started = fellows(workspace, processes, tmp_path, MANY)
    assert [process.stop() for process in started] == [0] * MANY


def test_what_does_not_end_for_ctrl_c_is_killed(workspace: Workspace, tmp_path: Path) -> None:
    started: list[ManagedProcess] = []

    def interrupted() -> None:
        with Processes() as processes:
            started.extend(fellows(workspace, processes, tmp_path, MANY + 1))
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [process.stop() for process in started] == [-signal.SIGKILL] * MANY
    assert len(list(tmp_path.glob("asked-*"))) == MANY


def test_one_of_them_can_be_asked_before_the_others(workspace: Workspace) -> None:
    with Processes() as processes:
        first, second = (processes.start(workspace.process("sleep", ["sleep", "60"], environment={})) for _ in range(2))
        first.ask_to_end()
        poll(lambda: not first.alive())
        assert second.alive()
    assert [first.stop(), second.stop()] == [-signal.SIGTERM] * 2


def test_servers_boot_at_once_and_one_that_does_not_leaves_the_others_alone(workspace: Workspace, place: Place) -> None:
    broken = replace(SITE, asgi_application="target_site.no_such_module:application")
    wanted = {"gunicorn-gthread": SITE, "uvicorn": broken, "daphne": SITE}
    environment = place.site_environment(pool_size=4)
    with Processes() as processes:
        started = [
            start_server(parse_server(name), target, workspace, processes, environment=environment, cpus=(), log=name)
            for name, target in wanted.items()
        ]
        assert all(server.process.pid for server in started)
        good, bad, good_too = started
        with pytest.raises(ServerNotStarted, match=r"(?s)uvicorn ended by itself.*no_such_module"):
            bad.answering()
        assert good.answering().health["server"] == str(good.spec)
        assert good_too.answering().address != good.answering().address
        good.process.stop()
        assert good_too.process.alive()


def test_what_answers_as_another_is_stopped_at_once(workspace: Workspace, place: Place) -> None:
    other = replace(SITE, asgi_application="target_site.wsgi:application")
    spec, environment = parse_server("uvicorn"), place.site_environment(pool_size=4)
    with Processes() as processes:
        started = start_server(spec, other, workspace, processes, environment=environment, cpus=(), log="other")
        with pytest.raises(ServerNotStarted):
            started.answering()
        assert not started.process.alive()


def test_a_program_that_is_not_there_is_a_server_that_did_not_start(workspace: Workspace, place: Place) -> None:
    nowhere = replace(SITE, interpreter="/nowhere/python")
    environment = place.site_environment(pool_size=4)
    with Processes() as processes, pytest.raises(ServerNotStarted, match="uvicorn could not be started"):
        start_server(parse_server("uvicorn"), nowhere, workspace, processes, environment=environment, cpus=(), log="n")
