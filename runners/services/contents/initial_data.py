"""What is in a temporary database before the project prepares it: nothing, a copy of the configured one, or a dump."""

from pathlib import Path

from djbench.errors import UsageError
from djbench.target import Target
from runners.hosts.workspace import Workspace
from runners.services.configured import configured_file
from runners.services.contents.postgres_dump import load_postgres_dump
from runners.services.contents.sqlite_file import copy_sqlite, is_sqlite, load_sqlite_dump
from runners.services.own_postgres import binaries

_SQLITE = "sqlite:///"
_DUMP = "dump:"
_CUSTOM, _GZIP, _ZIP = b"PGDMP", b"\x1f\x8b", b"PK"


def load_data(target: Target, url: str, workspace: Workspace) -> None:
    """Load what the target's description names into the new database of that URL.

    The source is only read. Raises UsageError if it does not fit, and ProcessFailed.
    """
    if target.data == "copy":
        copy_sqlite(configured_file(target), Path(url.removeprefix(_SQLITE)))
    elif target.data != "empty":
        _load_dump(target.description.parent / target.data.removeprefix(_DUMP), url, workspace)


def _load_dump(file: Path, url: str, workspace: Workspace) -> None:
    head = _head(file)
    if url.startswith(_SQLITE):
        database = Path(url.removeprefix(_SQLITE))
        if is_sqlite(head):
            copy_sqlite(file, database)
        else:
            load_sqlite_dump(file, database)
        return
    programs = binaries()
    assert programs is not None, "the database is our own, and its programs are there"
    load_postgres_dump(file, url, programs, workspace, custom=head.startswith(_CUSTOM))


def _head(file: Path) -> bytes:
    """The first bytes of a dump. Raises UsageError for what is none."""
    try:
        with file.open("rb") as dump:
            head = dump.read(64)
    except OSError as error:
        raise UsageError(f'data = "dump:{file.name}": cannot read {file}: {error.strerror}') from None
    if head.startswith((_GZIP, _ZIP)):
        raise UsageError(f'data = "dump:{file.name}": it is packed; unpack it first')
    if head.lstrip().startswith((b"[", b"{")):
        raise UsageError(
            f'data = "dump:{file.name}": a fixture is loaded by prepare, with '
            f'["{{python}}", "manage.py", "loaddata", "{file.name}"]; a dump is SQL'
        )
    return head
