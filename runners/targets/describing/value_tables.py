"""The values and users of a description: what requests draw from, and who sends them."""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from djbench.data import Query, Row, User, Values
from djbench.spec import SpecError
from runners.toml_file import NumberOrText, TomlTable, Word, like

Model = Annotated[str, like(r"\w+\.\w+", "polls.Question")]
Permission = Annotated[str, like(r"\w+\.\w+", "polls.add_choice")]


class ValuesTable(TomlTable):
    """The keys of values: one of list, rows, file and query."""

    single: Annotated[list[NumberOrText] | None, Field(alias="list")] = None
    rows: list[dict[str, NumberOrText]] | None = None
    file: Word | None = None
    query: Model | None = None
    fields: Annotated[tuple[str, ...] | None, Field(min_length=1, strict=False)] = None
    filter: dict[str, Any] | None = None
    most: Annotated[int | None, Field(ge=1, le=100_000)] = None

    def values(self, folder: Path) -> Values:
        """The rows, or the query for them. Raises SpecError unless there is exactly one source, and rows in it."""
        sources = {"list": self.single, "rows": self.rows, "file": self.file, "query": self.query}
        written = [key for key, value in sources.items() if value is not None]
        if len(written) != 1:
            raise SpecError("give one of list, rows, file and query")
        if self.query is not None:
            return Query(
                model=self.query, fields=self.fields or ("pk",), filter=self.filter or {}, most=self.most or 1000
            )
        if self.fields or self.filter or self.most:
            raise SpecError("fields, filter and most belong to a query")
        rows = self._rows(folder)
        if not rows:
            raise SpecError(f"{self.file or written[0]} has no value")
        if len({frozenset(row) for row in rows}) > 1:
            raise SpecError("every row needs the same keys")
        return rows

    def _rows(self, folder: Path) -> tuple[Row, ...]:
        if self.single is not None:
            return tuple({"": str(value)} for value in self.single)
        if self.rows is not None:
            return tuple({key: str(value) for key, value in row.items()} for row in self.rows)
        return rows_of_file(folder / str(self.file))


def rows_of_file(file: Path) -> tuple[Row, ...]:
    """The rows of a ``.csv`` with a header, of a ``.json`` list, or a value in each line. Raises SpecError."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        if file.suffix == ".csv":
            return tuple(
                {str(key): str(value) for key, value in row.items()} for row in csv.DictReader(io.StringIO(text))
            )
        if file.suffix == ".json":
            return tuple(_row(item) for item in json.loads(text))
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(
            f"cannot read {file.name}: {getattr(error, 'strerror', None) or 'it is not UTF-8 text'}"
        ) from None
    except (ValueError, TypeError, csv.Error):
        raise SpecError(
            f"{file.name}: write a list of values or of objects, such as [1, 2] or a CSV with a header"
        ) from None
    return tuple({"": line} for line in map(str.strip, text.splitlines()) if line)


def _row(item: Any) -> Row:
    if isinstance(item, Mapping):
        return {str(key): str(value) for key, value in item.items()}
    if isinstance(item, str | int | float):
        return {"": str(item)}
    raise ValueError("neither a value nor an object")


def fields_of(values: Values) -> frozenset[str]:
    """The fields that a blank can name; empty text for a value that is alone."""
    if isinstance(values, Query):
        return frozenset(values.fields) | (frozenset({""}) if len(values.fields) == 1 else frozenset())
    return frozenset(values[0])


class UserTable(TomlTable):
    """The keys of a user: the fields of ``djbench.data.User``; the name of the table is the default username."""

    username: Annotated[str | None, Field(min_length=1)] = None
    create: bool = True
    staff: bool = False
    superuser: bool = False
    permissions: Annotated[tuple[Permission, ...], Field(strict=False)] = ()
    count: Annotated[int, Field(ge=1, le=10_000)] = 1

    def user(self, name: str) -> User:
        """The user."""
        return User(**{**self.model_dump(), "username": self.username or name})
