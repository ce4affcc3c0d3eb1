"""Names for what is imported: lower-case letters, digits and _, as a description takes them. Pure."""

import re
import unicodedata
from collections.abc import Container

from runners.targets.describing.project_patterns import RESERVED

_LONGEST = 40
_BLANK_FIELD = re.compile(r"\{[a-z0-9_]+\.(\w+)\}")


def as_name(text: str, otherwise: str) -> str:
    """The words of a text joined by _, or ``otherwise`` if it has none that can stand in a name."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", letters).strip("_")
    if not name:
        return otherwise
    return (name if name[0].isalpha() else f"{otherwise}_{name}")[:_LONGEST].rstrip("_")


def name_of_path(path: str, method: str = "GET") -> str:
    """A name for requests to a path, which may have blanks: ``polls_pk_vote_post``, or ``home`` for ``/``."""
    words = as_name(_BLANK_FIELD.sub(r"\1", path.partition("?")[0]), "home")
    return words if method == "GET" else as_name(f"{words}_{method}", "request")


def field_name(segment: str) -> str:
    """A name for a value that stands behind a segment of a path: ``poll`` behind ``polls``."""
    name = as_name(segment, "value")
    return name[:-1] if name.endswith("s") and not name.endswith("ss") and len(name) > 2 else name


def free_name(name: str, taken: Container[str]) -> str:
    """The name, or with the first number from 2 on that makes it a new one."""
    return _numbered(name, _first_free(name, 1, taken))


class NewNames:
    """Gives names, each once, in a time that does not grow with how many were given."""

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._numbers: dict[str, int] = {}

    def new(self, name: str) -> str:
        """The name, or with the first number from 2 on that makes it a new one."""
        self._numbers[name] = number = _first_free(name, self._numbers.get(name, 1), self._given)
        self._given.add(_numbered(name, number))
        return _numbered(name, number)


def _first_free(name: str, number: int, taken: Container[str]) -> int:
    while (candidate := _numbered(name, number)) in taken or candidate in RESERVED:
        number += 1
    return number


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}_{number}"
