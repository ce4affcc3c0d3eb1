"""Database state for each standing server: what all kinds of databases have in common, and SQLite."""

import shutil
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from psycopg import Connection, Error

from djbench.errors import RunFailed
from runners.watching.backends import Backends

# What decides how fast PostgreSQL is and how safe; every name of them exists in every version that is supported.
_SETTINGS = (
    *("server_version", "shared_buffers", "effective_cache_size", "work_mem", "fsync", "synchronous_commit"),
    *("full_page_writes", "wal_level", "max_wal_size", "checkpoint_timeout", "max_connections", "jit", "autovacuum"),
    *("random_page_cost", "effective_io_concurrency", "max_parallel_workers_per_gather", "huge_pages", "ssl"),
    *("default_transaction_isolation", "track_activities"),
)

Prepare: TypeAlias = Callable[[str, Path], None]
"""Fills the database of that URL, and writes the target's files into that folder.

If the URL is empty, the database is the configured one, and only read. Raises ProcessFailed, RunFailed, and UsageError.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """The database state of one standing server."""

    #: What the target connects to.
    url: str
    #: The conductor's own connection, which lasts for the run; None if it is not PostgreSQL.
    connection: Connection[Any] | None = None
    #: Counts the connections of others, over that one.
    backends: Backends | None = None


class DatabaseServer(ABC):
    """Gives each standing server a database of its own."""

    #: The server's process; None if djbench did not start it.
    pid: int | None = None

    @abstractmethod
    def database(self, number: int, folder: Path, prepare: Prepare) -> AbstractContextManager[Database]:
        """The prepared database of standing server ``number``, with the target's files in the new folder ``folder``.

        Asked once more for the same number, after the first one's end, it puts all of the state back. Raises RunFailed
        if there is none to be had, and what ``prepare`` raises.
        """


class Template:
    """Prepared once, at first use; the folders of standing servers are copies of its folder.

    All of them are copies, so that no server stands on an original that was written in another way.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._folder = folder

    def copy(self, folder: Path, prepare: Prepare) -> None:
        """Make ``folder`` a copy, in the place of what was there.

        Raises RunFailed if its files cannot be copied, and what ``prepare`` raises.
        """
        if not self._folder.exists():
            self._folder.mkdir()
            prepare(self._url, self._folder)
        try:
            if folder.exists():
                shutil.rmtree(folder)
            shutil.copytree(self._folder, folder, symlinks=True)
        except shutil.Error as error:
            _, _, reason = error.args[0][0]
            raise RunFailed(f"the target's files cannot be copied for each server: {reason}") from None
        except OSError as error:
            raise RunFailed(f"the target's files cannot be put back: {error}") from None


class Sqlite(DatabaseServer):
    """A file for each standing server.

    It is copied with its folder while no process has it open. A journal that was left beside it is copied too.
    """

    def __init__(self, folder: Path) -> None:
        self._template = Template(_file_url(folder), folder)

    def database(self, number: int, folder: Path, prepare: Prepare) -> AbstractContextManager[Database]:  # noqa: ARG002
        """The file in ``folder``."""
        self._template.copy(folder, prepare)
        return nullcontext(Database(url=_file_url(folder)))


def _file_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'database.sqlite3'}"


def database_description(database: Database) -> dict[str, Any]:
    """Version and settings, for the fingerprint. Raises RunFailed if the database does not answer."""
    try:
        if not database.url:
            return {}
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
    version = f"SQLite {sqlite3.sqlite_version}"
    if not Path(file).exists():  # no command has made it, so the target uses no database
        return {"server_version": version, "settings": {}}
    with closing(sqlite3.connect(f"{Path(file).as_uri()}?mode=ro", uri=True)) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    return {"server_version": version, "settings": {"journal_mode": mode}}
