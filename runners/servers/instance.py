"""One running server with the target behind it, proven to be the one that was asked for."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import httpx

from djbench.errors import ServerFailed, ServerNotStarted
from djbench.request import Request
from djbench.server import ServerSpec
from djbench.target import Fact, Target
from runners.hosts.local_http import local_client
from runners.hosts.ports import free_port
from runners.hosts.process import ManagedProcess, ProcessFailed
from runners.hosts.processes import Processes
from runners.hosts.workspace import Workspace
from runners.servers import websocket_probe as sockets
from runners.servers.boot import wait_until_booted
from runners.servers.installed import command_line, overlay_variables
from runners.servers.wire import NoAnswer, exchange
from scenarios.http11 import Response

STARTUP_S = 30.0
# A verification asks whether the answer is right, not how soon it comes: clients that give up after 20 ms need a right
# answer, too, and the first one pays for imports and connections. Only a load with a longer time-out waits longer.
MIN_TIMEOUT_S = 30.0
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Received:
    """An answer, as far as it is looked at."""

    #: Its status.
    status: int
    #: Its body.
    body: bytes
    #: What its header says of the body; empty without one, and over a WebSocket.
    content_type: str = ""
    #: Where a redirect leads; empty for every other answer.
    location: str = ""

    @property
    def media_type(self) -> str:
        """What the body is, such as ``text/html``."""
        return self.content_type.partition(";")[0].strip().lower()

    @classmethod
    def of(cls, response: Response) -> Self:
        """What is looked at of a response."""
        headers = response.headers()
        return cls(response.status, response.body, headers.get("content-type", ""), headers.get("location", ""))


@dataclass(frozen=True, slots=True)
class Instance:
    """A server that answers."""

    #: Its process, with all that it has started.
    process: ManagedProcess
    #: Where it listens.
    port: int
    #: What it says of itself.
    health: dict[str, Any]
    #: What it serves.
    target: Target

    @property
    def address(self) -> str:
        """Its base URL."""
        return f"http://{HOST}:{self.port}"

    def ask(self, request: Request, timeout_s: float) -> Received:
        """The answer to one request. Raises ServerFailed if there is none.

        timeout_s: that of the load's requests, see MIN_TIMEOUT_S.
        """
        if not request.websocket:
            return Received.of(self.exchange(request, request.encode(HOST, self.port), timeout_s))
        try:
            return Received(*sockets.ask(HOST, self.port, request.path, request.body, _patient(timeout_s)))
        except (OSError, sockets.SocketError) as error:
            raise ServerFailed(f"no answer to {request.line}: {error}{self.process.log_tail()}") from None

    def exchange(self, request: Request, encoded: bytes, timeout_s: float) -> Response:
        """The answer to these bytes, which messages call as the request. Raises ServerFailed if there is none."""
        try:
            return exchange(HOST, self.port, request.method, encoded, _patient(timeout_s))
        except (OSError, NoAnswer) as error:
            raise ServerFailed(f"no answer to {request.line}: {error}{self.process.log_tail()}") from None

    def reset(self, timeout_s: float) -> None:
        """Make the target forget what load has written. Raises ServerFailed if it does not.

        timeout_s: that of the load's requests, see MIN_TIMEOUT_S.
        """
        path = self.target.reset_path
        if path is None:
            raise ServerFailed(f"{self.target.name} cannot forget what load has written: it describes no reset_path")
        try:
            with local_client(_patient(timeout_s)) as client:
                client.post(self.address + path).raise_for_status()
        except httpx.HTTPError as error:
            raise ServerFailed(f"POST {path} failed: {error}{self.process.log_tail()}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedServer:
    """A server that has been started, and may not answer yet."""

    #: What was started.
    spec: ServerSpec
    #: Its first process.
    process: ManagedProcess
    #: Where it is to listen.
    port: int
    #: What it serves.
    target: Target
    #: The run's id, which it has to repeat.
    run: str

    def answering(self) -> Instance:
        """Wait until its health endpoint answers as this very server.

        Raises ServerNotStarted if it dies at start, does not answer in time, or somebody else answers in its place.
        Then it is stopped, so that it takes no time from others that stand.
        """
        try:
            health = self._identified()
            if self.spec.processes > 1:
                wait_until_booted(self.process, self.spec, STARTUP_S)
        except (ProcessFailed, ServerNotStarted) as error:
            self.process.stop()
            raise ServerNotStarted(str(error)) from None
        return Instance(self.process, self.port, health, self.target)

    def _identified(self) -> dict[str, Any]:
        """Wait until the health endpoint answers; what it says, once that names this run, server and interface."""
        answers: list[httpx.Response] = []
        url = f"http://{HOST}:{self.port}{self.target.health_path}"
        with local_client(2) as client:
            self.process.wait_until(lambda: _answered(client, url, answers), STARTUP_S)
        if answers[0].status_code != 200:
            raise ServerNotStarted(
                f"{self.spec}: its health endpoint answers {answers[0].status_code}{self.process.log_tail()}"
            )
        health = _json_object(answers[0])
        expected = {"run": self.run, "server": str(self.spec), "interface": self.spec.server.interface}
        for key, value in expected.items():
            if health.get(key) != value:
                raise ServerNotStarted(
                    f"{self.spec}: port {self.port} is answered by something else, whose {key} is not {value}"
                )
        return health


def start_server(
    spec: ServerSpec,
    target: Target,
    workspace: Workspace,
    processes: Processes,
    *,
    environment: Mapping[str, str],
    cpus: tuple[int, ...],
    log: str,
    port: int | None = None,
) -> StartedServer:
    """Start the server on a free port (or ``port``), without waiting for it; it ends with the other ``processes``.

    Raises ServerNotStarted if its program cannot be started.
    """
    port = port or free_port()
    command = command_line(spec, target, host=HOST, port=port)
    facts = {Fact.SERVER: str(spec), Fact.APPS: " ".join(spec.server.apps)}
    variables = {
        **spec.server.environment,
        **environment,
        **target.variables_for(facts),
        **overlay_variables(spec, target),
    }
    try:
        process = processes.start(
            workspace.process(
                spec.server.name, command, environment=variables, cpus=cpus, log=log, cwd=target.working_directory
            )
        )
    except ProcessFailed as error:
        raise ServerNotStarted(str(error)) from None
    return StartedServer(spec=spec, process=process, port=port, target=target, run=workspace.run)


@contextmanager
def running_server(
    spec: ServerSpec,
    target: Target,
    workspace: Workspace,
    *,
    environment: Mapping[str, str],
    cpus: tuple[int, ...],
    log: str,
    port: int | None = None,
) -> Iterator[Instance]:
    """One server that answers, and ends with the context. Raises ServerNotStarted."""
    with Processes() as processes:
        yield start_server(
            spec, target, workspace, processes, environment=environment, cpus=cpus, log=log, port=port
        ).answering()


def _patient(timeout_s: float) -> float:
    return max(timeout_s, MIN_TIMEOUT_S)


def _json_object(answer: httpx.Response) -> dict[str, Any]:
    """What the answer says, empty if it is not a JSON object."""
    try:
        content = answer.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _answered(client: httpx.Client, url: str, answers: list[httpx.Response]) -> bool:
    try:
        response = client.get(url)
    except httpx.TransportError:
        return False
    if response.status_code == 503:  # some servers say so while they boot
        return False
    answers.append(response)
    return True
