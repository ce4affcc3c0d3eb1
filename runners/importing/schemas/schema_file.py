"""OpenAPI schemas as files: JSON or YAML, with references inside the file."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

from djbench.errors import UsageError
from runners.importing.imported_file import file_content

_MANY_REFERENCES = 50


class ApiSchema:
    """An OpenAPI schema (3.0, 3.1, or Swagger 2.0)."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content

    @property
    def is_swagger(self) -> bool:
        """Is it of version 2.0?"""
        return "swagger" in self.content

    def table(self, node: Any) -> Mapping[str, Any]:
        """An object of the schema, behind its references; empty if it is none, or none that the file has."""
        for _ in range(_MANY_REFERENCES):
            if not isinstance(node, Mapping):
                return {}
            if not isinstance(reference := node.get("$ref"), str):
                return node
            node = self._at(reference)
        return {}

    def tables(self, node: Any) -> list[Mapping[str, Any]]:
        """The objects of a list, behind their references."""
        return [self.table(part) for part in node] if isinstance(node, Sequence) and not isinstance(node, str) else []

    def _at(self, reference: str) -> Any:
        """What a reference such as ``#/components/schemas/Item`` leads to; None if it leads out of the file."""
        if not reference.startswith("#/"):
            return None
        node: Any = self.content
        for part in unquote(reference[2:]).split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            node = node.get(key) if isinstance(node, Mapping) else None
        return node


def read_schema(path: Path) -> ApiSchema:
    """Read a schema. Raises UsageError with one line if it is none."""
    return parse_schema(file_content(path, "schema"), str(path))


def parse_schema(content: bytes, source: str) -> ApiSchema:
    """The schema of a file's content. Raises UsageError that names ``source``."""
    try:
        text = content.decode("utf-8-sig")
        parsed = json.loads(text) if text.lstrip().startswith("{") else yaml.load(text, yaml.CSafeLoader)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"{source} is neither JSON nor YAML: {reason}") from None
    if not isinstance(parsed, dict) or not {"openapi", "swagger"} & parsed.keys():
        raise UsageError(f"{source} is not an OpenAPI schema: it has neither the key openapi nor swagger")
    if not isinstance(parsed.get("paths"), dict) or not parsed["paths"]:
        raise UsageError(f"{source} has no paths to request")
    return ApiSchema(_plain(parsed, {}))


def _plain(value: Any, done: dict[int, Any]) -> Any:
    """The content with keys that are texts and dates as texts, as JSON has them. YAML may name one part twice."""
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, dict | list):
        return value
    if id(value) not in done:
        if isinstance(value, dict):
            table: dict[str, Any] = {}
            done[id(value)] = table
            table.update((str(key), _plain(part, done)) for key, part in value.items())
        else:
            rows: list[Any] = []
            done[id(value)] = rows
            rows.extend(_plain(part, done) for part in value)
    return done[id(value)]
