"""Where a load goes: an address that is looked up once, and what is said to it by name."""

import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gevent import socket as gsocket

from .tls import client_context

_PORTS = {"http": 80, "https": 443}
_PROBE_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where connections go: an IP address with port, so that no name is looked up for a connection."""

    #: The address family.
    family: int
    #: What ``connect`` takes.
    address: tuple[Any, ...]
    #: As TLS names it.
    host: str
    #: As the Host header names it.
    authority: str
    #: What every path begins with.
    prefix: str = ""
    #: None for plain HTTP.
    tls: ssl.SSLContext | None = None


def socket_address(host: str, port: int) -> tuple[int, tuple[Any, ...]]:
    """Family and address of a host name or IP address. Raises OSError when it is not known.

    Of several addresses, the first that somebody answers at; a name such as localhost can have one where nobody does.
    """
    addresses = gsocket.getaddrinfo(host, port, type=gsocket.SOCK_STREAM)
    for family, kind, protocol, _, address in addresses if len(addresses) > 1 else ():
        with gsocket.socket(family, kind, protocol) as probe:
            probe.settimeout(_PROBE_S)
            if probe.connect_ex(address) == 0:
                return family, address
    family, _, _, _, address = addresses[0]
    return family, address


def endpoint_of(url: str, *, verify: bool = True) -> Endpoint:
    """The endpoint of an http:// or https:// URL. Raises ValueError for another one, OSError for an unknown host."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"{url or 'nothing'} is no address of a site; write http://127.0.0.1:8000")
    if parts.username or parts.query or parts.fragment:
        raise ValueError(f"{url}: an address has no user, query or fragment; give those with each request")
    default = _PORTS[parts.scheme]
    port = parts.port or default
    family, address = socket_address(parts.hostname, port)
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Endpoint(
        family=family,
        address=address,
        host=parts.hostname,
        authority=name if port == default else f"{name}:{port}",
        prefix=parts.path.rstrip("/"),
        tls=client_context(verify=verify) if parts.scheme == "https" else None,
    )
