"""Values that a schema itself gives: examples, defaults and enumerations. Nothing is made up. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from runners.importing.imported import FILL_IN
from runners.importing.schemas.schema_file import ApiSchema

# Schemas refer to themselves; deeper than this nobody writes an object by hand.
_DEEPEST = 12


def parameter_values(schema: ApiSchema, parameter: Mapping[str, Any]) -> list[Any]:
    """Every value that is given for a parameter, without doubles: its own examples first."""
    media = next(iter(schema.table(parameter.get("content")).values()), None)
    values = [
        *_own_values(schema, parameter),
        *_own_values(schema, schema.table(media)),
        *schema_values(schema, parameter.get("schema") or schema.table(media).get("schema")),
        *(schema_values(schema, parameter) if schema.is_swagger else ()),
    ]
    return [value for place, value in enumerate(values) if value is not None and value not in values[:place]]


def media_value(schema: ApiSchema, media: Mapping[str, Any]) -> tuple[Any, bool]:
    """The content of a body, and whether something in it has to be filled in."""
    for value in (*_own_values(schema, media), *schema_values(schema, media.get("schema"))):
        return value, False
    return _to_fill_in(schema, media.get("schema"), 0), True


def _own_values(schema: ApiSchema, node: Mapping[str, Any]) -> Iterator[Any]:
    """The examples that stand beside a schema."""
    if "example" in node:
        yield node["example"]
    if "x-example" in node:
        yield node["x-example"]
    for example in schema.table(node.get("examples")).values():
        if "value" in (table := schema.table(example)):
            yield table["value"]


def schema_values(schema: ApiSchema, node: Any, depth: int = 0) -> Iterator[Any]:
    """The values that a schema gives, the best first."""
    table = schema.table(node)
    if depth > _DEEPEST or not table:
        return
    yield from _stated(table)
    for key in ("oneOf", "anyOf"):
        for part in schema.tables(table.get(key)):
            yield from schema_values(schema, part, depth + 1)
    yield from _composed(schema, table, depth)


def _stated(table: Mapping[str, Any]) -> Iterator[Any]:
    """The values that stand in a schema itself."""
    if "example" in table:
        yield table["example"]
    if isinstance(examples := table.get("examples"), list):
        yield from examples
    for key in ("default", "const"):
        if table.get(key) is not None:
            yield table[key]
    if isinstance(words := table.get("enum"), list):
        yield from (word for word in words if word is not None)


def _composed(schema: ApiSchema, table: Mapping[str, Any], depth: int) -> Iterator[Any]:
    """An object, if all of its required properties are given, or a list of one item.

    Other properties are in it if their schema states a value.
    """
    properties, required = _properties(schema, table, depth)
    if properties:
        values: dict[str, Any] = {}
        for name, part in properties.items():
            stated = schema_values(schema, part, depth + 1) if name in required else _stated(schema.table(part))
            if (value := next(stated, None)) is not None:
                values[name] = value
            elif name in required:
                return
        if values:
            yield values
    elif parts := schema.tables(table.get("allOf")):
        yield from (value for part in parts[:1] if len(parts) == 1 for value in schema_values(schema, part, depth + 1))
    elif "items" in table and (item := next(schema_values(schema, table["items"], depth + 1), None)) is not None:
        yield [item]


def _properties(schema: ApiSchema, table: Mapping[str, Any], depth: int) -> tuple[dict[str, Any], set[str]]:
    """The properties that a client can send, and the names of those that it has to, with those of allOf."""
    properties: dict[str, Any] = {}
    required: set[str] = set()
    for part in schema.tables(table.get("allOf")) if depth <= _DEEPEST else ():
        inner, needed = _properties(schema, part, depth + 1)
        properties |= inner
        required |= needed
    for name, node in schema.table(table.get("properties")).items():
        if not schema.table(node).get("readOnly"):
            properties[name] = node
    names = table.get("required")
    required |= {str(name) for name in names} if isinstance(names, list) else set()
    return properties, required & properties.keys()


def _to_fill_in(schema: ApiSchema, node: Any, depth: int) -> Any:
    """The shape of a value, with a mark in the place of what is not given."""
    table = schema.table(node)
    properties, required = _properties(schema, table, depth)
    if depth > _DEEPEST or not required:
        return FILL_IN
    return {
        name: next(schema_values(schema, properties[name]), _to_fill_in(schema, properties[name], depth + 1))
        for name in properties
        if name in required
    }
