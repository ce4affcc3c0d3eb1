"""A lean HTTP/1.1 client for gevent: one connection, one request at a time, nothing retried silently.

Lean, because the generator shares the machine with the server it measures, and because answers that wait for the
generator look like a slow server. So it talks to the kernel's socket and gevent's event loop directly: gevent's own
socket tries to read before it waits, and a gevent.Timeout per request costs more than the request's bookkeeping.
"""

import errno
import os
import time
from contextlib import suppress
from typing import Any

import gevent
from gevent import monkey
from gevent import socket as gsocket

from scenarios.http11 import ProtocolError, Response, ResponseParser
from scenarios.outcomes import Outcome

_plain_socket = monkey.get_original("socket", "socket")
_READ, _WRITE = 1, 2  # gevent's event masks
_SMALLEST_READ_BYTES, _LARGEST_READ_BYTES = 16 * 1024, 1024 * 1024
_SWEEP_S = 0.02


class RequestFailed(Exception):
    """No right response came back; ``outcome`` says how it ended."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome


class Deadlines:
    """Ends requests that take too long: looks at every connection each 20 ms, which is how exact time-outs are."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_ns = round(timeout_s * 1e9)
        self.message = f"no answer within {timeout_s:g} s"
        self._connections: list[Connection] = []
        self._sweeper = gevent.spawn(self._sweep)

    def watch(self, connection: "Connection") -> None:
        """From now on, look at this connection too."""
        self._connections.append(connection)

    def _sweep(self) -> None:
        while True:
            gevent.sleep(_SWEEP_S)
            latest_ns = time.perf_counter_ns() - self.timeout_ns
            for connection in self._connections:
                if connection.waits_since_ns and connection.waits_since_ns < latest_ns:
                    connection.expire()

    def close(self) -> None:
        """Stop looking."""
        self._sweeper.kill()


class _Expired(BaseException):
    """Thrown into a greenlet that waits for too long; no Exception, so that nothing on the way catches it."""


class Connection:
    """A persistent connection, opened when first used and again after the server closed it.

    address: an IP address and a port, in the family ``family``; a name would be looked up on every connect.
    connects: how often it was opened. reconnects: how often after the first time, each one caused by the server or by
    a failure before. waits_since_ns: when the exchange at hand began, 0 when there is none.
    """

    def __init__(self, family: int, address: tuple[Any, ...], deadlines: Deadlines) -> None:
        self._family = family
        self._address = address
        self._deadlines = deadlines
        self._hub = gevent.get_hub()
        self._socket: Any = None
        self._readable: Any = None
        self._parser = ResponseParser()
        self._read_bytes = _SMALLEST_READ_BYTES
        self._waiting: Any = None
        self.waits_since_ns = 0
        self.connects = 0
        deadlines.watch(self)

    @property
    def reconnects(self) -> int:
        """Connections beyond the first."""
        return max(0, self.connects - 1)

    def exchange(self, method: str, request: bytes) -> Response:
        """Send the encoded request and wait for its response. Raises RequestFailed."""
        self.waits_since_ns = time.perf_counter_ns()
        try:
            response = self._exchange(method, request)
        except _Expired:
            self.close()
            raise RequestFailed(Outcome.TIMEOUT, self._deadlines.message) from None
        except ProtocolError as error:
            self.close()
            raise RequestFailed(Outcome.PROTOCOL, str(error)) from None
        except OSError as error:
            self.close()
            raise RequestFailed(Outcome.RESET, str(error)) from None
        finally:
            self.waits_since_ns = 0
        if not response.keep_alive:
            self.close()
        return response

    def _exchange(self, method: str, request: bytes) -> Response:
        if self._socket is None:
            self._connect()
        self._parser.method = method
        self._send(request)
        while True:
            self._wait(self._readable)
            try:
                data = self._socket.recv(self._read_bytes)
            except BlockingIOError:
                continue
            if not data:
                return self._ended()
            response = self._parser.feed(data)
            if response is not None:
                return response
            if len(data) == self._read_bytes < _LARGEST_READ_BYTES:
                self._read_bytes *= 2  # a large body: fewer, larger reads from here on

    def _ended(self) -> Response:
        response = self._parser.end()
        if response is None:
            self.close()
            raise RequestFailed(Outcome.RESET, "the server closed the connection without an answer")
        return response

    def _send(self, request: bytes) -> None:
        left = memoryview(request)
        while True:
            with suppress(BlockingIOError):
                left = left[self._socket.send(left) :]
            if not left:
                return
            self._wait_once(_WRITE)

    def _connect(self) -> None:
        self._socket = _plain_socket(self._family, gsocket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(gsocket.IPPROTO_TCP, gsocket.TCP_NODELAY, 1)
        code = self._socket.connect_ex(self._address)
        if code == errno.EINPROGRESS:
            self._wait_once(_WRITE)
            code = self._socket.getsockopt(gsocket.SOL_SOCKET, gsocket.SO_ERROR)
        if code:
            self.close()
            raise RequestFailed(Outcome.CONNECT, os.strerror(code))
        self._readable = self._hub.loop.io(self._socket.fileno(), _READ)
        self.connects += 1

    def _wait_once(self, events: int) -> None:
        watcher = self._hub.loop.io(self._socket.fileno(), events)
        try:
            self._wait(watcher)
        finally:
            watcher.close()

    def _wait(self, watcher: Any) -> None:
        """Let other greenlets run until the event is there, or ``expire`` ends the wait."""
        self._waiting = gevent.getcurrent()
        watcher.start(self._waiting.switch)
        try:
            self._hub.switch()
        finally:
            watcher.stop()
            self._waiting = None

    def expire(self) -> None:
        """End the exchange at hand as timed out, if it still waits when the event loop comes to it."""
        self._hub.loop.run_callback(self._throw, self.waits_since_ns)

    def _throw(self, since_ns: int) -> None:
        if self._waiting is not None and self.waits_since_ns == since_ns:
            self._waiting.throw(_Expired)

    def close(self) -> None:
        """Close the connection; the next exchange opens another."""
        if self._readable is not None:
            self._readable.close()
            self._readable = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._parser = ResponseParser()


def resolve(host: str, port: int) -> tuple[int, tuple[Any, ...]]:
    """Family and address of a host name or IP address. Raises OSError when it is not known."""
    family, _, _, _, address = gsocket.getaddrinfo(host, port, type=gsocket.SOCK_STREAM)[0]
    return family, address
