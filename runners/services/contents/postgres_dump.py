"""Loads a dump of PostgreSQL into a temporary database, with PostgreSQL's own programs."""

import re
from pathlib import Path

from psycopg import Error, connect

from djbench.errors import RunFailed, UsageError
from runners.hosts.workspace import Workspace

_LOAD_S = 3600
_CONNECT_S = 5
_LOG = "dump"
_ERROR = re.compile(r"ERROR:\s+(.*)")
# Roles belong to a cluster, and ours has none but its own; the schema ``public`` is in every database.
_HARMLESS = re.compile(r'role ".*" does not exist|schema "public" already exists')
_TABLES = b"SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"


def load_postgres_dump(file: Path, url: str, programs: Path, workspace: Workspace, *, custom: bool) -> None:
    """Load it. custom: it is of PostgreSQL's own format, and not SQL.

    Raises UsageError, with the first error, for a dump that is not loaded whole, and ProcessFailed.
    """
    into = ("--dbname", url)
    if custom:
        command = [str(programs / "pg_restore"), "--no-owner", "--no-privileges", *into, str(file)]
    else:
        quiet = ("--no-psqlrc", "--quiet", "--output", "/dev/null")
        command = [str(programs / "psql"), *quiet, *into, "--file", str(file)]
    log_file = workspace.logs / f"{_LOG}.log"
    before = log_file.stat().st_size if log_file.exists() else 0  # a run that goes on loaded it before
    with workspace.process(_LOG, command, environment={}, log=_LOG) as process:
        code = process.wait(_LOAD_S)
    log = log_file.read_bytes()[before:].decode(errors="replace")
    if reason := first_error(log):
        raise UsageError(f'data = "dump:{file.name}": {reason}')
    if code and not custom:
        last = (log.strip().splitlines() or [f"psql ended with exit code {code}"])[-1]
        raise UsageError(f'data = "dump:{file.name}": {last}')
    _require_tables(file, url)


def first_error(log: str) -> str | None:
    """The first error in what psql or pg_restore said that matters, and what to do about it; None if there is none."""
    errors = [match[1].strip() for line in log.splitlines() if (match := _ERROR.search(line))]
    serious = next((error for error in errors if not _HARMLESS.search(error)), None)
    if serious is None or "extension" not in serious:
        return serious
    return f"{serious}; use a server that has it: --database postgresql://..."


def _require_tables(file: Path, url: str) -> None:
    """Raises UsageError if the database is as empty as before: the dump has another one of its own."""
    try:
        with connect(url, connect_timeout=_CONNECT_S) as connection:
            (tables,) = connection.execute(_TABLES).fetchone() or (0,)
    except Error as error:
        raise RunFailed(f"the database does not tell its tables: {str(error).splitlines()[0]}") from None
    if not tables:
        raise UsageError(
            f'data = "dump:{file.name}": it makes no table in the database that it is loaded into; '
            "make it with pg_dump without --create, and not with pg_dumpall"
        )
