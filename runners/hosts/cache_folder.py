"""Where djbench keeps what the next run can use again: nothing of it is needed, and all of it can be removed."""

import os
from pathlib import Path


def cache_folder(name: str) -> Path:
    """A folder of the user's cache, as the XDG base directories have it. It need not exist."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "djbench" / name
