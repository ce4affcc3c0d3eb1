"""The content of a file that somebody imports."""

from pathlib import Path

from djbench.errors import UsageError


def file_content(path: Path, kind: str) -> bytes:
    """The bytes of a file. ``kind`` says what it should be. Raises UsageError with one line if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the {kind} {path}: {error.strerror}") from None
