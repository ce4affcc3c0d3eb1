"""The servers djbench knows: one declarative entry each, with its defaults explained; and those from outside."""

from collections.abc import Mapping
from types import MappingProxyType

from runners import server_files
from runners.server import Server, ServerSpec
from target_site.parameters import Parameter, resolve, split_spec, unknown

_WORKERS = Parameter(
    name="workers",
    default=1,
    minimum=1,
    maximum=1024,
    summary="worker processes; one by default, so that servers are compared on equal terms",
)
_LOOP = Parameter(
    name="loop",
    default="uvloop",
    choices=("uvloop", "asyncio"),
    summary="event loop; uvloop is what servers pick by themselves where it is installed",
)
# gunicorn and uvicorn-worker end an idle kept connection after 2 s by default; a load balancer in front would be told
# to keep it longer. All servers here outlast the pauses of a measurement.
_KEEP_ALIVE = "75"
_GUNICORN = ("-m", "gunicorn", "--bind", "{host}:{port}", "--workers", "{workers}", "--no-control-socket")
_GUNICORN_QUIET = ("--log-level", "warning", "--keep-alive", _KEEP_ALIVE, "--timeout", "120")

_GRANIAN = (
    *("-m", "granian", "--host", "{host}", "--port", "{port}", "--workers", "{workers}"),
    *("--log-level", "warning", "--http", "1"),
)

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
                minimum=1,
                maximum=4096,
                summary="threads per worker; gunicorn's own default is 1, with which it prefers the sync worker",
            ),
        ),
        slots=("workers", "threads"),
        processes="workers",
    ),
    Server(
        name="gunicorn-gevent",
        summary="gunicorn, gevent worker: a greenlet per connection, the standard library patched",
        interface="wsgi",
        arguments=(
            *(*_GUNICORN, "--worker-class", "gevent", "--worker-connections", "{connections}"),
            # At its end it would wait for connections that are kept.
            *(*_GUNICORN_QUIET, "--graceful-timeout", "1", "{application}"),
        ),
        modules={"gunicorn": "gunicorn", "gevent": "gevent"},
        parameters=(
            _WORKERS,
            Parameter(
                name="connections",
                default=1000,
                minimum=1,
                maximum=100_000,
                summary="connections at a time per worker, idle ones too; gunicorn's default",
            ),
        ),
        processes="workers",
        cannot=dict.fromkeys(
            ("async", "sync_to_async", "blocking"),
            "greenlets share one thread, and asyncio runs one event loop in each: a second async view meanwhile fails",
        ),
    ),
    Server(
        name="gunicorn-asgi",
        summary="gunicorn, its own ASGI worker: an event loop",
        interface="asgi",
        arguments=(
            *(*_GUNICORN, "--worker-class", "asgi", "--asgi-loop", "{loop}", "--asgi-lifespan", "off"),
            # At its end it would wait for connections that are gone (gunicorn discussion 3659).
            *(*_GUNICORN_QUIET, "--graceful-timeout", "1", "{application}"),
        ),
        modules={"gunicorn": "gunicorn", "uvloop": "uvloop"},
        parameters=(_WORKERS, _LOOP),
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
            _LOOP,
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
        name="hypercorn",
        summary="hypercorn, an event loop; HTTP/1.1 by h11",
        interface="asgi",
        arguments=(
            *("-m", "hypercorn", "--bind", "{host}:{port}", "--workers", "{workers}", "--worker-class", "{loop}"),
            *("--log-level", "warning", "--keep-alive", _KEEP_ALIVE, "{application}"),
        ),
        modules={"hypercorn": "hypercorn", "uvloop": "uvloop"},
        parameters=(
            _WORKERS,
            Parameter(
                name="loop", default="asyncio", choices=("asyncio", "uvloop"), summary="event loop; hypercorn's default"
            ),
        ),
        processes="workers",
    ),
    Server(
        name="granian-wsgi",
        summary="granian: HTTP in Rust, views in as many threads",
        interface="wsgi",
        arguments=(*_GRANIAN, "--interface", "wsgi", "--blocking-threads", "{threads}", "{application}"),
        modules={"granian": "granian"},
        parameters=(
            _WORKERS,
            Parameter(
                name="threads",
                default=16,
                minimum=1,
                maximum=4096,
                summary="blocking threads per worker; granian's own default is hundreds at one worker",
            ),
        ),
        slots=("workers", "threads"),
        processes="workers",
    ),
    Server(
        name="granian-asgi",
        summary="granian: HTTP in Rust, an event loop for the views",
        interface="asgi",
        # asginl: ASGI without lifespan, which Django does not speak.
        arguments=(*_GRANIAN, "--interface", "asginl", "--loop", "{loop}", "--no-ws", "{application}"),
        modules={"granian": "granian", "uvloop": "uvloop"},
        parameters=(_WORKERS, _LOOP),
        processes="workers",
    ),
    Server(
        name="waitress",
        summary="waitress: one process in pure Python, a pool of threads behind an I/O loop",
        interface="wsgi",
        arguments=(
            *("-m", "waitress", "--listen={host}:{port}", "--threads={threads}", "--connection-limit=10000"),
            *("--asyncore-use-poll", "--channel-timeout=" + _KEEP_ALIVE, "{application}"),
        ),
        modules={"waitress": "waitress"},
        parameters=(
            Parameter(
                name="threads", default=16, minimum=1, maximum=4096, summary="threads; waitress's own default is 4"
            ),
        ),
        slots=("threads",),
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
    """``"gunicorn-gthread:threads=4"`` to the server and its values. Raises SpecError with one line.

    The name is one of SERVERS, the path of a TOML file, or what an installed package offers (``server_files``).
    """
    name, given = split_spec(text)
    server = server_files.from_file(name) if name.endswith(".toml") else SERVERS.get(name)
    server = server or server_files.from_entry_point(name)
    if server is None:
        raise unknown("server", name, [*SERVERS, *server_files.offered()])
    return ServerSpec(server, MappingProxyType(resolve(name, server.parameters, given)))
