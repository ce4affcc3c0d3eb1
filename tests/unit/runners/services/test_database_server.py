"""What is told of a database."""

import sqlite3
from contextlib import closing
from pathlib import Path

from runners.services.database_server import Database, database_description


def test_the_journal_of_an_sqlite_database_is_told(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    description = database_description(Database(url=f"sqlite:///{tmp_path / 'db.sqlite3'}"))
    assert description["settings"] == {"journal_mode": "wal"}


def test_a_database_that_no_command_has_made_has_no_settings(tmp_path: Path) -> None:
    description = database_description(Database(url=f"sqlite:///{tmp_path / 'db.sqlite3'}"))
    assert description["settings"] == {}
    assert not list(tmp_path.iterdir())
