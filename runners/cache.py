"""The cache that the site uses: each process's own memory, or somebody's Redis by its URL."""

import socket
from importlib.util import find_spec
from ipaddress import ip_address
from urllib.parse import urlsplit

from runners.errors import UsageError

LOCAL = "local"
_PORT, _CONNECT_S = 6379, 2.0
CHOICES = "local, or a redis:// URL such as redis://127.0.0.1:6379/0"


def check(choice: str) -> None:
    """Raises UsageError unless it is one of CHOICES, can be used here, and is on this machine."""
    if choice == LOCAL:
        return
    try:
        parts = urlsplit(choice)
        port = parts.port or _PORT
    except ValueError:
        raise UsageError(f"--cache {choice}: give {CHOICES}") from None
    if parts.scheme != "redis" or not parts.hostname or parts.query:
        raise UsageError(f"--cache: give {CHOICES}")
    if parts.username or parts.password:
        raise UsageError("--cache: a URL with a password would be kept in the run's record; give one without")
    if not _loopback(parts.hostname):
        raise UsageError(f"--cache {choice}: the load is for this machine only; give an address of it, 127.0.0.1")
    if find_spec("redis") is None:
        raise UsageError("--cache: the package redis is missing; install it with: python -m pip install redis")
    try:
        with socket.create_connection((parts.hostname, port), timeout=_CONNECT_S):
            pass
    except OSError as error:
        raise UsageError(f"--cache {choice}: nobody answers there ({error.strerror or error})") from None


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
