"""Somebody's PostgreSQL: a schema for each standing server, for there may be no right to create databases."""

import logging
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
    """New schemas in somebody's database, each dropped afterwards.

    A connection does not show which schema it uses. So the connections of each standing server have a name of its own.
    """

    def __init__(self, choice: str, shown_choice: str) -> None:
        self._choice = choice
        self._shown_choice = shown_choice
        self._stem = f"djbench_{uuid.uuid4().hex[:16]}"

    @contextmanager
    def database(self, number: int, folder: Path, prepare: Prepare) -> Iterator[Database]:
        """A schema, prepared as the first one was."""
        schema = f"{self._stem}_{number}"
        folder.mkdir()
        with self._schema(schema) as (url, shown):
            prepare(url, folder)
            with connected(url, f"{self._stem} {APPLICATION}") as connection:
                clients = NamedClients(name=schema, stem=self._stem, shown=shown)
                yield Database(
                    url=url, connection=connection, backends=Backends(connection, ours=False, clients=clients)
                )

    @contextmanager
    def _schema(self, schema: str) -> Iterator[tuple[str, str]]:
        """A new schema; yields a URL whose connections use only that, and the name that the choice gives them."""
        try:
            with connect(self._choice, connect_timeout=_CONNECT_S) as connection:
                url = _spelled_out(connection.info, schema)
                shown = connection.info.get_parameters().get("application_name", _SHOWN)
                connection.execute(f'CREATE SCHEMA "{schema}"'.encode())
        except Error as error:
            raise RunFailed(f"cannot use {self._shown_choice}: {str(error).splitlines()[0]}") from None
        try:
            yield url, shown
        finally:
            self._drop(schema)

    def _drop(self, schema: str) -> None:
        options = "-c lock_timeout=1s -c statement_timeout=5s"
        try:
            with connect(self._choice, connect_timeout=1, options=options) as connection:
                connection.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE'.encode())
        except Error as error:
            _LOG.warning(
                'a schema of this run is left in %s (%s); remove it with: DROP SCHEMA "%s" CASCADE',
                self._shown_choice,
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
        application_name=schema,
        options=f"{options} -c search_path={schema}".strip(),
    )
