"""Tables of a description as TOML text. Pure."""

import re
from collections.abc import Iterator, Mapping

import tomlkit
from tomlkit.items import String

from runners.importing.imported import ImportedTable, TomlValue

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def entry_text(entry: ImportedTable) -> str:
    """An entry with its comments and an empty line at its end."""
    lines = [f"# {one_line(comment)}" for comment in entry.comments]
    table = "\n".join(_table_lines(f"{entry.kind}.{entry.name}", entry.content)).split("\n")
    lines += [f"# {line}".rstrip() for line in table] if entry.commented else table
    return "\n".join(lines) + "\n\n"


def one_line(text: str) -> str:
    """A text that can stand in a comment and on a terminal: without line breaks and control characters."""
    return "".join(sign if sign.isprintable() else " " for sign in text).strip()


def _table_lines(path: str, content: Mapping[str, TomlValue]) -> Iterator[str]:
    """A table; lists of tables that are called steps become tables of their own behind it."""
    yield f"[{path}]"
    for key, value in content.items():
        if key != "steps":
            yield f"{_key(key)} = {_listed(value) if isinstance(value, list) else _inline(value)}"
    steps = content.get("steps", [])
    for step in steps if isinstance(steps, list) else []:
        assert isinstance(step, dict)
        yield ""
        yield f"[[{path}.steps]]"
        for key, value in step.items():
            yield f"{_key(key)} = {_inline(value)}"


def _listed(values: list[TomlValue]) -> str:
    """A list: tables one in a line, anything else in one line."""
    if not any(isinstance(value, dict) for value in values):
        return _inline(values)
    return "[\n" + "".join(f"    {_inline(value)},\n" for value in values) + "]"


def _inline(value: TomlValue) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(key)} = {_inline(part)}" for key, part in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_inline(part) for part in value)}]"
    if isinstance(value, str):
        return _string(value)
    return str(tomlkit.item(value).as_string())


def _string(text: str) -> str:
    """In single quotes if that saves escapes, as for regular expressions and HTML."""
    sound = text.encode("utf-8", "replace").decode()  # half a surrogate pair is no text
    literal = ("\\" in sound or '"' in sound) and "'" not in sound and not _CONTROL.search(sound)
    return String.from_raw(sound, tomlkit.items.StringType.SLL if literal else tomlkit.items.StringType.SLB).as_string()


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else String.from_raw(key, tomlkit.items.StringType.SLB).as_string()
