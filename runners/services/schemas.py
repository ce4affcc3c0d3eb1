"""Somebody's PostgreSQL: a schema for each standing server, for there may be no right to create databases."""

import logging
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg import ConnectionInfo, Error, connect
from psycopg.conninfo import make_conninfo

from djbench.errors import RunFailed
from runners.services.database_server import Database, DatabaseServer, Prepare
from runners.watching.backends import APPLICATION, Backends, NamedClients, connected

_LOG = logging.getLogger(__name__)
_CONNECT_S = 5
# What connections of the target are counted under, unless the URL gives them another name.
_SHOWN = "djbench site"


class Schemas(DatabaseServer):
    """New schemas in somebody's database, dropped by ``drop``.

    A connection does not show which schema it uses. So the connections of each standing server have a name of its own.
    """

    def __init__(self, choice: str, shown_choice: str) -> None:
        self._choice = choice
        self._shown_choice = shown_choice
        self._stem = f"djbench_{uuid.uuid4().hex[:16]}"
        self._made: set[str] = set()

    @contextmanager
    def database(self, number: int, folder: Path, prepare: Prepare) -> Iterator[Database]:
        """A schema, prepared as the first one was."""
        url, clients = self._new_schema(f"{self._stem}_{number}")
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir()
        prepare(url, folder)
        with connected(url, f"{self._stem} {APPLICATION}") as connection:
            yield Database(url=url, connection=connection, backends=Backends(connection, ours=False, clients=clients))

    def _new_schema(self, schema: str) -> tuple[str, NamedClients]:
        """A URL whose connections use only that new schema, and how they are counted."""
        try:
            with connect(self._choice, connect_timeout=_CONNECT_S) as connection:
                connection.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE; CREATE SCHEMA "{schema}"'.encode())
                self._made.add(schema)
                shown = connection.info.get_parameters().get("application_name", _SHOWN)
                return _spelled_out(connection.info, schema), NamedClients(name=schema, stem=self._stem, shown=shown)
        except Error as error:
            raise RunFailed(f"cannot use {self._shown_choice}: {str(error).splitlines()[0]}") from None

    def drop(self) -> None:
        """Drop all of them in one statement, so that the end of a run waits for one time-out at most."""
        if not self._made:
            return
        names = ", ".join(f'"{schema}"' for schema in sorted(self._made))
        options = "-c lock_timeout=1s -c statement_timeout=5s"
        try:
            with connect(self._choice, connect_timeout=1, options=options) as connection:
                connection.execute(f"DROP SCHEMA IF EXISTS {names} CASCADE".encode())
        except Error as error:
            _LOG.warning(
                "the schemas of this run are left in %s (%s); remove them with: DROP SCHEMA IF EXISTS %s CASCADE",
                self._shown_choice,
                str(error).splitlines()[0],
                names,
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
        application_name=schema,
        options=f"{options} -c search_path={schema}".strip(),
    )
