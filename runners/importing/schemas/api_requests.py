"""The operations of a schema as requests. What the schema does not give is a line to fill in. Pure."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from djbench.errors import UsageError
from results.wording.text import count
from runners.importing.imported import FILL_IN, Imported, ImportedTable, TomlValue, member_entry
from runners.importing.naming import NewNames, as_name, name_of_path
from runners.importing.schemas.api_security import Protection, protection_of, secret_tables
from runners.importing.schemas.schema_file import ApiSchema
from runners.importing.schemas.schema_values import media_value, parameter_values
from runners.importing.toml_values import is_writable
from runners.importing.url_paths import sound_path

#: The methods that a schema can have operations for.
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_JSON, _FORM, _MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
# OpenAPI says of these headers that they are no parameters.
_NO_PARAMETERS = ("accept", "content-type", "authorization")
_FILL_IN_PATH = FILL_IN.replace(" ", "-")
_ARGUMENT = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Operation:
    """An operation of the schema."""

    method: str
    #: The path with arguments in braces, without that of the server.
    path: str
    #: The path of the server.
    base: str
    #: What the schema says of it.
    table: Mapping[str, Any]
    #: Its parameters and those of its path, by place and name.
    parameters: Mapping[tuple[str, str], Mapping[str, Any]]


def requests_of_schema(schema: ApiSchema, methods: Collection[str], source: str) -> Imported:
    """The requests of a schema. Raises UsageError that names ``source`` if it has none with these methods."""
    operations = list(_operations(schema))
    chosen = [operation for operation in operations if operation.method in methods]
    current = [operation for operation in chosen if not operation.table.get("deprecated")]
    others = Counter(operation.method for operation in operations if operation.method not in methods)
    if not current:
        raise UsageError(f"{source} has no operation with {', '.join(methods)}; it has {_sum(others) or 'none'}")
    tables: list[ImportedTable] = []
    names = NewNames()
    secrets: set[str] = set()
    for operation in current:
        protection = protection_of(schema, operation.table)
        secrets |= protection.secrets
        tables += _Draft(schema, operation, protection, names.new(_name(operation))).tables()
    to_fill_in = ", ".join(f"values.{name}" for name in sorted(secrets))
    notes = {
        f"left out: {_sum(others)}; take more with --methods": bool(others),
        f"left out: {len(chosen) - len(current)} deprecated": len(chosen) > len(current),
        **_table_notes(tables),
        f"fill in {to_fill_in}": bool(secrets),
    }
    users = [member_entry()] if any(table.content.get("user") for table in tables) else []
    return Imported(
        entries=(*secret_tables(secrets), *users, *tables),
        notes=tuple(note for note, holds in notes.items() if holds),
    )


def _table_notes(tables: Sequence[ImportedTable]) -> dict[str, bool]:
    """What there is to say of the requests, and whether it holds."""
    commented = sum(table.commented and table.kind == "requests" for table in tables)
    needs_user = any(table.content.get("user") for table in tables)
    return {
        f"{count(commented, 'request')} as comments: fill in what the schema has no example of": bool(commented),
        "users.member sends requests that need a session; give it the rights that they ask for": needs_user,
    }


def _sum(methods: Counter[str]) -> str:
    return ", ".join(f"{number} {method}" for method, number in methods.most_common())


def _operations(schema: ApiSchema) -> Iterator[_Operation]:
    for path, path_item in schema.content["paths"].items():
        item = schema.table(path_item)
        for method in METHODS:
            node = item.get(method.lower())
            if isinstance(node, Mapping) and str(path).startswith("/"):
                table = schema.table(node)
                both = (*schema.tables(item.get("parameters")), *schema.tables(table.get("parameters")))
                yield _Operation(
                    method=method,
                    path=path,
                    base=_base(schema, table.get("servers") or item.get("servers")),
                    table=table,
                    parameters={(str(part.get("in")), str(part.get("name"))): part for part in both},
                )


def _base(schema: ApiSchema, servers: Any) -> str:
    """The path of the first server, without a slash at its end."""
    if schema.is_swagger:
        return str(schema.content.get("basePath") or "").rstrip("/")
    server = next(iter(schema.tables(servers or schema.content.get("servers"))), {})
    url = str(server.get("url") or "")
    for name, variable in schema.table(server.get("variables")).items():
        url = url.replace(f"{{{name}}}", str(schema.table(variable).get("default", "")))
    try:
        path = urlsplit(url).path.rstrip("/")
    except ValueError:  # such as of a host with half a pair of brackets
        return ""
    return sound_path(path) if path.startswith("/") else ""


def _name(operation: _Operation) -> str:
    path = _ARGUMENT.sub("id", operation.path)
    return as_name(str(operation.table.get("operationId") or ""), name_of_path(path, operation.method))


class _Draft:
    """A request on its way from an operation to tables."""

    def __init__(self, schema: ApiSchema, operation: _Operation, protection: Protection, name: str) -> None:
        self._schema = schema
        self._operation = operation
        self._protection = protection
        self._name = name
        self._rows: list[TomlValue] = []
        #: What is not given, for people.
        self._lacking: list[str] = []

    def tables(self) -> Iterator[ImportedTable]:
        """The request, and before it the values that its path draws from."""
        content = self._content()
        commented = bool(self._lacking)
        comments = [f"{self._operation.method} {self._operation.base}{self._operation.path}"]
        if commented:
            lacking = ", ".join(self._lacking)
            comments.append(f"The schema gives no value for {lacking}. Fill it in, and remove the # to use it.")
        if self._rows:
            yield ImportedTable(
                kind="values", name=self._name, content={"list": self._rows}, commented=commented, to_fill_in=True
            )
        yield ImportedTable(
            kind="requests",
            name=self._name,
            content=content,
            comments=tuple(comments),
            commented=commented,
            to_fill_in=commented,
        )

    def _content(self) -> dict[str, TomlValue]:
        """The keys of the request."""
        method = self._operation.method
        content: dict[str, TomlValue] = {"path": self._path() + self._query()}
        if method != "GET":
            content["method"] = method
        body_type, body = self._body()
        if headers := {**body_type, **self._headers(), **self._protection.headers}:
            content["headers"] = headers
        content.update(body)
        if (status := self._status()) != 200:
            content["status"] = status
        if self._protection.user:
            content["user"] = self._protection.user
            if method not in ("GET", "HEAD", "OPTIONS"):
                content["csrf"] = True
        return content

    def _values(self, place: str, name: str) -> list[str]:
        values = parameter_values(self._schema, self._operation.parameters.get((place, name), {}))
        return [_text(value) for value in values if isinstance(value, str | int | float)]

    def _path(self) -> str:
        """The path with its arguments: the only value there is, a blank for one of several, or a blank to fill in."""
        arguments = list(dict.fromkeys(_ARGUMENT.findall(self._operation.path)))
        known = {name: self._values("path", name) for name in arguments}
        self._lacking += [name for name in arguments if not known[name]]
        texts = {name: quote(values[0], safe="") if values else _FILL_IN_PATH for name, values in known.items()}
        if len(arguments) == 1 and len(known[arguments[0]]) != 1:
            texts = {arguments[0]: f"{{{self._name}}}"}
            self._rows = [*known[arguments[0]]] or [FILL_IN]
        pieces = _ARGUMENT.split(self._operation.path)
        pieces[1::2] = [texts[name] for name in pieces[1::2]]
        pieces[::2] = [sound_path(f"/{piece}")[1:] for piece in pieces[::2]]
        return self._operation.base + "".join(pieces)

    def _required(self, place: str) -> Iterator[tuple[str, str]]:
        """The required parameters in that place, with their values."""
        for (where, name), parameter in self._operation.parameters.items():
            no_parameter = place == "header" and name.lower() in _NO_PARAMETERS
            if where == place and parameter.get("required") and not no_parameter:
                values = self._values(place, name)
                if not values:
                    self._lacking.append(name)
                yield name, values[0] if values else FILL_IN

    def _query(self) -> str:
        pairs = [*self._required("query"), *self._protection.query.items()]
        return f"?{urlencode(pairs, safe='{}')}" if pairs else ""

    def _headers(self) -> dict[str, TomlValue]:
        return dict(self._required("header"))

    def _status(self) -> int:
        """The status of a right answer: the first of 2xx or 3xx."""
        codes = sorted(code for code in map(str, self._schema.table(self._operation.table.get("responses"))))
        return next((int(code) for code in codes if re.fullmatch(r"[23]\d\d", code)), 200)

    def _body(self) -> tuple[dict[str, TomlValue], dict[str, TomlValue]]:
        """The header that says what the body is, where it is needed, and the key with the body."""
        contents, required = self._contents()
        kind = next((kind for kind in (_JSON, _FORM, _MULTIPART) if kind in contents), next(iter(contents), ""))
        if not kind:
            return {}, {}
        value, to_fill_in = media_value(self._schema, self._schema.table(contents[kind]))
        if to_fill_in and not required:
            return {}, {}
        if to_fill_in:
            self._lacking.append("the body")
        if kind == _MULTIPART and not to_fill_in:
            self._lacking.append("the parts of the body")
        if kind in (_FORM, _MULTIPART) and isinstance(value, Mapping):
            return {}, {"form": {str(name): _text(part) for name, part in value.items()}}
        if isinstance(value, dict) and is_writable(value) and "json" in kind:
            return {}, {"json": value}
        return {"Content-Type": kind}, {"body": value if isinstance(value, str) else json.dumps(value)}

    def _contents(self) -> tuple[Mapping[str, Any], bool]:
        """What a body can be, by media type, and whether there has to be one."""
        if not self._schema.is_swagger:
            body = self._schema.table(self._operation.table.get("requestBody"))
            return self._schema.table(body.get("content")), bool(body.get("required", True))
        for (place, _), parameter in self._operation.parameters.items():
            if place == "body":
                return {_JSON: parameter}, bool(parameter.get("required", True))
        fields = {name: part for (place, name), part in self._operation.parameters.items() if place == "formData"}
        required = [name for name, part in fields.items() if part.get("required")]
        form = {"schema": {"type": "object", "properties": fields, "required": required}}
        return ({_FORM: form}, bool(required)) if fields else ({}, False)


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool | dict | list) else str(value)
