"""Requests of OpenAPI schemas: nothing is made up, and what is not given is a line to fill in."""

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djbench.errors import UsageError
from runners.importing.additions import additions_to
from runners.importing.imported import Imported
from runners.importing.schemas.api_requests import METHODS, requests_of_schema
from runners.importing.schemas.schema_file import parse_schema
from runners.targets.describing.description import Description
from runners.toml_file import parse_toml

# As drf-spectacular writes it, shortened.
SPECTACULAR = """
openapi: 3.0.3
info: {title: Shop, version: 1.0.0}
paths:
  /api/items/:
    get:
      operationId: items_list
      parameters:
      - {in: query, name: page, schema: {type: integer}}
      - {in: query, name: kind, required: true, schema: {$ref: '#/components/schemas/KindEnum'}}
      security: [{cookieAuth: []}, {tokenAuth: []}]
      responses: {'200': {description: ''}}
    post:
      operationId: items_create
      requestBody:
        content:
          application/json: {schema: {$ref: '#/components/schemas/Item'}}
          multipart/form-data: {schema: {$ref: '#/components/schemas/Item'}}
        required: true
      security: [{cookieAuth: []}]
      responses: {'201': {description: ''}}
  /api/items/{id}/:
    parameters:
    - {in: path, name: id, schema: {type: integer}, required: true}
    get: {operationId: items_retrieve, security: [{}], responses: {'200': {description: ''}}}
    delete: {operationId: items_destroy, security: [{tokenAuth: []}], responses: {'204': {description: ''}}}
  /api/kinds/{kind}/:
    get:
      operationId: kinds_retrieve
      parameters:
      - {in: path, name: kind, required: true, schema: {$ref: '#/components/schemas/KindEnum'}}
      responses: {'200': {description: ''}}
  /api/days/{day}/:
    get:
      operationId: days_retrieve
      parameters: [{in: path, name: day, required: true, schema: {type: string, format: date, example: 2026-03-01}}]
      responses: {200: {description: ''}}
components:
  schemas:
    KindEnum: {type: string, enum: [a b, c]}
    Item:
      type: object
      properties:
        id: {type: integer, readOnly: true}
        kind: {$ref: '#/components/schemas/KindEnum'}
        name: {type: string, example: Tea}
        parent: {$ref: '#/components/schemas/Item'}
      required: [id, kind, name]
  securitySchemes:
    cookieAuth: {type: apiKey, in: cookie, name: sessionid}
    tokenAuth: {type: http, scheme: bearer}
"""


def imported(content: Any, *methods: str) -> Imported:
    text = content if isinstance(content, str) else json.dumps(content)
    return requests_of_schema(parse_schema(text.encode(), "api.yml"), methods or ("GET",), "api.yml")


def written(outcome: Imported) -> str:
    """The tables as they stand in a description, which takes them, also without the signs of comments."""
    text = 'settings = "shop.settings"\n'
    text += additions_to(text, outcome, "djbench.toml").text
    parse_toml(text, Description, "djbench.toml")
    return text


def schema(path: str, operation: dict[str, Any], method: str = "get", **keys: Any) -> dict[str, Any]:
    return {"openapi": "3.1.0", "paths": {path: {method: operation}}, **keys}


def request(path: str, operation: dict[str, Any], method: str = "get", **keys: Any) -> dict[str, Any]:
    """The only request of a schema with one operation."""
    entry = imported(schema(path, operation, method, **keys), method.upper()).entries[-1]
    return {**entry.content, **({"comments": entry.comments} if entry.commented else {})}


def test_a_schema_of_drf_spectacular() -> None:
    outcome = imported(SPECTACULAR)
    content = tomllib.loads(written(outcome))
    assert content["requests"] == {
        "items_list": {"path": "/api/items/?kind=a+b", "user": "member"},
        "kinds_retrieve": {"path": "/api/kinds/{kinds_retrieve}/"},
        "days_retrieve": {"path": "/api/days/2026-03-01/"},
    }
    assert content["values"] == {"kinds_retrieve": {"list": ["a b", "c"]}}
    assert content["users"] == {"member": {"username": "djbench"}}
    assert outcome.notes == (
        "left out: 1 POST, 1 DELETE; take more with --methods",
        "1 request as comments: fill in what the schema has no example of",
        "users.member sends requests that need a session; give it the rights that they ask for",
    )


def test_what_the_schema_does_not_give_is_a_line_to_fill_in() -> None:
    text = written(imported(SPECTACULAR))
    assert (
        '# [values.items_retrieve]\n# list = ["FILL IN"]\n\n'
        "# GET /api/items/{id}/\n"
        "# The schema gives no value for id. Fill it in, and remove the # to use it.\n"
        '# [requests.items_retrieve]\n# path = "/api/items/{items_retrieve}/"\n'
    ) in text


def test_other_methods_are_taken_when_asked_for() -> None:
    content = tomllib.loads(written(imported(SPECTACULAR, "POST", "DELETE")))
    assert content["requests"] == {
        "items_create": {
            "path": "/api/items/",
            "method": "POST",
            "json": {"kind": "a b", "name": "Tea"},
            "status": 201,
            "user": "member",
            "csrf": True,
        }
    }
    assert content["values"] == {"tokenauth": {"list": ["FILL IN"]}}


def test_headers_that_are_no_parameters_are_left_out() -> None:
    names = ("Accept", "Content-Type", "Authorization")
    parameters = [{"in": "header", "name": name, "required": True, "schema": {"type": "string"}} for name in names]
    assert request("/a/", {"parameters": parameters}) == {"path": "/a/"}


BODY = {"required": ["name", "size"], "properties": {"name": {"default": "x"}, "size": {"type": "integer"}}}
WHOLE = {"allOf": [{"properties": {"a": {"const": 1}}, "required": ["a"]}]}
ROWS = {"properties": {"a": {"items": {"enum": [3]}}}, "required": ["a"]}
TEXT_HEADER, JSON_HEADER = {"Content-Type": "text/plain"}, {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"content": {"application/json": {"example": {"a": 1}}}}, {"json": {"a": 1}}),
        (
            {"content": {"application/json": {"examples": {"one": {"value": [1]}}}}},
            {"headers": JSON_HEADER, "body": "[1]"},
        ),
        (
            {"content": {"application/json": {"example": {"a": None}}}},
            {"headers": JSON_HEADER, "body": '{"a": null}'},
        ),
        (
            {"content": {"application/x-www-form-urlencoded": {"example": {"a": True, "b": 2}}}},
            {"form": {"a": "true", "b": "2"}},
        ),
        ({"content": {"text/plain": {"example": "hello"}}}, {"headers": TEXT_HEADER, "body": "hello"}),
        ({"content": {"application/json": {"schema": WHOLE}}}, {"json": {"a": 1}}),
        ({"content": {"application/json": {"schema": ROWS}}}, {"json": {"a": [3]}}),
        ({"required": False, "content": {"application/json": {"schema": BODY}}}, {}),
    ],
)
def test_bodies_have_what_the_schema_gives(body: dict[str, Any], expected: dict[str, Any]) -> None:
    assert request("/x", {"requestBody": body}, "post") == {"path": "/x", "method": "POST", **expected}


def test_a_body_without_examples_is_a_comment_with_its_shape() -> None:
    draft = request("/x", {"requestBody": {"content": {"application/json": {"schema": BODY}}}}, "post")
    assert draft["json"] == {"name": "x", "size": "FILL IN"}
    assert "The schema gives no value for the body" in draft["comments"][1]


def test_a_schema_that_refers_to_itself_has_an_end() -> None:
    child = {"required": ["child"], "properties": {"child": {"$ref": "#/components/schemas/Tree"}}}
    components = {"schemas": {"Tree": child, "Loop": {"$ref": "#/components/schemas/Loop"}}}
    for name in ("Tree", "Loop"):
        body = {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}
        draft = request("/x", {"requestBody": body}, "post", components=components)
        assert "comments" in draft
        json.dumps(draft)


def test_yaml_that_contains_itself_has_an_end() -> None:
    text = (
        "openapi: 3.0.0\npaths: {/x: {post: {requestBody: {content: {application/json: {schema: &a {items: *a}}}}}}}\n"
    )
    assert imported(text, "POST").entries[0].commented


def test_references_that_lead_nowhere_are_not_given() -> None:
    for reference in ("#/components/nothing", "other.yml#/a", "#"):
        assert "comments" in request("/x/{a}", {"parameters": [{"$ref": reference}]})


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({"servers": [{"url": "https://shop.example/v1/"}]}, "/v1/x"),
        ({"servers": [{"url": "/v2"}]}, "/v2/x"),
        ({"servers": [{"url": "{host}/v3", "variables": {"host": {"default": "https://a"}}}]}, "/v3/x"),
        ({"servers": [{"url": "relative"}]}, "/x"),
        ({"servers": [{"url": "http://[::1"}]}, "/x"),
        ({"servers": []}, "/x"),
    ],
)
def test_the_path_of_the_server_comes_first(keys: dict[str, Any], path: str) -> None:
    assert request("/x", {}, **keys)["path"] == path


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ({"type": "http", "scheme": "bearer"}, {"headers": {"Authorization": "Bearer {key}"}}),
        ({"type": "http", "scheme": "Basic"}, {"headers": {"Authorization": "Basic {key}"}}),
        ({"type": "oauth2"}, {"headers": {"Authorization": "Bearer {key}"}}),
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, {"headers": {"X-Key": "{key}"}}),
        ({"type": "apiKey", "in": "query", "name": "key"}, {"path": "/x?key={key}"}),
        ({"type": "apiKey", "in": "cookie", "name": "sessionid"}, {"user": "member"}),
    ],
)
def test_what_protects_an_operation_is_a_user_or_a_value_to_fill_in(
    scheme: dict[str, Any], expected: dict[str, Any]
) -> None:
    content = schema("/x", {}, components={"securitySchemes": {"key": scheme}}, security=[{"key": []}])
    first, last = imported(content).entries
    assert last.content == {"path": "/x", **expected}
    assert f"{first.kind}.{first.name}" == ("users.member" if "user" in expected else "values.key")


def test_swagger_2_is_read() -> None:
    content = {
        "swagger": "2.0",
        "basePath": "/api",
        "paths": {
            "/items/{id}": {
                "parameters": [{"in": "path", "name": "id", "required": True, "type": "integer", "x-example": 7}],
                "get": {"operationId": "read"},
                "post": {
                    "operationId": "write",
                    "parameters": [{"in": "body", "name": "data", "schema": {"$ref": "#/definitions/Item"}}],
                },
                "put": {
                    "operationId": "send",
                    "parameters": [
                        {"in": "formData", "name": "size", "type": "integer", "default": 3, "required": True}
                    ],
                },
            }
        },
        "definitions": {"Item": {"example": {"name": "Tea"}}},
    }
    assert tomllib.loads(written(imported(content, *METHODS)))["requests"] == {
        "read": {"path": "/api/items/7"},
        "write": {"path": "/api/items/7", "method": "POST", "json": {"name": "Tea"}},
        "send": {"path": "/api/items/7", "method": "PUT", "form": {"size": "3"}},
    }


def test_several_arguments_take_the_first_value_of_each() -> None:
    parameters = [
        {"in": "path", "name": "a", "examples": {"x": {"value": "1/2"}, "y": {"value": 2}}},
        {"in": "path", "name": "b", "schema": {"examples": ["ü"]}},
    ]
    assert request("/{a}/{b}.json", {"parameters": parameters})["path"] == "/1%2F2/%C3%BC.json"
    assert request("/{a}/{c}", {"parameters": parameters})["path"] == "/1%2F2/FILL-IN"


def test_deprecated_operations_are_left_out() -> None:
    content = schema("/x", {})
    content["paths"]["/old"] = {"get": {"deprecated": True}}
    outcome = imported(content)
    assert ([entry.name for entry in outcome.entries], outcome.notes) == (["x"], ("left out: 1 deprecated",))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "is not an OpenAPI schema: it has neither the key openapi nor swagger"),
        ("[1]", "is not an OpenAPI schema"),
        ("a: b: c", "is neither JSON nor YAML"),
        ("{", "is neither JSON nor YAML"),
        ("openapi: 3.0.0", "has no paths to request"),
        ("openapi: 3.0.0\npaths: {}", "has no paths to request"),
        ("openapi: 3.0.0\npaths: {/a: {post: {x: 1}}}", "has no operation with GET; it has 1 POST"),
        ("openapi: 3.0.0\npaths: {/a: 1, b: {get: {x: 1}}}", "has no operation with GET; it has none"),
        ("!!python/object/apply:os.getcwd []", "is neither JSON nor YAML"),
    ],
)
def test_what_is_no_schema_gets_one_line(content: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint) as raised:
        imported(content)
    assert "\n" not in str(raised.value)


_KEYS = [
    *("parameters", "in", "name", "schema", "example", "examples", "required", "properties", "content", "items"),
    *("application/json", "requestBody", "responses", "200", "$ref", "allOf", "oneOf", "enum", "security", "value"),
]
_NODE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4),
    max_leaves=20,
)


@given(_NODE, st.text(max_size=8))
def test_no_operation_is_too_strange(node: object, path: str) -> None:
    content = {"openapi": "3.0.0", "paths": {f"/{path}": {"post": node}, "/kept": {"post": {"x": 1}}}}
    written(imported(content, "POST"))
