"""Which of two versions is the older one."""

from packaging.version import InvalidVersion, Version


def is_older(version: str, than: str) -> bool:
    """Is it? A version that breaks the rules for versions is not known to be."""
    try:
        return Version(version) < Version(than)
    except InvalidVersion:
        return False
