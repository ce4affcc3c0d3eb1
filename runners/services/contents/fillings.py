"""What requests are filled in with on a prepared database: rows, and the credentials of users."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from djbench.data import Row

_FILE = "djbench-fillings.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What proves who sends a request."""

    #: The session's cookie, ``name=value``; empty for nobody.
    session_cookie: str = ""
    #: The cookie with the CSRF secret; empty if the session has it.
    csrf_cookie: str = ""
    #: What the CSRF header has to say.
    csrf_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fillings:
    """What requests draw from."""

    #: The rows of each values table.
    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    #: The credentials of each users table, one for each of its users; of nobody under the empty name.
    credentials: Mapping[str, tuple[Credentials, ...]] = field(default_factory=dict)
    #: The header that carries a CSRF token.
    csrf_header: str = "X-CSRFToken"


_FILLINGS = TypeAdapter(Fillings)


def keep_fillings(fillings: Fillings, folder: Path) -> None:
    """Keep them beside the data that they are of, so that they are copied with it."""
    (folder / _FILE).write_bytes(_FILLINGS.dump_json(fillings))


def fillings_in(folder: Path) -> Fillings:
    """The fillings that were kept there; nothing if none were."""
    file = folder / _FILE
    return _FILLINGS.validate_json(file.read_bytes()) if file.exists() else Fillings()
