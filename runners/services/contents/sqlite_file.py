"""Copies an SQLite database that may be in use, and loads a dump of one. The source is only read."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from djbench.errors import UsageError

_MAGIC = b"SQLite format 3\x00"
# Byte 18 of the file is 2 if it has a write-ahead log.
_WRITE_VERSION, _WITH_LOG = 18, 2
_BUSY_S = 10


def is_sqlite(head: bytes) -> bool:
    """Are these the first bytes of an SQLite database?"""
    return head.startswith(_MAGIC)


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy the database. Nothing is left beside the source. Raises UsageError if it cannot be read."""
    try:
        if _log_is_at_rest(source):
            _copy_files(source, target)
            return
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=_BUSY_S)) as original,
            closing(sqlite3.connect(target)) as copy,
        ):
            original.backup(copy)
    except (OSError, sqlite3.Error) as error:
        raise UsageError(f"cannot copy {source}: {getattr(error, 'strerror', None) or error}") from None


def _log_is_at_rest(source: Path) -> bool:
    """Does it have a write-ahead log, and nobody has it open?

    Then even who only reads it makes files beside it, so its files are copied instead.
    """
    with source.open("rb") as file:
        head = file.read(_WRITE_VERSION + 1)
    with_log = is_sqlite(head) and head[_WRITE_VERSION] == _WITH_LOG
    return with_log and not source.with_name(source.name + "-shm").exists()


def _copy_files(source: Path, target: Path) -> None:
    for ending in ("", "-wal"):
        part = source.with_name(source.name + ending)
        if part.exists():
            shutil.copyfile(part, target.with_name(target.name + ending))
    with closing(sqlite3.connect(target)) as copy:
        copy.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def load_sqlite_dump(file: Path, target: Path) -> None:
    """Carry out the statements of a dump. Raises UsageError with the first error."""
    try:
        with closing(sqlite3.connect(target)) as connection:
            connection.executescript(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, sqlite3.Error) as error:
        raise UsageError(
            f'data = "dump:{file.name}": {getattr(error, "strerror", None) or error}; '
            "give SQL for SQLite, as sqlite3 FILE .dump writes it"
        ) from None
