"""Database state and files of servers that stand at the same time: each has its own, and all begin alike."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from djbench.errors import RunFailed
from djbench.target import Fact
from runners.hosts.cpus import CpuSets
from runners.hosts.workspace import Workspace
from runners.servers import instance
from runners.servers.instance import Instance
from runners.servers.lookup import parse_server
from runners.services.place import Place
from runners.services.running import running_services
from tests.unit.site import SITE, parse_pattern

EVERYWHERE = CpuSets((), ())
STANDING = 2
WRITES = parse_pattern("orm_write:rows=3")
READS = parse_pattern("orm_read")


def url_of(place: Place) -> str:
    return place.environment[SITE.variables[Fact.DATABASE_URL]]


def on(url: str, statement: str) -> list[tuple[object, ...]]:
    """What somebody else finds in the database."""
    with psycopg.connect(url, autocommit=True, application_name="somebody else") as connection:
        return connection.execute(statement.encode()).fetchall()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database of somebody's."""
    with (
        Workspace("cluster", tmp_path_factory.mktemp("logs")) as workspace,
        running_services(SITE, "postgres", workspace, EVERYWHERE, {"database"}) as around,
    ):
        info = psycopg.conninfo.conninfo_to_dict(url_of(around.place(0)))
        yield f"postgresql://{info['user']}@/postgres?host={info['host']}"


@pytest.fixture(params=["sqlite", "postgres", "schemas"])
def choice(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn."""
    kind: str = request.param
    return str(request.getfixturevalue("cluster")) if kind == "schemas" else kind


def answers_on(server: Instance, rows: int) -> None:
    """Write, and read what was there before."""
    for _ in range(rows // 3):
        assert server.ask(WRITES.request("sync"), 10).status == 200
    assert server.ask(READS.request("sync"), 10).status == 200


def written(place: Place) -> int:
    """How many rows load has written there."""
    url = url_of(place)
    statement = "SELECT count(*) FROM target_site_entry"
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            return int(connection.execute(statement).fetchone()[0])
    (row,) = on(url, statement)
    return int(str(row[0]))


def test_what_one_server_writes_its_rival_does_not_meet(choice: str) -> None:
    with (
        Workspace("places") as workspace,
        running_services(SITE, choice, workspace, EVERYWHERE, {"database"}) as around,
    ):
        first = around.place(0)
        spec = parse_server("uvicorn")
        with instance.running_server(
            spec, SITE, workspace, environment=first.site_environment(pool_size=4), cpus=(), log="first"
        ) as one:
            answers_on(one, 6)
            second = around.place(1)  # made while the first server stands
            assert around.place(1) is second
            with instance.running_server(
                spec, SITE, workspace, environment=second.site_environment(pool_size=4), cpus=(), log="second"
            ) as other:
                answers_on(other, 3)
                assert (written(first), written(second)) == (6, 3)
                one.reset(5)
                assert (written(first), written(second)) == (0, 3)
                if first.database.backends and second.database.backends:
                    counts = [place.database.backends.count() for place in (first, second) if place.database.backends]
                    assert [set(count) - {"somebody else"} for count in counts] == [{"djbench site"}] * STANDING
        files = [place.folder / "file_read.bin" for place in (first, second)]
        assert files[0].read_bytes() == files[1].read_bytes()
        assert not files[0].samefile(files[1])


def test_connections_of_rivals_in_one_database_are_told_apart(cluster: str) -> None:
    with (
        Workspace("places") as workspace,
        running_services(SITE, f"{cluster}&application_name=shop", workspace, EVERYWHERE, {"database"}) as around,
    ):
        places = [around.place(number) for number in range(STANDING)]
        backends = [place.database.backends for place in places]
        assert backends[0] is not None
        assert backends[1] is not None
        with psycopg.connect(url_of(places[0])), psycopg.connect(url_of(places[1])), psycopg.connect(url_of(places[1])):
            assert backends[0].count() == {"shop": 1}
            assert backends[1].count() == {"shop": 2}
            with psycopg.connect(cluster, application_name="somebody else"):
                assert backends[0].count() == {"shop": 1, "somebody else": 1}


def test_every_schema_of_a_run_is_dropped(cluster: str) -> None:
    schemas = "SELECT schema_name FROM information_schema.schemata ORDER BY 1"
    before = on(cluster, schemas)
    with (
        Workspace("places") as workspace,
        running_services(SITE, cluster, workspace, EVERYWHERE, {"database"}) as around,
    ):
        around.place(1)
        made = sorted(str(name) for (name,) in set(on(cluster, schemas)) - set(before))
        assert [name.rpartition("_")[2] for name in made] == ["0", "1"]
    assert on(cluster, schemas) == before


def test_a_schema_that_cannot_be_dropped_is_named(cluster: str, caplog: pytest.LogCaptureFixture) -> None:
    with (
        Workspace("places") as workspace,
        running_services(SITE, cluster, workspace, EVERYWHERE, {"database"}) as around,
        caplog.at_level(logging.WARNING),
    ):
        (schema,) = on(url_of(around.place(0)), "SELECT current_schema()")[0]
        locker = psycopg.connect(url_of(around.place(0)))
        locker.execute("LOCK TABLE target_site_entry")
    locker.close()
    assert f'remove them with: DROP SCHEMA IF EXISTS "{schema}" CASCADE' in caplog.text
    with psycopg.connect(cluster) as connection:
        connection.execute(f'DROP SCHEMA "{schema}" CASCADE'.encode())


@pytest.mark.usefixtures("nothing_left")
def test_a_template_that_somebody_uses_is_one_clear_line(tmp_path: Path) -> None:
    with (
        Workspace("places", tmp_path) as workspace,
        running_services(SITE, "postgres", workspace, EVERYWHERE, {"database"}) as around,
    ):
        template = psycopg.conninfo.make_conninfo(url_of(around.place(0)), dbname="site")
        with psycopg.connect(template), pytest.raises(RunFailed, match=r"no database can be made: .*site") as caught:
            around.place(1)
        assert "\n" not in str(caught.value)
