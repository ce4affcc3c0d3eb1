"""Calls to other hosts: noted in a file, and refused. For the time before a run, not while it measures.

Seen is what goes through Python's sockets, patched by gevent or not, and through uvloop. Not seen is what opens
connections in C by itself: libpq, gRPC, librdkafka, libcurl. Programs that the project starts are not watched.
"""

from __future__ import annotations

import _socket
import errno
import os
import socket
import sys
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any, Callable

# The audit events that lead to another host, and which argument has the host or the address.
_LOOKUPS = {"socket.getaddrinfo": 0, "socket.gethostbyname": 0}
_CONNECTIONS = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1}
_INTERNET = (socket.AF_INET, socket.AF_INET6)
# The methods of uvloop's loop that lead to another host, and how each is told it.
_UVLOOP: Mapping[str, Callable[..., Any]] = {
    "getaddrinfo": lambda host, *_, **__: host,
    "create_connection": lambda _factory, host=None, *_, **__: host,
    "create_datagram_endpoint": lambda _factory, _local=None, remote_addr=None, **_: (remote_addr or (None,))[0],
}


class CallWatch:
    """Which hosts may be called, and which were called."""

    def __init__(self, file: str, allowed: Iterable[str]) -> None:
        self._file = file
        self._allowed = {host.lower() for host in allowed}
        self._noted: set[str] = set()

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> CallWatch:
        """The one that the variables ask for. They name a file."""
        return cls(environment["DJBENCH_CALLS"], environment.get("DJBENCH_MAY_CALL", "").split())

    def audit(self, event: str, arguments: Any) -> None:
        """The audit hook. Raises OSError for a call to a host that may not be called."""
        if event in _LOOKUPS:
            self.require(arguments[_LOOKUPS[event]])
        elif event in _CONNECTIONS and arguments[0].family in _INTERNET and arguments[1]:
            self.require(arguments[_CONNECTIONS[event]][0])

    def require(self, host: Any) -> None:
        """Raises OSError for a host that may not be called, and notes it."""
        name = host.decode(errors="replace") if isinstance(host, bytes) else host
        if not isinstance(name, str) or is_here(name) or name.lower() in self._allowed:
            return
        self._note(name)
        raise ConnectionRefusedError(
            errno.ECONNREFUSED, f"djbench refuses the call to {name}; allow it with: --may-call {name}"
        )

    def note_server(self, address: str) -> None:
        """Note a server on this machine that a setting names, as ``host:port``, unless it may be called.

        A call to it would not be noted. It can be one that people work with, though.
        """
        if is_here(address.rpartition(":")[0] or address) and address.lower() not in self._allowed:
            self._note(address)

    def learn(self, host: Any, addresses: Iterable[str]) -> None:
        """An allowed host's addresses are allowed."""
        name = host.decode(errors="replace") if isinstance(host, bytes) else host
        if isinstance(name, str) and name.lower() in self._allowed:
            self._allowed.update(addresses)

    def _note(self, host: str) -> None:
        """One line per host and process; a single write, so that lines of processes do not mix."""
        name = "".join(letter if letter.isprintable() and letter != " " else "?" for letter in host)
        if name in self._noted:
            return
        self._noted.add(name)
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(descriptor, f"{name}\n".encode())
        finally:
            os.close(descriptor)


def is_here(host: str) -> bool:
    """Whether it is this machine: a loopback address, a name of it, or no host at all."""
    name = host.partition("%")[0].lower().rstrip(".")
    try:
        address = ip_address(name)
    except ValueError:
        return name in ("", "localhost", "ip6-localhost", "localhost.localdomain", socket.gethostname().lower())
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_loopback or mapped.is_unspecified)


def watch(calls: CallWatch) -> None:
    """Note and refuse calls in this process from now on."""
    _learn_addresses(calls)
    _watch_uvloop(calls)
    sys.addaudithook(calls.audit)


def _learn_addresses(calls: CallWatch) -> None:
    """Watch lookups, so that the addresses of an allowed host are known when they are called."""
    looked_up: Callable[..., Any] = _socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        answers = looked_up(host, *arguments, **options)
        calls.learn(host, {answer[4][0] for answer in answers})
        return answers

    _socket.getaddrinfo = getaddrinfo


def _watch_uvloop(calls: CallWatch) -> None:
    """Uvloop looks up and connects in C, where Python raises no audit event."""
    try:
        from uvloop import Loop
    except ImportError:
        return

    for name, host_of in _UVLOOP.items():
        setattr(Loop, name, _watched(getattr(Loop, name), host_of, calls))


def _watched(method: Callable[..., Any], host_of: Callable[..., Any], calls: CallWatch) -> Callable[..., Any]:
    """The method of a loop, watched. What a lookup answers is learned."""

    async def watched(loop: Any, *arguments: Any, **options: Any) -> Any:
        host = host_of(*arguments, **options)
        calls.require(host)
        answer = await method(loop, *arguments, **options)
        if method.__name__ == "getaddrinfo":
            calls.learn(host, {entry[4][0] for entry in answer})
        return answer

    return watched
