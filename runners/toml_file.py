"""TOML files that a person writes: read, checked against a model, and errors that name file, line and key."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainValidator, ValidationError

from djbench.errors import UsageError
from djbench.spec import unknown

Model = TypeVar("Model", bound=BaseModel)
_WORD = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_WORD}(?:\s*\.\s*{_WORD})*"
_HEADER = re.compile(rf"\s*(?P<bracket>\[\[?)\s*(?P<path>{_DOTTED})\s*\]")
_KEY = re.compile(rf"\s*(?P<path>{_DOTTED})\s*=")
#: A key of a TOML file from its top; numbers are the places in lists, from 0.
KeyPath = tuple[str | int, ...]


class TomlTable(BaseModel):
    """The keys of a TOML table: all of them known, and values of the right type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Complaints:
    """Makes errors that name a place in a TOML file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def about(self, key: KeyPath, message: str) -> UsageError:
        """The error for what a key says; without a key, for the file as a whole."""
        place = f"{place_of(toml_text(self._file, 'file'), key)}: " if key else ""
        return UsageError(f"{self._file}: {place}{message}")


def read_toml(path: Path, model: type[Model], kind: str) -> Model:
    """The content of a TOML file. ``kind`` says what it describes. Raises UsageError with one line."""
    return parse_toml(toml_text(path, kind), model, str(path))


def toml_text(path: Path, kind: str) -> str:
    """The text of a TOML file, which is UTF-8, without its byte-order mark. Raises UsageError if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"cannot read the {kind} {path}: {reason}") from None


def parse_toml(text: str, model: type[Model], source: str) -> Model:
    """The content of a TOML text. Raises UsageError that names ``source``, the line and the key."""
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{source}: not valid TOML: {error}") from None
    except RecursionError:
        raise UsageError(f"{source}: not valid TOML: lists or tables are nested too deeply") from None
    except ValidationError as error:
        raise UsageError(f"{source}: {_first_problem(error, text, model)}") from None


def place_of(text: str, path: KeyPath) -> str:
    """Such as ``line 7: services, item 1, name`` for a key, as near as the text has it."""
    line = _line_number(text, path)
    return f"line {line}: {_name_of(path)}" if line else _name_of(path)


def _name_of(path: Sequence[str | int]) -> str:
    """``patterns.sleep`` for a key of a table, ``users, item 2`` for a place in a list."""
    name = ""
    for part in path:
        inside_list = name.rpartition(", ")[2].startswith("item ")
        name += f", item {part + 1}" if isinstance(part, int) else f"{', ' if inside_list else '.'}{part}"
    return name.removeprefix(".")


def _line_number(text: str, path: Sequence[str | int]) -> int | None:
    """The number of the line that sets a key, or else the nearest table or list around it; None without any."""
    around = [(len(key), number) for number, key in _keys(text) if key == tuple(path[: len(key)])]
    # Of several lines that are equally near, the first one.
    return max(around, key=lambda place: (place[0], -place[1]))[1] if around else None


def _keys(text: str) -> Iterator[tuple[int, KeyPath]]:
    """The path of each line that begins a table or sets a key. Inline tables and lists count as one key."""
    table: KeyPath = ()
    tables_of_list: dict[KeyPath, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            *around, last = _parts(header["path"])
            table = (*_inside_lists(around, tables_of_list), last)
            if header["bracket"] == "[[":
                tables_of_list[table] = tables_of_list.get(table, -1) + 1
                table = (*table, tables_of_list[table])
            yield number, table
        elif key := _KEY.match(line):
            yield number, (*table, *_parts(key["path"]))


def _inside_lists(names: Sequence[str], tables_of_list: Mapping[KeyPath, int]) -> KeyPath:
    """The path of these names; a list's name means its last table so far."""
    path: KeyPath = ()
    for name in names:
        path = (*path, name)
        if path in tables_of_list:
            path = (*path, tables_of_list[path])
    return path


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(word.strip("\"'") for word in re.findall(_WORD, dotted))


def _first_problem(error: ValidationError, text: str, model: type[BaseModel]) -> str:
    """The error to show first: a misspelt key is often also a missing one, and the misspelling says more."""
    problem: Any = min(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
    path: KeyPath = tuple(part for part in problem["loc"] if part != "[key]")  # pydantic's mark of a key that is wrong
    if not path:
        return problem_text(problem)
    *table, key = path
    if problem["type"] == "extra_forbidden":
        place = f"line {_line_number(text, path)}: {_name_of(table)}".removesuffix(": ")
        return f"{place}: {unknown('key', str(key), _fields(model, table))}"
    if problem["type"] == "missing":
        line = _line_number(text, table)
        return f"{f'line {line}: ' if line else ''}the key {_name_of(path)} is missing"
    given = problem["input"]
    shown = "" if isinstance(given, dict) else f", not {given!r}"  # a table's lines are many
    return f"{place_of(text, path)}: {problem_text(problem)}{shown}"


def _fields(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """The keys that the table at ``path`` takes."""
    for part in path:
        annotation = model.model_fields[str(part)].annotation if str(part) in model.model_fields else model
        model = _model_in(annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a field's type holds: itself, or the one in its list or dictionary."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((model for model in inner if model is not None), None)


def problem_text(problem: Any) -> str:
    """What would be right instead of one error's value, to stand after a colon."""
    match problem["type"]:
        case "list_type" | "tuple_type" if isinstance(problem["input"], dict):
            return f"write a list of tables, each under [[{problem['loc'][-1]}]]"
        case "list_type" | "tuple_type":
            return f"give a list, such as [{_as_toml(problem['input'])}]"
        case "string_type":
            return f"give a text, such as {_as_toml(str(problem['input']))}"
        case "int_type":
            return "give a whole number, such as 4"
        case "float_type":
            return "give a number, such as 0.5"
        case "bool_type":
            return "give true or false"
        case "dict_type" | "model_type":
            return "give a table, such as { key = value }"
        case "literal_error":
            return f"give {problem['ctx']['expected']}"
        case "too_short":
            return "give at least one"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _as_toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def like(pattern: str, example: str) -> AfterValidator:
    """Refuses a text that does not match, and shows one that does."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"write it like {example}")
        return text

    return AfterValidator(check)


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("leave out the character \\u0000")
    return text


Word = Annotated[str, AfterValidator(_without_nul)]
"""What goes to the system, as a path, an argument or a variable, where the character NUL would end it."""


def _number_or_text(value: object) -> int | float | str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("give a number or a text")  # noqa: TRY004  as pydantic expects of a check
    return value


NumberOrText = Annotated[int | float | str, PlainValidator(_number_or_text)]
