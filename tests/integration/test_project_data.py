"""The data of a reader's project: temporary, filled as it is described, and put back before each start of a server."""

import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from djbench.errors import UsageError
from djbench.target import Target
from runners.services.own_postgres import binaries
from tests.integration.guestbook import DESCRIPTION, around, digest_of, guestbook, served

pytestmark = pytest.mark.usefixtures("nothing_left")

POSTGRES = (
    'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "real", "HOST": "db.invalid"}}\n'
)
ENTRIES = "CREATE TABLE book_entry (id bigint PRIMARY KEY, text varchar(200) NOT NULL);\n"


def text(url: str, **options: str) -> str:
    return httpx.get(url, trust_env=False, headers=options).text


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_what_a_view_writes_is_gone_at_the_next_start(tmp_path: Path, database: str) -> None:
    project = tmp_path / "project"
    target = guestbook(project, settings=POSTGRES if database == "postgres" else "")
    before = digest_of(project)
    with around(target, database) as (workspace, services):
        for _ in range(2):
            with served(target, workspace, services.before_start(0)) as site:
                assert text(f"{site.address}/count/") == "0 entries, 0 files"
                assert text(f"{site.address}/sign/") == text(f"{site.address}/sign/") == "thank you"
                assert text(f"{site.address}/count/") == "2 entries, 2 files"
        with (
            served(target, workspace, services.before_start(0)) as first,
            served(target, workspace, services.before_start(1), "uvicorn") as second,
        ):
            text(f"{first.address}/sign/")
            assert text(f"{second.address}/count/") == "0 entries, 0 files"
    assert digest_of(project) == before


def configured(project: Path, rows: int) -> None:
    """The project's own database: its tables, and some rows."""
    with closing(sqlite3.connect(project / "db.sqlite3")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(ENTRIES)
        connection.executemany("INSERT INTO book_entry VALUES (?, 'here')", [(number,) for number in range(rows)])
        connection.commit()


def entries(target: Target, database: str = "sqlite") -> str:
    with (
        around(target, database) as (workspace, services),
        served(target, workspace, services.before_start(0)) as site,
    ):
        return text(f"{site.address}/count/")


@pytest.fixture
def unmigrated() -> str:
    """A description that leaves the tables to the data."""
    return DESCRIPTION.replace('prepare = [["{python}", "manage.py", "migrate", "--noinput"]]\n', "")


def test_a_copy_of_the_configured_file_is_measured_and_the_file_is_not_touched(tmp_path: Path, unmigrated: str) -> None:
    target = guestbook(tmp_path, f'data = "copy"\n{unmigrated}')
    configured(tmp_path, rows=3)
    before = digest_of(tmp_path)
    assert entries(target) == "3 entries, 0 files"
    assert digest_of(tmp_path) == before


def test_a_dump_of_sqlite_is_loaded(tmp_path: Path, unmigrated: str) -> None:
    (tmp_path / "dump.sql").write_text(f"{ENTRIES}INSERT INTO book_entry VALUES (1, 'here'), (2, 'here');")
    assert entries(guestbook(tmp_path, f'data = "dump:dump.sql"\n{unmigrated}')) == "2 entries, 0 files"


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dumps of the same database in SQL and in PostgreSQL's own format, with a role that only their server has."""
    folder = tmp_path_factory.mktemp("dumps")
    programs = binaries()
    assert programs is not None
    target = guestbook(folder / "project", settings=POSTGRES)
    with around(target, "postgres") as (_, services):
        url = services.place(0).database.url
        fill = (
            "INSERT INTO book_entry SELECT number, 'here; with \\ and a\ttab' FROM generate_series(1, 500) AS number;"
            "CREATE ROLE shop; ALTER TABLE book_entry OWNER TO shop; GRANT SELECT ON book_guest TO shop;"
        )
        subprocess.run([programs / "psql", "-d", url, "-c", fill], check=True, capture_output=True)
        for name, form in (("dump.sql", "plain"), ("dump.custom", "custom"), ("whole.sql", "plain")):
            whole = ["--create"] if name == "whole.sql" else []
            dump = [str(programs / "pg_dump"), "-d", url, "-F", form, "-f", str(folder / name), *whole]
            subprocess.run(dump, check=True)
    return folder


@pytest.mark.parametrize("name", ["dump.sql", "dump.custom"])
def test_a_dump_of_postgresql_is_loaded_and_then_migrated(dumps: Path, name: str, tmp_path: Path) -> None:
    target = guestbook(tmp_path, f'data = "dump:{dumps / name}"\n{DESCRIPTION}', POSTGRES)
    assert entries(target, "postgres") == "500 entries, 0 files"


def refused(target: Target, database: str = "sqlite") -> str:
    with pytest.raises(UsageError) as caught, around(target, database):
        pytest.fail("it is prepared")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_dump_that_cannot_be_loaded_whole_is_one_clear_line(dumps: Path, tmp_path: Path) -> None:
    target = guestbook(tmp_path, settings=POSTGRES)
    broken = tmp_path / "broken.sql"
    broken.write_text("CREATE EXTENSION hstore;\n")
    assert 'extension "hstore" is not available; use a server that has it' in refused(
        replace(target, data=f"dump:{broken}"), "postgres"
    )
    assert "make it with pg_dump without --create" in refused(
        replace(target, data=f"dump:{dumps / 'whole.sql'}"), "postgres"
    )
    assert "cannot read" in refused(replace(target, data="dump:nowhere.sql"), "postgres")
    (tmp_path / "fixture.json").write_text('[{"model": "book.entry"}]')
    assert '"loaddata", "fixture.json"' in refused(replace(target, data="dump:fixture.json"))
    (tmp_path / "dump.sql.gz").write_bytes(b"\x1f\x8b\x08")
    assert "unpack it first" in refused(replace(target, data="dump:dump.sql.gz"))


def test_a_copy_needs_a_file(tmp_path: Path) -> None:
    assert "there is no such file" in refused(guestbook(tmp_path, f'data = "copy"\n{DESCRIPTION}'))
    target = guestbook(tmp_path, f'data = "copy"\n{DESCRIPTION}', POSTGRES)
    assert 'pg_dump --no-owner NAME > dump.sql, and write data = "dump:dump.sql"' in refused(target, "postgres")


def test_a_migration_that_fails_is_one_line_with_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    project = tmp_path / "project"
    target = guestbook(project)
    migration = "raise ValueError('no such column')"
    (project / "book/migrations/0002_broken.py").write_text(migration)
    line = refused(target)
    assert line.startswith("prepare: ")
    assert "manage.py migrate --noinput" in line
    assert "ended with exit code 1: ValueError: no such column; its log: " in line
    assert migration in Path(line.partition("its log: ")[2]).read_text()


QUERY = """
[values.entry]
query = "book.Entry"
"""


def test_rows_come_from_the_prepared_database(tmp_path: Path, unmigrated: str) -> None:
    (tmp_path / "dump.sql").write_text(f"{ENTRIES}INSERT INTO book_entry VALUES (7, 'a'), (5, 'b'), (6, 'a');")
    query = 'fields = ["pk", "text"]\nfilter = { text = "a" }\n'
    target = guestbook(tmp_path, f'data = "dump:dump.sql"\n{unmigrated}{QUERY}{query}')
    with around(target) as (_, services):
        expected = ({"pk": "6", "text": "a"}, {"pk": "7", "text": "a"})
        assert services.place(0).fillings.rows == services.before_start(1).fillings.rows == {"entry": expected}


def test_a_query_without_a_row_is_one_clear_line(tmp_path: Path) -> None:
    line = refused(guestbook(tmp_path, DESCRIPTION + QUERY))
    assert "values entry: the prepared database has no book.Entry that has pk; its data is 'empty'" in line
    line = refused(guestbook(tmp_path, DESCRIPTION + QUERY.replace("book.Entry", "book.Entri")))
    assert "the project has no model book.Entri; give app_label.Model, such as auth.Group" in line
