"""A server of several processes is ready when all of them are: real servers, and one whose last process comes late."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from djbench.errors import ServerNotStarted
from runners.hosts.cpus import CpuSets
from runners.hosts.process import ManagedProcess
from runners.hosts.workspace import Workspace
from runners.servers import boot, instance
from runners.servers.lookup import parse_server
from runners.servers.registry import SERVERS
from runners.services.place import Place
from runners.services.running import running_services
from runners.watching.process_tree import ProcessTree
from tests.unit.site import SITE

PROCESSES = 2
LATE_S = 1.0

# Its first process answers at once, the second one is started late after that; the master answers nobody.
LATE_PROGRAM = f"""
import importlib, os, socket, sys, time
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

class Listening(WSGIServer):
    def server_bind(self):
        self.socket = listening
        self.server_name, self.server_port = listening.getsockname()
        self.setup_environ()

    def server_activate(self):
        pass

def serve():
    module, _, name = sys.argv[1].partition(":")
    application = getattr(importlib.import_module(module), name)

    def telling(environ, start_response):
        os.write(answers, b".")
        return application(environ, start_response)

    server = Listening(("127.0.0.1", 0), WSGIRequestHandler)
    server.set_app(telling)
    server.serve_forever()

listening = socket.create_server(("127.0.0.1", int(sys.argv[2])))
answered, answers = os.pipe()
if not os.fork():
    serve()
os.read(answered, 1)
time.sleep({LATE_S})
if not os.fork():
    serve()
os.wait()
"""
LATE_FILE = f"""
summary = "its last process comes late"
interface = "wsgi"
arguments = ['-c', '''{LATE_PROGRAM.replace("{", "{{").replace("}", "}}")}''', '{{application}}', '{{port}}']
processes = "workers"

[[parameters]]
name = "workers"
default = 2
minimum = 1
summary = "worker processes"
"""


@pytest.fixture(scope="module")
def around() -> Iterator[tuple[Workspace, Place]]:
    """A place for a server, on SQLite."""
    with (
        Workspace("boot") as workspace,
        running_services(SITE, "sqlite", workspace, CpuSets((), ()), {"database"}) as found,
    ):
        yield workspace, found.place(0)


def own_processes(process: ManagedProcess) -> set[int]:
    """The processes of the server, but for Python's resource tracker."""
    return {pid for pid in ProcessTree(process.pid).pids if boot._is_the_servers_own(pid)}


@pytest.mark.parametrize("name", [name for name, server in SERVERS.items() if server.processes])
def test_every_process_of_a_server_is_there_when_it_is_ready(around: tuple[Workspace, Place], name: str) -> None:
    workspace, found = around
    spec = parse_server(name).with_cores(PROCESSES)
    with instance.running_server(spec, SITE, workspace, environment=found.environment, cpus=(), log=name) as running:
        ready = own_processes(running.process)
        assert len(ready) == PROCESSES + spec.server.helpers
        time.sleep(0.5)
        assert own_processes(running.process) == ready


@pytest.fixture
def late(tmp_path: Path) -> Path:
    """The file of a server whose last process comes late."""
    file = tmp_path / "late.toml"
    file.write_text(LATE_FILE)
    return file


def test_the_master_is_not_taken_for_a_process_that_answers(around: tuple[Workspace, Place], late: Path) -> None:
    workspace, found = around
    spec = parse_server(str(late))
    with instance.running_server(spec, SITE, workspace, environment=found.environment, cpus=(), log="late") as running:
        assert len(own_processes(running.process)) == PROCESSES + 1


def test_a_server_that_has_fewer_processes_than_it_should_is_one_clear_line(
    around: tuple[Workspace, Place], late: Path
) -> None:
    workspace, found = around
    spec = parse_server(str(late))
    with instance.running_server(spec, SITE, workspace, environment=found.environment, cpus=(), log="short") as running:
        late.write_text(f"helpers = 2\n{LATE_FILE}")
        with pytest.raises(ServerNotStarted, match=r"late\.toml:workers=2: 3 of 4 processes are there: .* within 1 s"):
            boot.wait_until_booted(running.process, parse_server(str(late)), 1)
