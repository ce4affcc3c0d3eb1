"""Counts what a request does to the database: queries, statements that write, and rows read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

# What opens and closes transactions is no query of the view's.
_TRANSACTION = re.compile(r"\s*(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT)\b", re.IGNORECASE)
_READ = re.compile(r"\s*(SELECT|WITH|VALUES|EXPLAIN|SHOW|PRAGMA|DECLARE|FETCH|CLOSE|SET)\b", re.IGNORECASE)

#: What was counted in this process since ``start``.
counts: dict[str, int] = {"queries": 0, "writes": 0, "rows": 0}


class CountingCursor(CursorWrapper):  # type: ignore[misc]  # Django is untyped
    """Django's cursor, which counts."""

    #: Are the rows of the last statement read, or given back by one that writes?
    reads = True

    def execute(self, sql: Any, params: Any = None) -> Any:
        """One statement."""
        self.reads = _count_statement(str(sql))
        return super().execute(sql, params)

    def executemany(self, sql: Any, param_list: Any) -> Any:
        """One statement, several times."""
        self.reads = _count_statement(str(sql))
        return super().executemany(sql, param_list)

    def fetchone(self) -> Any:
        """The next row."""
        row = super().__getattr__("fetchone")()
        self._count(row is not None)
        return row

    def fetchmany(self, *arguments: Any, **named: Any) -> Any:
        """Some of the rows."""
        rows = super().__getattr__("fetchmany")(*arguments, **named)
        self._count(len(rows))
        return rows

    def fetchall(self) -> Any:
        """The rows that are left."""
        rows = super().__getattr__("fetchall")()
        self._count(len(rows))
        return rows

    def __iter__(self) -> Iterator[Any]:
        for row in super().__iter__():
            self._count(1)
            yield row

    def _count(self, rows: int) -> None:
        if self.reads:
            counts["rows"] += rows


def start() -> None:
    """Count in every connection of this process from now on."""
    BaseDatabaseWrapper.make_cursor = lambda connection, cursor: CountingCursor(cursor, connection)
    BaseDatabaseWrapper.make_debug_cursor = BaseDatabaseWrapper.make_cursor
    for name in counts:
        counts[name] = 0


def _count_statement(sql: str) -> bool:
    """Count a statement. Does it read?"""
    if _TRANSACTION.match(sql):
        return True
    reads = _READ.match(sql) is not None
    counts["queries"] += 1
    counts["writes"] += not reads
    return reads
