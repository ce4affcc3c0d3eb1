"""What the arguments of a URL can be drawn from: a query on the model that its view shows, or a list to fill in."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from djbench.data import Query
from runners.survey.inspection import Route

# A value for each kind of converter. Somebody has to put real ones there.
_EXAMPLES: Mapping[str, int | str] = {
    "int": 1,
    "slug": "a-slug",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "path": "a/path",
}
_EXAMPLE = "text"
# ``question_id`` is the key of a question.
_KEY = re.compile(r"(?P<model>\w+?)_(id|pk|key)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueDraft:
    """A table of values, and the argument that is drawn from it."""

    #: The argument of the URL.
    argument: str
    #: The table's name.
    name: str
    #: The model to query, and its field; empty for a list.
    model: str = ""
    field: str = ""
    #: The list to fill in.
    example: int | str = _EXAMPLE

    @property
    def blank(self) -> str:
        """What stands in the path."""
        return f"{{{self.name}.{self.field}}}" if self.model else f"{{{self.name}}}"


def value_drafts(route: Route, models: Mapping[str, list[str]]) -> Iterator[ValueDraft]:
    """A draft for each argument of a route."""
    for argument, converter in route.arguments.items():
        model, field = _source(argument, route, models)
        if model:
            yield ValueDraft(argument=argument, name=_model_table(model, models), model=model, field=field)
        else:
            example = _EXAMPLES.get(converter, _EXAMPLE)
            yield ValueDraft(argument=argument, name=_table(argument), example=example)


def filled_path(path: str, drafts: tuple[ValueDraft, ...]) -> str:
    """The path with a blank for each argument."""
    for draft in drafts:
        path = path.replace(f"{{{draft.argument}}}", draft.blank)
    return path


def _source(argument: str, route: Route, models: Mapping[str, list[str]]) -> tuple[str, str]:
    """The model and field that an argument is a value of, as far as the view or its name tells; empty texts if not."""
    if route.model and argument in route.lookups:
        return route.model, route.lookups[argument]
    if key := _KEY.fullmatch(argument):
        app = route.view.partition(".")[0]
        alike = [label for label in models if label.rpartition(".")[2].lower() == key["model"].replace("_", "")]
        if alike:
            return min(alike, key=lambda label: not label.startswith(f"{app}.")), "pk"
    return "", ""


def _model_table(model: str, models: Iterable[str]) -> str:
    """A name for a model's table: that of the model, with its app's if another app has one of that name."""
    name = model.rpartition(".")[2]
    alone = [label.rpartition(".")[2].lower() for label in models].count(name.lower()) < 2
    return _table(name if alone else model)


def tables_of(drafts: Iterable[ValueDraft]) -> dict[str, Query]:
    """The queries behind drafts, by the name of their table, each with all fields that are asked for."""
    fields: dict[tuple[str, str], list[str]] = {}
    for draft in drafts:
        if draft.model:
            fields.setdefault((draft.name, draft.model), []).append(draft.field)
    return {name: Query(model=model, fields=tuple(dict.fromkeys(some))) for (name, model), some in fields.items()}


def _table(name: str) -> str:
    """As a table of values can be called: lower-case letters, digits and _, and a letter first."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    table = re.sub(r"[^a-z0-9]+", "_", words).strip("_")
    return table if table[:1].isalpha() else f"value_{table}".rstrip("_")
