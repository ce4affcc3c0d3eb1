"""The servers djbench knows: one declarative entry each, with its defaults explained.

Defaults are what a server's own documentation recommends (``source``), except for four things that make servers
comparable:

- one worker process (``--budget-cores`` gives each server one for each core);
- 16 threads if it has threads, for equal slots;
- kept connections that outlast a window, and as many of them as there can be users;
- no log of requests.

If an entry departs from its server's own default beyond that, its comment or the parameter's summary says why.
"""

from collections.abc import Mapping
from types import MappingProxyType

from djbench.pattern import ASYNC_STYLES
from djbench.server import Server, Since
from djbench.spec import Parameter
from runners.servers.deployment_files import HYPERCORN_FILE, UWSGI_FILE, gunicorn_file, systemd_unit
from runners.servers.shared_settings import BACKLOG, CONNECTIONS, KEEP_ALIVE_S, LOOP, REQUESTS, WORKERS, threads

_GUNICORN = ("-m", "gunicorn", "--bind", "{host}:{port}", "--workers", "{workers}", "--no-control-socket")
_GUNICORN_SINCE = {"--no-control-socket": Since(package="gunicorn", version="25.1", dispensable=True)}
_GUNICORN_QUIET = ("--log-level", "warning", "--keep-alive", KEEP_ALIVE_S, "--timeout", "120")
_GUNICORN_DESIGN = "https://gunicorn.org/design"
_DJANGO_ASGI = "https://docs.djangoproject.com/en/stable/howto/deployment/asgi"

_UVICORN = (
    *("--host", "{host}", "--port", "{port}", "--workers", "{workers}", "--lifespan", "off"),
    *("--no-access-log", "--log-level", "warning", "--timeout-keep-alive", KEEP_ALIVE_S),
)
_UVICORN_STANDARD = (*_UVICORN, "--loop", "{loop}", "--http", "{http}", "--ws", "{ws}", "{application}")
_UVICORN_PURE = (*_UVICORN, "--loop", "asyncio", "--http", "h11", "--ws", "none", "{application}")
_NO_WEBSOCKETS = "uvicorn speaks over WebSockets with a package that this way to install it does not bring"

_DAPHNE = (
    *("--endpoint", f"tcp:port={{port}}:interface={{host}}:backlog={BACKLOG}"),
    *("--verbosity", "0", "{application}"),
)

# As its command, but with connections kept: it closes each after a thousand requests, and there is no option for it.
# Set on the configuration itself: what is set on its class does not reach the workers.
_HYPERCORN = (
    "from hypercorn import __main__ as command, config; "
    f"command.Config = lambda: config.Config.from_mapping(keep_alive_max_requests={REQUESTS}); "
    "raise SystemExit(command.main())"
)

_GRANIAN = (
    *("--host", "{host}", "--port", "{port}", "--workers", "{workers}"),
    # Its backpressure counts connections, idle ones too, and is 1024 shared by the workers if nothing is said.
    *("--log-level", "warning", "--http", "1", "--backpressure", CONNECTIONS),
)
_GRANIAN_WSGI = (*_GRANIAN, "--interface", "wsgi", "--blocking-threads", "{threads}", "{application}")
# asginl: ASGI without lifespan, which Django does not speak.
_GRANIAN_ASGI = (*_GRANIAN, "--interface", "asginl", "--loop", "{loop}", "{application}")
_GRANIAN_README = "https://github.com/emmett-framework/granian"

_WAITRESS = (
    *("--listen={host}:{port}", "--threads={threads}", f"--connection-limit={CONNECTIONS}"),
    *("--asyncore-use-poll", f"--channel-timeout={KEEP_ALIVE_S}", "{application}"),
)

_CHEROOT = (
    # As its command, but with connections kept: ten of them by default, and there is no option for it.
    *("-c", "from cheroot import cli, wsgi; wsgi.Server.keep_alive_conn_limit = None; cli.main()"),
    *("{application}", "--bind", "{host}:{port}", "--threads", "{threads}", "--max-threads", "{threads}"),
    *("--timeout", KEEP_ALIVE_S, "--request-queue-size", BACKLOG),
)

_RUNSERVER = ("-m", "django", "runserver", "--noreload", "--skip-checks", "{host}:{port}")
_NOT_FOR_PRODUCTION = "it is Django's development server, not made for production"

_SERVERS = (
    Server(
        name="gunicorn-sync",
        summary="gunicorn, sync worker: one request per process at a time, a new connection for each",
        interface="wsgi",
        arguments=(*_GUNICORN, "--worker-class", "sync", *_GUNICORN_QUIET, "{application}"),
        modules={"gunicorn": "gunicorn"},
        since=_GUNICORN_SINCE,
        parameters=(WORKERS,),
        slots=("workers",),
        processes="workers",
        colour="#bd341d",
        deployment=gunicorn_file("sync"),
        source=_GUNICORN_DESIGN,
    ),
    Server(
        name="gunicorn-gthread",
        summary="gunicorn, threaded worker: as many requests at once as there are threads",
        interface="wsgi",
        arguments=(
            *(*_GUNICORN, "--worker-class", "gthread", "--threads", "{threads}"),
            *(*_GUNICORN_QUIET, "--worker-connections", CONNECTIONS, "{application}"),
        ),
        modules={"gunicorn": "gunicorn"},
        since=_GUNICORN_SINCE,
        parameters=(WORKERS, threads("gunicorn's own default is 1, with which it prefers the sync worker")),
        slots=("workers", "threads"),
        processes="workers",
        colour="#d55e00",
        deployment=gunicorn_file("gthread", threads="{threads}", worker_connections=CONNECTIONS),
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
        # Its worker imports packaging, which not every gunicorn brings.
        modules={"gunicorn": "gunicorn", "gevent": "gevent", "packaging": "packaging"},
        since=_GUNICORN_SINCE,
        parameters=(
            WORKERS,
            Parameter(
                name="connections",
                default=int(CONNECTIONS),
                minimum=1,
                maximum=100_000,
                summary="connections at a time per worker, idle ones too; gunicorn's own default is 1000",
            ),
        ),
        # Not slots by connections: a user's kept connection counts whether or not it asks for something.
        unbounded="a greenlet per connection",
        processes="workers",
        colour="#0d7ffa",
        deployment=gunicorn_file("gevent", worker_connections="{connections}"),
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
        since={**_GUNICORN_SINCE, "--worker-class asgi": Since(package="gunicorn", version="24.0")},
        parameters=(WORKERS, LOOP),
        processes="workers",
        colour="#22a73a",
        deployment=gunicorn_file("asgi", asgi_loop='"{loop}"', asgi_lifespan='"off"'),
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
        since=_GUNICORN_SINCE,
        parameters=(WORKERS,),
        processes="workers",
        colour="#009e73",
        deployment=gunicorn_file("uvicorn_worker.UvicornWorker"),
        source=f"{_DJANGO_ASGI}/uvicorn",
    ),
    Server(
        name="gunicorn-uvicorn-h11",
        summary="gunicorn managing uvicorn workers on asyncio and h11: what the pip command in Django's docs installs",
        interface="asgi",
        arguments=(*_GUNICORN, "--worker-class", "uvicorn_worker.UvicornH11Worker", *_GUNICORN_QUIET, "{application}"),
        modules={"gunicorn": "gunicorn", "uvicorn_worker": "uvicorn-worker"},
        since=_GUNICORN_SINCE,
        parameters=(WORKERS,),
        processes="workers",
        # Its worker takes what it finds, and here it would find one.
        no_websockets=_NO_WEBSOCKETS,
        colour="#8d8fc6",
        deployment=gunicorn_file("uvicorn_worker.UvicornH11Worker"),
        source=f"{_DJANGO_ASGI}/uvicorn",
    ),
    Server(
        name="uvicorn",
        summary="uvicorn on its own, as uvicorn[standard] installs it: uvloop, httptools and websockets",
        interface="asgi",
        arguments=("-m", "uvicorn", *_UVICORN_STANDARD),
        modules={"uvicorn": "uvicorn", "uvloop": "uvloop", "httptools": "httptools", "websockets": "websockets"},
        # Older versions take websockets, which is what they had.
        since={"--ws websockets-sansio": Since(package="uvicorn", version="0.35", dispensable=True)},
        parameters=(
            WORKERS,
            LOOP,
            Parameter(
                name="http",
                default="httptools",
                choices=("httptools", "h11"),
                summary="HTTP parser; uvicorn[standard] picks httptools",
            ),
            Parameter(
                name="ws",
                default="websockets-sansio",
                choices=("websockets-sansio", "wsproto"),
                summary="WebSocket library; uvicorn[standard] picks websockets-sansio",
            ),
        ),
        processes="workers",
        colour="#0072b2",
        deployment=systemd_unit("uvicorn", *_UVICORN_STANDARD),
        source="https://www.uvicorn.org/settings",
    ),
    Server(
        # An entry of its own beside uvicorn's parameters, for it is what many run without having chosen it. With
        # several workers each answer takes 40 ms (docs/methodology.md): that, too, is what they run.
        name="uvicorn-pure",
        summary="uvicorn as a plain `pip install uvicorn` leaves it: asyncio and h11, all in Python",
        interface="asgi",
        arguments=("-m", "uvicorn", *_UVICORN_PURE),
        modules={"uvicorn": "uvicorn"},
        parameters=(WORKERS,),
        processes="workers",
        no_websockets=_NO_WEBSOCKETS,
        colour="#f4476f",
        deployment=systemd_unit("uvicorn", *_UVICORN_PURE),
        source="https://www.uvicorn.org",
    ),
    Server(
        name="daphne",
        summary="daphne, one process on Twisted",
        interface="asgi",
        arguments=("-m", "daphne", *_DAPHNE),
        modules={"daphne": "daphne"},
        colour="#b9179e",
        deployment=systemd_unit("daphne", *_DAPHNE),
        source=f"{_DJANGO_ASGI}/daphne",
    ),
    Server(
        name="hypercorn",
        summary="hypercorn, an event loop; HTTP/1.1 by h11",
        interface="asgi",
        arguments=(
            *("-c", _HYPERCORN),
            *("--bind", "{host}:{port}", "--workers", "{workers}", "--worker-class", "{loop}"),
            *("--log-level", "warning", "--keep-alive", KEEP_ALIVE_S, "--backlog", BACKLOG, "{application}"),
        ),
        modules={"hypercorn": "hypercorn", "uvloop": "uvloop"},
        parameters=(
            WORKERS,
            Parameter(
                name="loop",
                default="asyncio",
                choices=("asyncio", "uvloop"),
                summary="event loop; hypercorn's default is asyncio",
            ),
        ),
        processes="workers",
        colour="#9437cf",
        deployment=HYPERCORN_FILE,
        source="https://hypercorn.readthedocs.io/en/latest/how_to_guides/configuring.html",
    ),
    Server(
        name="granian-wsgi",
        summary="granian: HTTP in Rust, views in as many threads",
        interface="wsgi",
        arguments=("-m", "granian", *_GRANIAN_WSGI),
        modules={"granian": "granian"},
        parameters=(WORKERS, threads("granian's own default of blocking threads is hundreds at one worker")),
        slots=("workers", "threads"),
        processes="workers",
        colour="#8717fd",
        deployment=systemd_unit("granian", *_GRANIAN_WSGI),
        source=_GRANIAN_README,
    ),
    Server(
        name="granian-asgi",
        summary="granian: HTTP in Rust, an event loop for the views",
        interface="asgi",
        arguments=("-m", "granian", *_GRANIAN_ASGI),
        modules={"granian": "granian", "uvloop": "uvloop"},
        parameters=(WORKERS, LOOP),
        processes="workers",
        colour="#2f9fa0",
        deployment=systemd_unit("granian", *_GRANIAN_ASGI),
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
            *("--http", "{host}:{port}", f"--http-keepalive={KEEP_ALIVE_S}", "--http-auto-chunked"),
            *("--module", "{application}", "--processes", "{workers}", "--threads", "{threads}", "--listen", BACKLOG),
            # One interpreter, and the application loaded after the fork, as with every other server here: threads and
            # connections of a database pool do not live through a fork.
            *("--master", "--single-interpreter", "--lazy-apps", "--need-app", "--die-on-term", "--disable-logging"),
            # It has a table for as many open files as are allowed, which in containers can be a thousand million.
            *("--max-fd", "32768"),
        ),
        modules={"pyuwsgi": "pyuwsgi"},
        parameters=(WORKERS, threads("uWSGI's own default is a single one, and there is no rule, it says")),
        slots=("workers", "threads"),
        processes="workers",
        helpers=2,
        colour="#5d7f3b",
        deployment=UWSGI_FILE,
        source="https://uwsgi-docs.readthedocs.io/en/latest/ThingsToKnow.html",
    ),
    Server(
        name="waitress",
        summary="waitress: one process in pure Python, a pool of threads behind an I/O loop",
        interface="wsgi",
        arguments=("-m", "waitress", *_WAITRESS),
        modules={"waitress": "waitress"},
        parameters=(threads("waitress's own default is 4"),),
        slots=("threads",),
        colour="#ad7ee2",
        deployment=systemd_unit("waitress-serve", *_WAITRESS),
        source="https://docs.pylonsproject.org/projects/waitress/en/latest/arguments.html",
    ),
    Server(
        name="cheroot",
        summary="cheroot, CherryPy's server: one process in pure Python, a pool of threads",
        interface="wsgi",
        arguments=_CHEROOT,
        modules={"cheroot": "cheroot"},
        parameters=(threads("cheroot's own default is 10"),),
        slots=("threads",),
        colour="#6b6749",
        deployment=systemd_unit("python", *_CHEROOT),
        source="https://cheroot.readthedocs.io/en/stable/pkg/cheroot.server.html",
    ),
    Server(
        name="runserver",
        summary="Django's development server (WSGI, a thread per connection, no reload): not for production",
        interface="wsgi",
        arguments=_RUNSERVER,
        modules={"django": "django"},
        unbounded="a thread per connection",
        colour="#9c4a73",
        unfit=_NOT_FOR_PRODUCTION,
        source="https://docs.djangoproject.com/en/stable/ref/django-admin/#runserver",
    ),
    Server(
        name="runserver-asgi",
        summary="Django's development server with daphne in INSTALLED_APPS (ASGI, no reload): not for production",
        interface="asgi",
        arguments=_RUNSERVER,
        modules={"django": "django", "daphne": "daphne"},
        since={"runserver": Since(package="daphne", version="4.0")},
        apps=("daphne",),
        colour="#de1efb",
        unfit=_NOT_FOR_PRODUCTION,
        source=f"{_DJANGO_ASGI}/daphne",
    ),
)

SERVERS: Mapping[str, Server] = MappingProxyType({server.name: server for server in _SERVERS})
