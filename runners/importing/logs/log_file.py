"""The lines of an access log, compressed or not."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from djbench.errors import UsageError

_GZIP = b"\x1f\x8b"


def log_lines(path: Path) -> Iterator[str]:
    """Each line. Raises UsageError if the file cannot be read."""
    try:
        with path.open("rb") as file:
            is_compressed = file.read(2) == _GZIP
        with gzip.open(path, "rb") if is_compressed else path.open("rb") as content:
            for line in content:
                yield line.decode("utf-8", "replace").removeprefix("\ufeff")
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "its compressed content is damaged"
        raise UsageError(f"cannot read the log {path}: {reason}") from None
