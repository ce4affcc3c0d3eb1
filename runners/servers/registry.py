"""The servers djbench knows: one declarative entry each, with its defaults explained; and those from outside.

Defaults are what a server's own documentation recommends (``source``), but for four things, which make servers
comparable: one worker process (``--budget-cores`` gives each server one for each core); 16 threads where there are
threads, for equal slots; kept connections that outlast a window, and as many of them as there can be users; no log of
requests. Where an entry departs from its server's own default beyond that, its comment or the parameter's summary says
why.
"""

from collections.abc import Mapping
from types import MappingProxyType

from djbench.pattern import ASYNC_STYLES
from djbench.plugins import SERVER_PLUGINS
from djbench.server import Server, ServerSpec
from djbench.spec import Parameter, SpecError, resolve, split_spec, unknown
from runners.servers import files as server_files

_WORKERS = Parameter(
    name="workers",
    default=1,
    minimum=1,
    maximum=1024,
    summary="worker processes; one by default, so that servers are compared on equal terms",
)


def _threads(own_default: str) -> Parameter:
    summary = f"threads that run views; 16 for equal slots ({own_default})"
    return Parameter(name="threads", default=16, minimum=1, maximum=4096, summary=summary)


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
# At least as many connections as there may be users, idle ones too. Where a limit is lower those beyond it are not
# accepted before another one closes, and users do not close theirs.
_CONNECTIONS = "10000"
# Connections that may wait to be accepted, for servers whose own default is so low (hypercorn 100, daphne 50, cheroot
# 5) that of users who come together some would be turned away by the kernel and try again a second later. Linux
# allows no more by default (net.core.somaxconn), and uWSGI does not start with more than is allowed.
_BACKLOG = "4096"

_HYPERCORN = (
    "from hypercorn import __main__ as command, config; "
    # Requests on one connection: more than any window has.
    "command.Config = lambda: config.Config.from_mapping(keep_alive_max_requests=1000000000); "
    "raise SystemExit(command.main())"
)

_UVICORN = (
    *("-m", "uvicorn", "--host", "{host}", "--port", "{port}", "--workers", "{workers}", "--lifespan", "off"),
    *("--no-access-log", "--log-level", "warning", "--timeout-keep-alive", _KEEP_ALIVE),
)

_NO_WEBSOCKETS = "uvicorn speaks over WebSockets with a package that this way to install it does not bring"

_GRANIAN = (
    *("-m", "granian", "--host", "{host}", "--port", "{port}", "--workers", "{workers}"),
    # Its backpressure counts connections, idle ones too, and is 1024 shared by the workers if nothing is said.
    *("--log-level", "warning", "--http", "1", "--backpressure", _CONNECTIONS),
)

_RUNSERVER = ("-m", "django", "runserver", "--noreload", "--skip-checks", "{host}:{port}")

_GUNICORN_DESIGN = "https://gunicorn.org/design"
_DJANGO_ASGI = "https://docs.djangoproject.com/en/stable/howto/deployment/asgi"
_GRANIAN_README = "https://github.com/emmett-framework/granian"

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
        source=_GUNICORN_DESIGN,
    ),
    Server(
        name="gunicorn-gthread",
        summary="gunicorn, threaded worker: as many requests at once as there are threads",
        interface="wsgi",
        arguments=(
            *(*_GUNICORN, "--worker-class", "gthread", "--threads", "{threads}"),
            *(*_GUNICORN_QUIET, "--worker-connections", _CONNECTIONS, "{application}"),
        ),
        modules={"gunicorn": "gunicorn"},
        parameters=(_WORKERS, _threads("gunicorn's own default is 1, with which it prefers the sync worker")),
        slots=("workers", "threads"),
        processes="workers",
        source=_GUNICORN_DESIGN,
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
                default=int(_CONNECTIONS),
                minimum=1,
                maximum=100_000,
                summary="connections at a time per worker, idle ones too; gunicorn's own default is 1000",
            ),
        ),
        # Not slots by connections: a user's kept connection counts whether or not it asks for something.
        unbounded="a greenlet per connection",
        processes="workers",
        source=_GUNICORN_DESIGN,
        cannot=dict.fromkeys(
            sorted(ASYNC_STYLES),
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
        source="https://gunicorn.org/asgi",
    ),
    Server(
        name="gunicorn-uvicorn",
        summary="gunicorn managing uvicorn workers (uvicorn-worker), uvloop, httptools and websockets",
        interface="asgi",
        arguments=(*_GUNICORN, "--worker-class", "uvicorn_worker.UvicornWorker", *_GUNICORN_QUIET, "{application}"),
        modules={
            "gunicorn": "gunicorn",
            "uvicorn_worker": "uvicorn-worker",
            "uvloop": "uvloop",
            "httptools": "httptools",
            "websockets": "websockets",
        },
        parameters=(_WORKERS,),
        processes="workers",
        source=f"{_DJANGO_ASGI}/uvicorn",
    ),
    Server(
        name="gunicorn-uvicorn-h11",
        summary="gunicorn managing uvicorn workers on asyncio and h11: what the pip command in Django's docs installs",
        interface="asgi",
        arguments=(*_GUNICORN, "--worker-class", "uvicorn_worker.UvicornH11Worker", *_GUNICORN_QUIET, "{application}"),
        modules={"gunicorn": "gunicorn", "uvicorn_worker": "uvicorn-worker"},
        parameters=(_WORKERS,),
        processes="workers",
        # Its worker takes what it finds, and here it would find one.
        no_websockets=_NO_WEBSOCKETS,
        source=f"{_DJANGO_ASGI}/uvicorn",
    ),
    Server(
        name="uvicorn",
        summary="uvicorn on its own, as uvicorn[standard] installs it: uvloop, httptools and websockets",
        interface="asgi",
        arguments=(*_UVICORN, "--loop", "{loop}", "--http", "{http}", "--ws", "{ws}", "{application}"),
        modules={"uvicorn": "uvicorn", "uvloop": "uvloop", "httptools": "httptools", "websockets": "websockets"},
        parameters=(
            _WORKERS,
            _LOOP,
            Parameter(
                name="http",
                default="httptools",
                choices=("httptools", "h11"),
                summary="HTTP parser; httptools is what uvicorn[standard] picks",
            ),
            Parameter(
                name="ws",
                default="websockets-sansio",
                choices=("websockets-sansio", "wsproto"),
                summary="WebSockets; websockets, by its sans-I/O part, is what uvicorn[standard] picks",
            ),
        ),
        processes="workers",
        source="https://www.uvicorn.org/settings",
    ),
    Server(
        # An entry of its own beside uvicorn's parameters, for it is what many run without having chosen it. With
        # several workers each answer takes 40 ms (docs/methodology.md): that, too, is what they run.
        name="uvicorn-pure",
        summary="uvicorn as a plain `pip install uvicorn` leaves it: asyncio and h11, all in Python",
        interface="asgi",
        arguments=(*_UVICORN, "--loop", "asyncio", "--http", "h11", "--ws", "none", "{application}"),
        modules={"uvicorn": "uvicorn"},
        parameters=(_WORKERS,),
        processes="workers",
        no_websockets=_NO_WEBSOCKETS,
        source="https://www.uvicorn.org",
    ),
    Server(
        name="daphne",
        summary="daphne, one process on Twisted",
        interface="asgi",
        arguments=(
            *("-m", "daphne", "--endpoint", "tcp:port={port}:interface={host}:backlog=" + _BACKLOG),
            *("--verbosity", "0", "{application}"),
        ),
        modules={"daphne": "daphne"},
        source=f"{_DJANGO_ASGI}/daphne",
    ),
    Server(
        name="hypercorn",
        summary="hypercorn, an event loop; HTTP/1.1 by h11",
        interface="asgi",
        arguments=(
            # As its command, but with connections kept: it closes each after a thousand requests, and there is no
            # option for it. Set on the configuration itself: what is set on its class does not reach the workers.
            *("-c", _HYPERCORN),
            *("--bind", "{host}:{port}", "--workers", "{workers}", "--worker-class", "{loop}"),
            *("--log-level", "warning", "--keep-alive", _KEEP_ALIVE, "--backlog", _BACKLOG, "{application}"),
        ),
        modules={"hypercorn": "hypercorn", "uvloop": "uvloop"},
        parameters=(
            _WORKERS,
            Parameter(
                name="loop", default="asyncio", choices=("asyncio", "uvloop"), summary="event loop; hypercorn's default"
            ),
        ),
        processes="workers",
        source="https://hypercorn.readthedocs.io/en/latest/how_to_guides/configuring.html",
    ),
    Server(
        name="granian-wsgi",
        summary="granian: HTTP in Rust, views in as many threads",
        interface="wsgi",
        arguments=(*_GRANIAN, "--interface", "wsgi", "--blocking-threads", "{threads}", "{application}"),
        modules={"granian": "granian"},
        parameters=(_WORKERS, _threads("granian's own default of blocking threads is hundreds at one worker")),
        slots=("workers", "threads"),
        processes="workers",
        source=_GRANIAN_README,
    ),
    Server(
        name="granian-asgi",
        summary="granian: HTTP in Rust, an event loop for the views",
        interface="asgi",
        # asginl: ASGI without lifespan, which Django does not speak.
        arguments=(*_GRANIAN, "--interface", "asginl", "--loop", "{loop}", "{application}"),
        modules={"granian": "granian", "uvloop": "uvloop"},
        parameters=(_WORKERS, _LOOP),
        processes="workers",
        source=_GRANIAN_README,
    ),
    Server(
        name="uwsgi",
        summary="uWSGI: its HTTP router in front, in C, and views in as many threads",
        interface="wsgi",
        program="uwsgi",
        arguments=(
            # The router, a process of its own, is what its documentation wants without a web server in front; it keeps
            # connections, which a worker that speaks HTTP itself (http-socket) does not, or not without giving a thread
            # to each (http11-socket).
            *("--http", "{host}:{port}", "--http-keepalive=" + _KEEP_ALIVE, "--http-auto-chunked"),
            *("--module", "{application}", "--processes", "{workers}", "--threads", "{threads}", "--listen", _BACKLOG),
            # One interpreter, and the application loaded after the fork, as with every other server here: threads and
            # connections of a database pool do not live through a fork.
            *("--master", "--single-interpreter", "--lazy-apps", "--need-app", "--die-on-term", "--disable-logging"),
            # It has a table for as many open files as are allowed, which in containers can be a thousand million.
            *("--max-fd", "32768"),
        ),
        modules={"pyuwsgi": "pyuwsgi"},
        parameters=(_WORKERS, _threads("uWSGI's own default is a single one, and there is no rule, it says")),
        slots=("workers", "threads"),
        processes="workers",
        source="https://uwsgi-docs.readthedocs.io/en/latest/ThingsToKnow.html",
    ),
    Server(
        name="waitress",
        summary="waitress: one process in pure Python, a pool of threads behind an I/O loop",
        interface="wsgi",
        arguments=(
            *("-m", "waitress", "--listen={host}:{port}", "--threads={threads}", "--connection-limit=" + _CONNECTIONS),
            *("--asyncore-use-poll", "--channel-timeout=" + _KEEP_ALIVE, "{application}"),
        ),
        modules={"waitress": "waitress"},
        parameters=(_threads("waitress's own default is 4"),),
        slots=("threads",),
        source="https://docs.pylonsproject.org/projects/waitress/en/latest/arguments.html",
    ),
    Server(
        name="cheroot",
        summary="cheroot, CherryPy's server: one process in pure Python, a pool of threads",
        interface="wsgi",
        arguments=(
            # As its command, but with connections kept: ten of them by default, and there is no option for it.
            *("-c", "from cheroot import cli, wsgi; wsgi.Server.keep_alive_conn_limit = None; cli.main()"),
            *("{application}", "--bind", "{host}:{port}", "--threads", "{threads}", "--max-threads", "{threads}"),
            *("--timeout", _KEEP_ALIVE, "--request-queue-size", _BACKLOG),
        ),
        modules={"cheroot": "cheroot"},
        parameters=(_threads("cheroot's own default is 10"),),
        slots=("threads",),
        source="https://cheroot.readthedocs.io/en/stable/pkg/cheroot.server.html",
    ),
    Server(
        name="runserver",
        summary="Django's development server (WSGI, a thread per connection, no reload): not for production",
        interface="wsgi",
        arguments=_RUNSERVER,
        modules={"django": "django"},
        unbounded="a thread per connection",
        source="https://docs.djangoproject.com/en/stable/ref/django-admin/#runserver",
    ),
    Server(
        name="runserver-asgi",
        summary="Django's development server with daphne in INSTALLED_APPS (ASGI, no reload): not for production",
        interface="asgi",
        arguments=_RUNSERVER,
        modules={"django": "django", "daphne": "daphne"},
        environment={"DJBENCH_APPS": "daphne"},
        source=f"{_DJANGO_ASGI}/daphne",
    ),
)

SERVERS: Mapping[str, Server] = MappingProxyType({server.name: server for server in _SERVERS})


def parse_server(text: str) -> ServerSpec:
    """``"gunicorn-gthread:threads=4"`` to the server and its values. Raises SpecError with one line.

    The name is one of SERVERS, the path of a TOML file, or what an installed package offers (``server_files``).
    """
    name, given = split_spec(text)
    server = _server_named(name)
    return ServerSpec(server, MappingProxyType(resolve(name, server.parameters, given)))


def _server_named(name: str) -> Server:
    if name.endswith(".toml"):
        return server_files.from_file(name)
    if name in SERVERS:
        return SERVERS[name]
    if name in (plugins := SERVER_PLUGINS.plugins()):
        return SERVER_PLUGINS.load(name, SERVERS, server_files.require_sound_server)
    raise unknown("server", name, [*SERVERS, *plugins])


def outside() -> Mapping[str, Server | SpecError]:
    """The servers of installed packages, by name, or the reason why one cannot be used."""
    return SERVER_PLUGINS.load_all(SERVERS, server_files.require_sound_server)
