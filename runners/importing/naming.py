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
    candidate, number = name, 1
    while candidate in taken or candidate in RESERVED:
        number += 1
        candidate = f"{name}_{number}"
    return candidate
