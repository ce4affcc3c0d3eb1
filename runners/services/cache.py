"""The cache that the site uses: each process's own memory, or somebody's Redis by its URL."""

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

from djbench.errors import UsageError
from runners.machine.software import importable

LOCAL = "local"
_PORT, _ANSWER_S = 6379, 2.0
_LINE_BYTES = 200
CHOICES = "local, or a redis:// URL such as redis://127.0.0.1:6379/0"


def check_cache(choice: str, interpreter: str) -> None:
    """Raises UsageError unless it is one of CHOICES, can be used here, and is on this machine."""
    if choice == LOCAL:
        return
    try:
        parts = urlsplit(choice)
        port = parts.port or _PORT
    except ValueError:
        raise UsageError(f"--cache: give {CHOICES}") from None  # without the URL, which may have a password
    if parts.scheme != "redis" or not parts.hostname or parts.query:
        raise UsageError(f"--cache: give {CHOICES}")
    if parts.username or parts.password:
        raise UsageError("--cache: a URL with a password would be kept in the run's record; give one without")
    if not _loopback(parts.hostname):
        raise UsageError(f"--cache {choice}: the load is for this machine only; give an address of it, 127.0.0.1")
    if not importable(interpreter, ["redis"]):
        raise UsageError("--cache: the package redis is missing; install it with: python -m pip install redis")
    try:
        answer = _ping(parts.hostname, port)
    except OSError as error:
        raise UsageError(f"--cache {choice}: nobody answers there ({error.strerror or error})") from None
    if answer.startswith("-NOAUTH"):
        raise UsageError(f"--cache {choice}: it asks for a password, which a run would have to keep; take one without")
    if answer != "+PONG":
        raise UsageError(f"--cache {choice}: what answers there is no Redis that is ready; to PING it says {answer!r}")


def _ping(host: str, port: int) -> str:
    """The first line of what is said to a PING, empty when nothing is. Raises OSError when nobody answers in time."""
    with socket.create_connection((host, port), timeout=_ANSWER_S) as connection, connection.makefile("rb") as answers:
        connection.sendall(b"*1\r\n$4\r\nPING\r\n")
        return answers.readline(_LINE_BYTES).decode("latin-1").rstrip("\r\n")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
