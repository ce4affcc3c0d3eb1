"""Where a setting's address leads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

_HERE = ("127.0.0.1", "::1", "localhost")
_UNKNOWN = "an address that djbench cannot read"


def reached_addresses(location: Any, service_ports: frozenset[int]) -> list[str]:
    """The addresses, as ``host`` or ``host:port``, that are no service of the run. A password is left out."""
    services = {f"{host}:{port}" for host in _HERE for port in service_ports}
    return [address for address in _addresses(location) if address not in services]


def ports_in(values: Iterable[str]) -> frozenset[int]:
    """The ports in the variables of services: a number, a URL or a ``host:port`` each."""
    last = (value if value.isdigit() else _address(value).rpartition(":")[2] for value in values)
    return frozenset(int(port) for port in last if port.isdigit())


def _addresses(location: Any) -> Iterator[str]:
    """Every address in a URL, a ``host:port``, a list of them, or a table with ``address``, ``host`` or ``url``."""
    if isinstance(location, str):
        for text in re.split(r"[;,\s]+", location.strip()):
            yield _address(text)
    elif isinstance(location, dict):
        names = [name for name in ("address", "host", "hosts", "url", "URL", "HOST") if name in location]
        port = location.get("port", location.get("PORT"))
        for address in _addresses([location[name] for name in names]):
            yield f"{address}:{port}" if port and ":" not in address else address
        if not names:
            yield _UNKNOWN
    elif isinstance(location, (list, tuple)) and len(location) == 2 and isinstance(location[1], int):
        yield f"{location[0]}:{location[1]}"
    elif isinstance(location, (list, tuple)):
        for part in location:
            yield from _addresses(part)
    else:
        yield _UNKNOWN


def _address(text: str) -> str:
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        port = parts.port
    except ValueError:
        return _UNKNOWN
    if not parts.hostname:
        return parts.path or _UNKNOWN
    return f"{parts.hostname}:{port}" if port else parts.hostname
