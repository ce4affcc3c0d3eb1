"""What an import has for a project's description, as values: tables with names, and what there is to say of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

#: What TOML can write. JSON's null is not among it.
TomlValue: TypeAlias = "str | int | float | bool | list[TomlValue] | dict[str, TomlValue]"
Kind: TypeAlias = Literal["values", "users", "requests", "journeys"]
#: What stands in place of a value that somebody has to fill in.
FILL_IN = "FILL IN"
#: The user whose session stands for every session of a recording or a schema.
MEMBER = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTable:
    """One table of a description, such as ``[requests.home]``."""

    #: The table around it.
    kind: Kind
    #: Its name: lower-case letters, digits and _.
    name: str
    #: Its keys.
    content: Mapping[str, TomlValue]
    #: What stands above it, a line each.
    comments: tuple[str, ...] = ()
    #: Is it written as comments, because something in it has to be filled in before it can be sent?
    commented: bool = False
    #: Is there something to fill in? A table of that name that is there is taken for the filled-in one.
    to_fill_in: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The outcome of an import."""

    #: The tables.
    entries: tuple[ImportedTable, ...]
    #: What the reader has to know: what was left out, replaced or guessed. A sentence each.
    notes: tuple[str, ...] = ()
    #: A table for people, line by line.
    details: tuple[str, ...] = ()


def member_entry() -> ImportedTable:
    """The user whose session stands for every session."""
    return ImportedTable(kind="users", name=MEMBER, content={"username": "djbench"}, to_fill_in=True)
