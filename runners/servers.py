"""The servers djbench knows. Each is one declarative entry: what to run, with which settings, and what it can hold."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from math import prod
from types import MappingProxyType
from typing import Literal

from target_site.parameters import Parameter, Value, canonical, resolve, split_spec, text_of, unknown


@dataclass(frozen=True, kw_only=True)
class Server:
    """One server, with the settings it takes.

    arguments: the command line; ``{host}``, ``{port}``, ``{application}`` and each parameter's name are filled in.
    slots: the parameters whose product is the number of requests it works on at once; None for an event loop or a
    thread per connection, which have no bound. processes: the parameter that counts the processes that answer.
    modules: what must be importable, each with the package that brings it.
    """

    name: str
    summary: str
    interface: Literal["wsgi", "asgi"]
    arguments: tuple[str, ...]
    modules: Mapping[str, str]
    parameters: tuple[Parameter, ...] = ()
    slots: tuple[str, ...] | None = None
    processes: str | None = None

    def missing(self) -> str | None:
        """The command that installs what this server lacks, None when it can run."""
        packages = sorted({package for module, package in self.modules.items() if find_spec(module) is None})
        return f"{sys.executable} -m pip install {' '.join(packages)}" if packages else None


@dataclass(frozen=True)
class ServerSpec:
    """A server with every parameter set."""

    server: Server
    values: Mapping[str, Value]

    def __str__(self) -> str:
        return canonical(self.server.name, self.values)

    def __hash__(self) -> int:
        return hash(str(self))

    @cached_property
    def slots(self) -> int | None:
        """How many requests this configuration works on at once; None when unbounded."""
        if self.server.slots is None:
            return None
        return prod(int(self.values[name]) for name in self.server.slots)

    @cached_property
    def processes(self) -> int:
        """How many processes answer requests."""
        return int(self.values[self.server.processes]) if self.server.processes else 1

    def command(self, *, interpreter: str, host: str, port: int, application: str) -> list[str]:
        """The command line that serves ``application`` there."""
        filled = {key: text_of(value) for key, value in self.values.items()}
        return [
            interpreter,
            *(part.format(host=host, port=port, application=application, **filled) for part in self.server.arguments),
        ]


_WORKERS = Parameter(
    name="workers",
    default=1,
    minimum=1,
    maximum=1024,
    summary="worker processes; one by default, so that servers are compared on equal terms",
)
# gunicorn and uvicorn-worker end an idle kept connection after 2 s by default; a load balancer in front would be told
# to keep it longer. All servers here outlast the pauses of a measurement.
_KEEP_ALIVE = "75"
_GUNICORN = ("-m", "gunicorn", "--bind", "{host}:{port}", "--workers", "{workers}", "--no-control-socket")
_GUNICORN_QUIET = ("--log-level", "warning", "--keep-alive", _KEEP_ALIVE, "--timeout", "120")

_SERVERS = (
    Server(
        name="gunicorn-sync",
        summary="gunicorn, sync worker: one request per process at a time, a new connection for each",
        interface="wsgi",
        arguments=(*_GUNICORN, "--worker-class", "sync", *_GUNICORN_QUIET, "{application}"),
        modules={"gunicorn": "gunicorn"},
        parameters=(_WORKERS,),
        slots=("workers",),
        processes="workers",
    ),
    Server(
        name="gunicorn-gthread",
        summary="gunicorn, threaded worker: as many requests at once as there are threads",
        interface="wsgi",
        arguments=(
            *_GUNICORN,
            "--worker-class",
            "gthread",
            "--threads",
            "{threads}",
            *_GUNICORN_QUIET,
            "{application}",
        ),
        modules={"gunicorn": "gunicorn"},
        parameters=(
            _WORKERS,
            Parameter(
                name="threads",
                default=16,
                minimum=2,
                maximum=4096,
                summary="threads per worker; gunicorn's own default is 1, which is the sync worker",
            ),
        ),
        slots=("workers", "threads"),
        processes="workers",
    ),
    Server(
        name="gunicorn-uvicorn",
        summary="gunicorn managing uvicorn workers (uvicorn-worker), uvloop and httptools",
        interface="asgi",
        arguments=(
            *_GUNICORN,
            "--worker-class",
            "uvicorn_worker.UvicornWorker",
            *_GUNICORN_QUIET,
            "{application}",
        ),
        modules={
            "gunicorn": "gunicorn",
            "uvicorn_worker": "uvicorn-worker",
            "uvloop": "uvloop",
            "httptools": "httptools",
        },
        parameters=(_WORKERS,),
        processes="workers",
    ),
    Server(
        name="uvicorn",
        summary="uvicorn on its own",
        interface="asgi",
        arguments=(
            *("-m", "uvicorn", "--host", "{host}", "--port", "{port}", "--workers", "{workers}"),
            *("--loop", "{loop}", "--http", "{http}", "--lifespan", "off", "--no-access-log"),
            *("--log-level", "warning", "--timeout-keep-alive", _KEEP_ALIVE, "{application}"),
        ),
        modules={"uvicorn": "uvicorn", "uvloop": "uvloop", "httptools": "httptools"},
        parameters=(
            _WORKERS,
            Parameter(
                name="loop",
                default="uvloop",
                choices=("uvloop", "asyncio"),
                summary="event loop; uvloop is what uvicorn[standard] picks",
            ),
            Parameter(
                name="http",
                default="httptools",
                choices=("httptools", "h11"),
                summary="HTTP parser; httptools is what uvicorn[standard] picks",
            ),
        ),
        processes="workers",
    ),
    Server(
        name="daphne",
        summary="daphne, one process on Twisted",
        interface="asgi",
        arguments=("-m", "daphne", "--bind", "{host}", "--port", "{port}", "--verbosity", "0", "{application}"),
        modules={"daphne": "daphne"},
    ),
    Server(
        name="runserver",
        summary="Django's development server (WSGI, a thread per connection, no reload): not for production",
        interface="wsgi",
        arguments=("-m", "django", "runserver", "--noreload", "--skip-checks", "{host}:{port}"),
        modules={"django": "django"},
    ),
)

SERVERS: Mapping[str, Server] = MappingProxyType({server.name: server for server in _SERVERS})


def parse_server(text: str) -> ServerSpec:
    """``"gunicorn-gthread:threads=4"`` to the server and its values. Raises SpecError with one line."""
    name, given = split_spec(text)
    if name not in SERVERS:
        raise unknown("server", name, SERVERS)
    server = SERVERS[name]
    return ServerSpec(server, MappingProxyType(resolve(name, server.parameters, given)))
