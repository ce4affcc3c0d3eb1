"""Fills the blanks of a path with what is in the first row of a table, if the database has one."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from django.apps import apps
from django.core.exceptions import FieldError
from django.db import DatabaseError, connections

_BLANK = re.compile(r"\{(\w+)\.(\w+)\}")


def first_rows(tables: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The first row of each table that has one, by the table's name: its fields and their values."""
    rows = {name: _first_row(table["model"], table["fields"]) for name, table in tables.items()}
    connections.close_all()  # processes that are forked from here must not share one
    return {name: row for name, row in rows.items() if row}


def _first_row(label: str, fields: list[str]) -> dict[str, Any] | None:
    model: Any = apps.get_model(label)
    try:
        there = {f"{field}__isnull": False for field in fields}
        row: dict[str, Any] | None = model._default_manager.filter(**there).order_by("pk").values(*fields).first()
    except (DatabaseError, FieldError):  # no table, as for unmanaged models, or no such field
        return None
    return row


def path_with_rows(path: str, rows: dict[str, dict[str, Any]]) -> str | None:
    """The path with all blanks filled in; None if a row is missing."""
    blanks = _BLANK.findall(path)
    if any(field not in rows.get(name, {}) for name, field in blanks):
        return None
    return _BLANK.sub(lambda blank: quote(str(rows[blank[1]][blank[2]]), safe="/"), path)
