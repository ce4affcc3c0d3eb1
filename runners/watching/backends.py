"""How many connections there are to a PostgreSQL database, by the name that each client gives itself.

One connection of ours asks pg_stat_activity. Asked four times a second, a prepared statement costs 0.2 ms of CPU time
here and as much in its backend (with 200 connections to count twice that; not prepared three times). While a window is
open nobody waits for the answer, which is fetched at the next look: a database that is busy or far away would keep
the conductor from noticing the end of the window.
"""

import select
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, Error, connect
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult

from djbench.errors import RunFailed
from scenarios.cpu_clock import cpu_ns_of

APPLICATION = "djbench telemetry"
_CONNECT_S = 5
_STATEMENT_TIMEOUT_S = 5
# Longer than a statement may take, so that the database's own words reach the user.
_PATIENCE_S = 2 * _STATEMENT_TIMEOUT_S
_TOO_LATE = b"57014"  # query_canceled: what a statement that exceeds its time-out ends with
_NAME = b"djbench_backends"
# Client backends are no parallel workers and the like. What another account's are is hidden, so they do not count.
_QUERY = b"""
SELECT application_name, count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
GROUP BY application_name
"""


def most(counts: Mapping[str, int], others: Mapping[str, int]) -> dict[str, int]:
    """By name the larger of both."""
    return {name: max(counts.get(name, 0), others.get(name, 0)) for name in sorted({*counts, *others})}


def _refused(why: object) -> RunFailed:
    return RunFailed(f"the database does not answer telemetry: {' '.join(str(why).split())}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedClients:
    """Whose connections count, if several standing servers share a database."""

    #: The application name of those that count.
    name: str
    #: What the names of all connections of the run begin with. Those of the others do not count.
    stem: str
    #: What they are counted as.
    shown: str

    def of(self, counts: Mapping[str, int]) -> dict[str, int]:
        """The counts without those of other standing servers."""
        kept: Counter[str] = Counter()
        for name, count in counts.items():
            if name == self.name or not name.startswith(self.stem):
                kept[self.shown if name == self.name else name] += count
        return dict(kept)


class Backends:
    """Counts the connections to the database of ``connection`` by application name, itself excluded.

    ours: the server runs here, so that what its backend costs can be read. clients: whose connections count; all if
    None. Every method raises RunFailed, in one line, when the database refuses or is gone.
    """

    def __init__(self, connection: Connection[Any], *, ours: bool, clients: NamedClients | None = None) -> None:
        self._clients = clients
        self._server = connection.pgconn
        self._pid = connection.info.backend_pid if ours else None
        self._pending = False
        try:
            result = self._server.prepare(_NAME, _QUERY)
        except Error as error:
            raise _refused(error) from None
        if result.status != ExecStatus.COMMAND_OK:
            raise _refused(result.get_error_message())

    def ask(self) -> None:
        """Ask, without waiting for the answer; nothing while an answer is still due."""
        if self._pending:
            return
        try:
            self._server.send_query_prepared(_NAME, None)
            self._server.flush()
        except Error as error:
            raise _refused(error) from None
        self._pending = True

    def answer(self) -> dict[str, int] | None:
        """The answer to the last question, once; None when none is due, or it is not there yet, or took too long."""
        if not self._pending:
            return None
        try:
            self._server.flush()  # in case that not all of the question had gone
            self._server.consume_input()
            if self._server.is_busy():
                return None
            result = self._server.get_result()
            while self._server.get_result() is not None:
                pass  # only the end follows
        except Error as error:
            raise _refused(error) from None
        self._pending = False
        counts = _counts(result) if result is not None else None
        return self._clients.of(counts) if self._clients and counts is not None else counts

    def count(self) -> dict[str, int]:
        """Ask and wait."""
        self.awaited()
        self.ask()
        counts = self.awaited()
        if counts is None:
            raise _refused(f"the question took longer than {_STATEMENT_TIMEOUT_S} s")
        return counts

    def awaited(self) -> dict[str, int] | None:
        """Wait for the answer to the last question; None when none is due, or it took too long."""
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            counts = self.answer()
            if not self._pending:
                return counts
            left_s = max(0.0, deadline - time.monotonic())
            if not select.select([self._server.socket], [], [], left_s)[0]:
                raise _refused(f"nothing came within {_PATIENCE_S} s")

    def cpu_ns(self) -> int:
        """CPU time that the asking has cost the server so far, in ns; 0 where the server is somebody else's."""
        if self._pid is None:
            return 0
        try:
            return cpu_ns_of(self._pid)
        except ProcessLookupError:
            raise _refused("its process is gone") from None


def _counts(result: PGresult) -> dict[str, int] | None:
    if result.error_field(DiagnosticField.SQLSTATE) == _TOO_LATE:
        return None
    if result.status != ExecStatus.TUPLES_OK:
        raise _refused(result.get_error_message())
    rows = [(result.get_value(row, 0) or b"", result.get_value(row, 1) or b"0") for row in range(result.ntuples)]
    return {name.decode(): int(count) for name, count in rows}


@contextmanager
def connected(url: str, name: str = APPLICATION) -> Iterator[Connection[Any]]:
    """A connection to keep for a whole run, under that name. Raises RunFailed when there is none to be had."""
    try:
        connection = connect(
            url, autocommit=True, application_name=name, connect_timeout=_CONNECT_S, client_encoding="utf8"
        )
    except Error as error:
        raise RunFailed(f"cannot connect to the database for telemetry: {str(error).splitlines()[0]}") from None
    with closing(connection):
        try:
            connection.execute(
                # It is idle between trials; since PostgreSQL 14 a server may bear that for a limited time only.
                "SELECT set_config(name, %s, false) FROM pg_settings WHERE name = 'statement_timeout'"
                " UNION ALL SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'",
                (f"{_STATEMENT_TIMEOUT_S}s",),
            )
        except Error as error:
            raise _refused(error) from None
        yield connection
