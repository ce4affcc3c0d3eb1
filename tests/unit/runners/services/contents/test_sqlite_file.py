"""Copies of an SQLite file that may be in use, and dumps of one."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from djbench.errors import UsageError
from runners.services.contents.sqlite_file import copy_sqlite, load_sqlite_dump


def filled(file: Path, mode: str) -> sqlite3.Connection:
    """A database with a row that may still be in its journal alone."""
    connection = sqlite3.connect(file)
    connection.execute(f"PRAGMA journal_mode={mode}")
    connection.execute("CREATE TABLE item (name TEXT)")
    connection.execute("INSERT INTO item VALUES ('first')")
    connection.commit()
    return connection


def rows(file: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT name FROM item").fetchall()


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("mode", ["delete", "wal"])
@pytest.mark.parametrize("in_use", [False, True])
def test_a_copy_has_every_row_and_leaves_nothing_beside_the_file(tmp_path: Path, mode: str, *, in_use: bool) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    connection = filled(folder / "db.sqlite3", mode)
    if not in_use:
        connection.close()
    before = content(folder)
    copy_sqlite(folder / "db.sqlite3", tmp_path / "copy.sqlite3")
    assert rows(tmp_path / "copy.sqlite3") == [("first",)]
    assert content(folder).keys() == before.keys()
    assert content(folder)["db.sqlite3"] == before["db.sqlite3"]
    connection.close()


def test_a_log_that_was_left_behind_is_copied_too(tmp_path: Path) -> None:
    with closing(filled(tmp_path / "live.sqlite3", "wal")):
        for ending in ("", "-wal"):
            (tmp_path / f"db.sqlite3{ending}").write_bytes((tmp_path / f"live.sqlite3{ending}").read_bytes())
    copy_sqlite(tmp_path / "db.sqlite3", tmp_path / "copy.sqlite3")
    assert rows(tmp_path / "copy.sqlite3") == [("first",)]
    assert not (tmp_path / "db.sqlite3-shm").exists()


def test_what_is_no_database_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "db.sqlite3").write_text("something else " * 100)
    with pytest.raises(UsageError, match=r"cannot copy .*db\.sqlite3: file is not a database"):
        copy_sqlite(tmp_path / "db.sqlite3", tmp_path / "copy.sqlite3")


def test_a_dump_is_carried_out(tmp_path: Path) -> None:
    with closing(filled(tmp_path / "db.sqlite3", "delete")) as connection:
        (tmp_path / "dump.sql").write_text("\n".join(connection.iterdump()))
    load_sqlite_dump(tmp_path / "dump.sql", tmp_path / "new.sqlite3")
    assert rows(tmp_path / "new.sqlite3") == [("first",)]


def test_a_dump_of_another_database_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "dump.sql").write_text("SELECT pg_catalog.set_config('search_path', '', false);")
    with pytest.raises(UsageError, match=r'data = "dump:dump.sql": .*; give SQL for SQLite'):
        load_sqlite_dump(tmp_path / "dump.sql", tmp_path / "new.sqlite3")
