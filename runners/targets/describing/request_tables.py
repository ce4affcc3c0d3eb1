"""The requests, pairs and journeys of a description: what is written, as words."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import Field

from djbench.journey import Journey, Step, Take
from djbench.pattern import VIEW
from djbench.request import Request, Workload, encode
from djbench.spec import SpecError
from runners.toml_file import TomlTable, Word, like

UrlPath = Annotated[str, like(r"/[\x21-\x7e]*", "/polls/?page=2, other characters as %20")]
Method = Annotated[str, like(r"[A-Z]+", "POST")]
Status = Annotated[int, Field(ge=100, le=599)]
Seconds = Annotated[float, Field(ge=0, le=3600)]
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class RequestKeys(TomlTable):
    """What there is to say of any request."""

    path: UrlPath | None = None
    method: Method = "GET"
    headers: dict[str, str] = {}
    body: str | None = None
    json_body: Annotated[Any, Field(alias="json")] = None
    form: dict[str, str | int | float | bool] | None = None
    status: Status = 200
    compare: Literal["body", "status"] = "body"
    user: str = ""
    writes: bool | None = None

    @property
    def leaves_something(self) -> bool:
        """Does an answer leave state behind, as far as anybody said?"""
        return self.method not in _SAFE_METHODS if self.writes is None else self.writes

    def request(self, name: str, *, weight: int = 1, csrf: bool = False) -> Request:
        """The request. Raises SpecError if it has no path, several bodies, or could not be sent."""
        if self.path is None:
            raise SpecError("the key path is missing")
        content_type, body = self._content()
        headers = {**content_type, **self.headers}
        try:
            encode(self.method, self.path, "localhost", headers, body)
        except ValueError as error:
            raise SpecError(str(error)) from None
        return Request(
            name=name,
            path=self.path,
            method=self.method,
            headers=tuple(headers.items()),
            body=body,
            weight=weight,
            expected_status=self.status,
            user=self.user,
            csrf=csrf,
            compared=self.compare == "body",
        )

    def _content(self) -> tuple[dict[str, str], bytes]:
        """The header that says what the body is, and the body. Raises SpecError for several bodies."""
        bodies = {"body": self.body, "json": self.json_body, "form": self.form}
        written = [key for key, value in bodies.items() if value is not None]
        if len(written) > 1:
            raise SpecError(f"{' and '.join(written)} are all bodies; leave one")
        if self.form is not None:
            fields = urlencode({name: _field_text(value) for name, value in self.form.items()}, safe="{}.")
            return {"Content-Type": "application/x-www-form-urlencoded"}, fields.encode()
        if self.json_body is not None:
            return {"Content-Type": "application/json"}, _as_json(self.json_body)
        return {}, (self.body or "").encode()


class RequestTable(RequestKeys):
    """The keys of a request; its name is the table's."""

    weight: Annotated[int, Field(ge=0, le=1_000_000)] = 1
    style: str = VIEW
    csrf: bool = False

    def workload(self, name: str) -> Workload:
        """What its users request. Raises SpecError."""
        return Workload(requests=(self.request(name, weight=self.weight, csrf=self.csrf),))


class StyleTable(RequestKeys):
    """One way to write what a pair is about."""

    csrf: bool = False


class PairTable(StyleTable):
    """Several ways to write the same. What a style does not say is as the pair says."""

    styles: Annotated[dict[str, StyleTable], Field(min_length=1)]

    def style(self, name: str) -> StyleTable:
        """A style, with what the pair says of all."""
        written = self.styles[name]
        common = {key: getattr(self, key) for key in self.model_fields_set - {"styles"}}
        return StyleTable.model_construct(
            **{**common, **{key: getattr(written, key) for key in written.model_fields_set}}
        )

    def workload(self, name: str, style: str) -> Workload:
        """What users of a style request. Raises SpecError."""
        table = self.style(style)
        return Workload(requests=(table.request(name, csrf=table.csrf),))


class TakeTable(TomlTable):
    """Where a value is in an answer."""

    body: str | None = None
    json_path: Annotated[str | None, Field(alias="json")] = None
    header: str | None = None

    def take(self, name: str) -> Take:
        """The value. Raises SpecError unless there is one place."""
        sources: Mapping[Literal["body", "json", "header"], str | None]
        sources = {"body": self.body, "json": self.json_path, "header": self.header}
        written = [(source, text) for source, text in sources.items() if text is not None]
        if len(written) != 1:
            raise SpecError(f"take {name}: give one of body, json and header")
        take = Take(name=name, source=written[0][0], expression=written[0][1])
        try:
            if take.source == "body":
                take.pattern()
        except ValueError as error:
            raise SpecError(f"take {name}: {error}") from None
        return take


class StepTable(RequestKeys):
    """The keys of a step."""

    name: str
    think_s: Seconds | Annotated[list[Seconds], Field(min_length=2, max_length=2)] = 0.0
    csrf: Literal["", "form", "header"] = ""
    take: dict[str, str | TakeTable] = {}

    def step(self) -> Step:
        """What stands around its request. Raises SpecError."""
        shortest, longest = self.think_s if isinstance(self.think_s, list) else (self.think_s, self.think_s)
        if shortest > longest:
            raise SpecError(f"think_s: the shorter time comes first: [{longest:g}, {shortest:g}]")
        takes = (TakeTable(body=value) if isinstance(value, str) else value for value in self.take.values())
        return Step(
            think_s=(shortest, longest),
            takes=tuple(table.take(name) for name, table in zip(self.take, takes, strict=True)),
            csrf=self.csrf,
        )


class JourneyTable(TomlTable):
    """The keys of a journey: steps, or a Locust file."""

    user: str = ""
    style: str = VIEW
    steps: list[StepTable] = []
    locustfile: Word = ""

    def workload(self, locustfile: str) -> Workload:
        """What its users do. ``locustfile``: its absolute path, if there is one. Raises SpecError."""
        if bool(self.steps) == bool(self.locustfile):
            raise SpecError("give steps or a locustfile")
        names = [step.name for step in self.steps]
        if repeated := next((name for name in names if names.count(name) > 1), None):
            raise SpecError(f"two steps are called {repeated}; give each a name of its own")
        requests = tuple(step.request(step.name) for step in self.steps)
        journey = Journey(steps=tuple(step.step() for step in self.steps), locustfile=locustfile)
        return Workload(requests=requests, journey=journey)


def _as_json(value: object) -> bytes:
    """A JSON body. Raises SpecError for what TOML has and JSON has not."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError):
        raise SpecError("json has no dates, and no nan or inf; write them as texts") from None


def _field_text(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
