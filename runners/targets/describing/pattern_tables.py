"""The patterns of a description: views of a site that is made for measuring, found by name, style and parameters."""

import math
from collections.abc import Mapping
from typing import Any, Literal

from djbench.catalog import Catalog, patterns_of
from djbench.pattern import Pattern
from djbench.spec import SpecError
from runners.toml_file import Complaints, NumberOrText, TomlTable


class ParameterTable(TomlTable):
    """The keys of a parameter: the fields of ``djbench.spec.Parameter``, and its name is the table's."""

    default: NumberOrText
    summary: str
    unit: str = ""
    minimum: float = 0
    maximum: float = math.inf
    choices: list[str] = []


class NeedTable(TomlTable):
    """Why a style works under one interface only."""

    interface: Literal["wsgi", "asgi"]
    reason: str


class PatternTable(TomlTable):
    """The keys of a pattern: the fields of ``djbench.pattern.Pattern``, and its name is the table's."""

    summary: str
    styles: dict[str, str]
    parameters: dict[str, ParameterTable] = {}
    uses: list[str] = []
    waits: dict[str, list[str]] = {}
    writes: bool = False
    stack: str = ""
    headers: dict[str, str] = {}
    upload: str | None = None
    needs: dict[str, NeedTable] = {}
    websocket: bool = False
    events: str | None = None
    event_end: str = ""
    outlasts: bool = False


def patterns_in(
    tables: Mapping[str, PatternTable], views: str, services: frozenset[str], complaints: Complaints
) -> dict[str, Pattern]:
    """The patterns. Raises UsageError for one whose parts do not fit together, or that uses an unknown service."""
    patterns: dict[str, Pattern] = {}
    catalog = Catalog(own=patterns, services=services)
    for name, table in tables.items():
        content: dict[str, Any] = {name: table.model_dump()}
        try:
            patterns.update(patterns_of(content, views))
            catalog.require_services(patterns[name])
        except SpecError as error:
            raise complaints.about(("patterns", name), str(error)) from None
    return patterns
