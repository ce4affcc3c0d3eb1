"""What an import adds to a description: nothing is overwritten, and nothing is added that is already there. Pure."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from djbench.blanks import filled_text
from djbench.errors import UsageError
from runners.importing.entry_text import entry_text
from runners.importing.imported import Imported, ImportedTable, Kind, TomlValue
from runners.importing.naming import free_name

# Requests, pairs and journeys are patterns, which share their names.
_SHARING = ("requests", "pairs", "journeys")


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """The outcome, before anything is written."""

    #: What comes behind the text that is there; empty if nothing is new.
    text: str
    #: The tables that are new, as ``requests.home``.
    new: tuple[str, ...]
    #: The tables that are there already.
    present: tuple[str, ...]
    #: What the reader has to know. A sentence each.
    notes: tuple[str, ...]


def additions_to(text: str, imported: Imported, source: str) -> Additions:
    """What an import adds to the text of a description. Raises UsageError that names ``source``."""
    parts: list[str] = []
    new: list[str] = []
    present: list[str] = []
    notes: list[str] = []
    tables = _tables(text, source)
    renamed: dict[tuple[Kind, str], str] = {}
    for entry in imported.entries:
        content = _with_names(entry.content, renamed)
        name, is_there = _place(entry, content, tables)
        renamed[entry.kind, entry.name] = name
        written = entry_text(replace(entry, name=name, content=content))
        if is_there or (entry.commented and written.strip() in text):
            present.append(f"{entry.kind}.{name}")
            continue
        if name != entry.name:
            notes.append(f"{entry.kind}.{entry.name} is taken, so it is called {entry.kind}.{name}")
        new.append(f"{entry.kind}.{name}")
        parts.append(written)
        tables.setdefault(entry.kind, {})[name] = content
    added = _behind(text, "".join(parts))
    _tables(text + added, source)
    return Additions(text=added, new=tuple(new), present=tuple(present), notes=(*imported.notes, *notes))


def _tables(text: str, source: str) -> dict[str, dict[str, Any]]:
    """The tables of a text that hold tables with names. Raises UsageError if it is not TOML."""
    try:
        content = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{source}: not valid TOML: {error}; write requests as [requests.NAME] tables") from None
    return {key: dict(value) for key, value in content.items() if isinstance(value, dict)}


def _place(
    entry: ImportedTable, content: Mapping[str, TomlValue], tables: Mapping[str, Mapping[str, Any]]
) -> tuple[str, bool]:
    """The name for an entry, and whether the same stands there under that name."""
    own = tables.get(entry.kind, {})
    taken = {name for kind in _sharing(entry.kind) for name in tables.get(kind, {})}
    if entry.to_fill_in and entry.name in own:
        return entry.name, True
    for name in _numbered(entry.name, taken):
        if own.get(name) == content:
            return name, True
    return free_name(entry.name, taken), False


def _numbered(name: str, taken: set[str]) -> Iterator[str]:
    """The names that ``free_name`` passes over."""
    passed: set[str] = set()
    while (candidate := free_name(name, passed)) in taken:
        yield candidate
        passed.add(candidate)


def _sharing(kind: Kind) -> Sequence[str]:
    return _SHARING if kind in _SHARING else (kind,)


def _with_names(content: Mapping[str, TomlValue], renamed: Mapping[tuple[Kind, str], str]) -> dict[str, TomlValue]:
    """The content with values and users as they are called in the file."""
    values = {name: new for (kind, name), new in renamed.items() if kind == "values" and name != new}
    users = {name: new for (kind, name), new in renamed.items() if kind == "users"}
    changed = {key: _with_blanks(value, values) for key, value in content.items()}
    user = changed.get("user")
    return {**changed, "user": users.get(user, user)} if isinstance(user, str) else changed


def _with_blanks(value: TomlValue, values: Mapping[str, str]) -> TomlValue:
    if isinstance(value, dict):
        return {key: _with_blanks(part, values) for key, part in value.items()}
    if isinstance(value, list):
        return [_with_blanks(part, values) for part in value]
    return filled_text(value, lambda blank: _renamed_blank(blank, values)) if isinstance(value, str) else value


def _renamed_blank(blank: str, values: Mapping[str, str]) -> str | None:
    name, dot, field = blank.partition(".")
    return f"{{{values[name]}{dot}{field}}}" if name in values else None


def _behind(text: str, added: str) -> str:
    """The new tables as they stand behind the text: after an empty line, with its kind of line ends."""
    if not added:
        return ""
    gap = "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
    behind = gap + added.rstrip("\n") + "\n"
    return behind.replace("\n", "\r\n") if "\r\n" in text else behind
