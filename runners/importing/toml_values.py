"""What TOML can write of a JSON value. Pure."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

_LARGEST_INTEGER = 2**63 - 1


def is_writable(value: Any) -> bool:
    """Can TOML write a JSON value? It has no null, and whole numbers of 64 bits."""
    if isinstance(value, Mapping):
        return all(map(is_writable, value.values()))
    if isinstance(value, list):
        return all(map(is_writable, value))
    if isinstance(value, float):
        return isfinite(value)
    return isinstance(value, str | bool) or (isinstance(value, int) and abs(value) <= _LARGEST_INTEGER)
