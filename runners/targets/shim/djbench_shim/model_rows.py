"""Rows that requests draw from: what a query on the project's own models finds in the prepared database."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.exceptions import FieldError, ValidationError
from django.db import DatabaseError

from . import Refusal
from .dialogue import answer_with


def rows_of(queries: dict[str, Any]) -> dict[str, list[list[str]]]:
    """For each query by name its rows, in the order of the primary key: each a list of texts, one for each field.

    A row that has no value for one of them is left out.
    """
    return {name: _rows(name, query) for name, query in queries.items()}


def _rows(name: str, query: dict[str, Any]) -> list[list[str]]:
    model = _model(name, query["model"])
    try:
        there = {f"{field}__isnull": False for field in query["fields"]}
        chosen = model._default_manager.filter(**query["filter"]).filter(**there).order_by("pk")
        rows = list(chosen.values_list(*query["fields"])[: query["most"]])
    except (FieldError, ValidationError, ValueError, TypeError) as error:
        raise Refusal(f"values {name}: the query on {query['model']} cannot be asked: {_line(error)}") from None
    except DatabaseError as error:
        raise Refusal(
            f"values {name}: the database has no answer to the query on {query['model']}: {_line(error)}; "
            "does prepare run the migrations?"
        ) from None
    return [[str(value) for value in row] for row in rows]


def _model(name: str, label: str) -> Any:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        known = sorted(model._meta.label for model in apps.get_models())
        alike = [other for other in known if other.lower().endswith("." + label.rpartition(".")[2].lower())]
        hint = "did you mean " + alike[0] if alike else "such as " + ", ".join(known[:3]) if known else "there are none"
        raise Refusal(f"values {name}: the project has no model {label}; give app_label.Model, {hint}") from None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


if __name__ == "__main__":
    answer_with(rows_of)
