"""What installed packages offer: objects named by the entry points of a group."""

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from djbench.spec import SpecError

_Kind = TypeVar("_Kind")


def entries(group: str) -> Mapping[str, EntryPoint]:
    """The group's entry points by name."""
    return {entry.name: entry for entry in sorted(entry_points(group=group))}


def shown(entry: EntryPoint) -> str:
    """Such as ``the entry point mine of djbench.patterns (my_pattern:PATTERN)``."""
    return f"the entry point {entry.name} of {entry.group} ({entry.value})"


def origin(entry: EntryPoint) -> str:
    """Where it comes from: such as ``mine 1.0, my_pattern:PATTERN``."""
    return f"{entry.dist.name} {entry.dist.version}, {entry.value}" if entry.dist else entry.value


def load(entry: EntryPoint, kind: type[_Kind]) -> _Kind:
    """The object, which has to bear the entry point's name. Raises SpecError with one line when it is not to be had."""
    try:
        found = entry.load()
    except Exception as error:  # a module from elsewhere can fail in any way
        raise SpecError(f"{shown(entry)} cannot be loaded: {reason(error)}") from error
    if not isinstance(found, kind) or getattr(found, "name", None) != entry.name:
        raise SpecError(f"{shown(entry)} is no {kind.__name__} of that name")
    return found


def reason(error: Exception) -> str:
    """An error's kind and the first line of what it says."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
