"""How to run a server as it was measured, with a project of one's own: its command line and its file. Pure.

From a server's canonical spec string alone, for the servers that djbench brings; for others from the command line that
the run's record keeps.
"""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_ADDRESS, _HOST, _PORT = "127.0.0.1:8000", "127.0.0.1", "8000"
_FOLDER = "/srv/yourproject"
# Load balancers keep connections for a minute; a server that closes them before answers some requests with a reset.
_KEEP_ALIVE_S = 75
_TIMEOUT_S = 120
# As measured: more users than that do not come, and as many may wait to be accepted as Linux allows by default.
_CONNECTIONS, _BACKLOG, _REQUESTS = "10000", "4096", "1000000000"

# A run's directory may come from anywhere; what goes into a file that somebody copies is a word or a number.
_PLAIN = re.compile(r"[a-z0-9-]+(:[a-z_]+=[A-Za-z0-9_.-]+(,[a-z_]+=[A-Za-z0-9_.-]+)*)?")

# Servers that no site should run on, each with the reason.
NOT_FOR_PRODUCTION: Mapping[str, str] = dict.fromkeys(
    ("runserver", "runserver-asgi"), "it is Django's development server, not made for production"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A server to be run. ``command``: what to type, beside ``text``, the file ``file`` (None for none)."""

    server: str
    command: str
    file: str | None = None
    text: str | None = None

    def to_json(self) -> dict[str, str | None]:
        """As it stands in summary.json."""
        return {"server": self.server, "command": self.command, "file": self.file, "text": self.text}


def deployment(server: str, interface: str, measured: Sequence[str] = ()) -> Deployment | None:
    """How to run ``server`` (canonical spec) with the ``wsgi`` or ``asgi`` application of a project.

    measured: its command line as the run's record has it, with placeholders (``records.Run.commands``); it is all there
    is for a server from outside. None where nothing is known.
    """
    name, _, rest = server.partition(":")
    make = _KNOWN.get(name)
    if make is not None and _PLAIN.fullmatch(server):
        values = dict(pair.split("=", 1) for pair in rest.split(",") if pair)
        try:
            return make(server, values, f"yourproject.{interface}:application")
        except KeyError:
            pass  # another djbench's server of that name has other parameters
    return Deployment(server=server, command=shlex.join(measured)) if measured else None


_Make = Callable[[str, Mapping[str, str], str], Deployment]


def _gunicorn(worker_class: str, **further: str) -> _Make:
    """A gunicorn.conf.py. ``further``: gunicorn's settings, each with the parameter or the quoted text it is."""

    def make(server: str, values: Mapping[str, str], application: str) -> Deployment:
        lines = [
            f"# {server}, as djbench measured it",
            f'wsgi_app = "{application}"',
            f'bind = "{_ADDRESS}"',
            f"workers = {values['workers']}",
            f'worker_class = "{worker_class}"',
            *(f"{setting} = {value.format_map(values)}" for setting, value in further.items()),
            f"keepalive = {_KEEP_ALIVE_S}  # seconds; longer than a load balancer in front keeps a connection",
            f"timeout = {_TIMEOUT_S}  # seconds until a worker that does not answer is replaced",
        ]
        return Deployment(
            server=server,
            command="gunicorn --config gunicorn.conf.py",
            file="gunicorn.conf.py",
            text="\n".join(lines) + "\n",
        )

    return make


def _hypercorn(server: str, values: Mapping[str, str], application: str) -> Deployment:
    lines = [
        f"# {server}, as djbench measured it",
        f'bind = ["{_ADDRESS}"]',
        f"workers = {values['workers']}",
        f'worker_class = "{values["loop"]}"',
        f"keep_alive_timeout = {_KEEP_ALIVE_S}  # seconds",
        f"keep_alive_max_requests = {_REQUESTS}  # of one connection; its own default closes it after a thousand",
        f"backlog = {_BACKLOG}",
        'loglevel = "WARNING"',
    ]
    return Deployment(
        server=server,
        command=f"hypercorn --config hypercorn.toml {application}",
        file="hypercorn.toml",
        text="\n".join(lines) + "\n",
    )


def _uwsgi(server: str, values: Mapping[str, str], application: str) -> Deployment:
    lines = [
        f"; {server}, as djbench measured it",
        "[uwsgi]",
        f"http = {_ADDRESS}",
        f"http-keepalive = {_KEEP_ALIVE_S}",
        "http-auto-chunked = true",
        f"module = {application}",
        f"processes = {values['workers']}",
        f"threads = {values['threads']}",
        "; no more than the system allows (net.core.somaxconn), else it does not start",
        f"listen = {_BACKLOG}",
        *(f"{switch} = true" for switch in ("master", "single-interpreter", "lazy-apps", "need-app", "die-on-term")),
        "disable-logging = true",
        "max-fd = 32768",
    ]
    return Deployment(server=server, command="uwsgi --ini uwsgi.ini", file="uwsgi.ini", text="\n".join(lines) + "\n")


def _unit(program: str, *arguments: str) -> _Make:
    """A systemd unit for a server that has no file of its own; ``{…}`` are parameters, and the application."""

    def make(server: str, values: Mapping[str, str], application: str) -> Deployment:
        filled = [argument.format_map({**values, "application": application}) for argument in arguments]
        lines = [
            f"# {server}, as djbench measured it",
            "[Unit]",
            f"Description=yourproject under {program}",
            "After=network.target",
            "",
            "[Service]",
            f"WorkingDirectory={_FOLDER}",
            "Environment=DJANGO_SETTINGS_MODULE=yourproject.settings",
            f"ExecStart={shlex.join([f'{_FOLDER}/.venv/bin/{program}', *filled])}",
            "Restart=on-failure",
            "",
            "[Install]",
            "WantedBy=multi-user.target",
        ]
        return Deployment(
            server=server,
            command=shlex.join([program, *filled]),
            file="yourproject.service",
            text="\n".join(lines) + "\n",
        )

    return make


_GRANIAN = (
    *("--host", _HOST, "--port", _PORT, "--workers", "{workers}", "--log-level", "warning", "--http", "1"),
    *("--backpressure", _CONNECTIONS),
)
_UVICORN = (
    *("--host", _HOST, "--port", _PORT, "--workers", "{workers}", "--lifespan", "off", "--no-access-log"),
    *("--log-level", "warning", "--timeout-keep-alive", str(_KEEP_ALIVE_S)),
)

_KNOWN: Mapping[str, _Make] = {
    "gunicorn-sync": _gunicorn("sync"),
    "gunicorn-gthread": _gunicorn("gthread", threads="{threads}", worker_connections=_CONNECTIONS),
    "gunicorn-gevent": _gunicorn("gevent", worker_connections="{connections}"),
    "gunicorn-asgi": _gunicorn("asgi", asgi_loop='"{loop}"', asgi_lifespan='"off"'),
    "gunicorn-uvicorn": _gunicorn("uvicorn_worker.UvicornWorker"),
    "gunicorn-uvicorn-h11": _gunicorn("uvicorn_worker.UvicornH11Worker"),
    "hypercorn": _hypercorn,
    "uwsgi": _uwsgi,
    "uvicorn": _unit("uvicorn", *_UVICORN, "--loop", "{loop}", "--http", "{http}", "--ws", "{ws}", "{application}"),
    "uvicorn-pure": _unit("uvicorn", *_UVICORN, "--loop", "asyncio", "--http", "h11", "--ws", "none", "{application}"),
    "daphne": _unit(
        *("daphne", "--endpoint", f"tcp:port={_PORT}:interface={_HOST}:backlog={_BACKLOG}"),
        *("--verbosity", "0", "{application}"),
    ),
    "granian-wsgi": _unit(
        "granian", *_GRANIAN, "--interface", "wsgi", "--blocking-threads", "{threads}", "{application}"
    ),
    "granian-asgi": _unit("granian", *_GRANIAN, "--interface", "asginl", "--loop", "{loop}", "{application}"),
    "waitress": _unit(
        "waitress-serve",
        *(f"--listen={_ADDRESS}", "--threads={threads}", f"--connection-limit={_CONNECTIONS}", "--asyncore-use-poll"),
        *(f"--channel-timeout={_KEEP_ALIVE_S}", "{application}"),
    ),
    "cheroot": _unit(
        # Its command keeps ten connections at most, and has no option for it.
        *("python", "-c", "from cheroot import cli, wsgi; wsgi.Server.keep_alive_conn_limit = None; cli.main()"),
        *("{application}", "--bind", _ADDRESS, "--threads", "{threads}", "--max-threads", "{threads}"),
        *("--timeout", str(_KEEP_ALIVE_S), "--request-queue-size", _BACKLOG),
    ),
}
