"""A lean HTTP/1.1 client for gevent: one connection, one request at a time, nothing retried silently.

Lean, because the generator shares the machine with the server it measures, and because answers that wait for the
generator look like a slow server. So a connection is driven by the event loop's callbacks: from a readable socket to
the next request there is no switch of greenlets and no system call but recv and send. A greenlet that wants to wait
for its answer, as a Locust user's does, calls ``exchange``.
"""

import errno
import os
import ssl
import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent import monkey
from gevent import socket as gsocket
from gevent.hub import Waiter

from djbench.outcome import Outcome

from ..http11 import ProtocolError, Response, ResponseParser
from .endpoint import Endpoint
from .tls import End, TlsStream

_plain_socket = monkey.get_original("socket", "socket")
_READ, _WRITE = 1, 2  # gevent's event masks
_SMALLEST_READ_BYTES, _LARGEST_READ_BYTES = 16 * 1024, 1024 * 1024
# How exact time-outs are: a fiftieth of the time-out, within these bounds.
_SHORTEST_SWEEP_S, _LONGEST_SWEEP_S = 0.02, 0.25


class RequestFailed(Exception):
    """No right response came back; ``outcome`` says how it ended."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome


# What is called when an exchange is over: the response, or why there is none, and when that was (perf_counter_ns).
Answered = Callable[[Response | None, RequestFailed | None, int], None]


def _nobody_asked(response: Response | None, failure: RequestFailed | None, done_ns: int) -> None:
    raise AssertionError(f"an answer without a request at {done_ns}: {response or failure}")


class Deadlines:
    """Ends requests that take too long: looks at every connection again and again instead of one timer per request."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_ns = round(timeout_s * 1e9)
        self._failure = f"no answer within {timeout_s:g} s"
        self._interval_s = min(_LONGEST_SWEEP_S, max(_SHORTEST_SWEEP_S, timeout_s / 50))
        self._connections: list[Connection] = []
        self._sweeper = gevent.spawn(self._sweep)

    def watch(self, connection: "Connection") -> None:
        """From now on, look at this connection too."""
        self._connections.append(connection)

    def forget(self, connection: "Connection") -> None:
        """Look at this connection no more."""
        self._connections.remove(connection)

    def _sweep(self) -> None:
        while True:
            gevent.sleep(self._interval_s)
            latest_ns = time.perf_counter_ns() - self.timeout_ns
            late = [one for one in self._connections if one.waits_since_ns and one.waits_since_ns < latest_ns]
            for connection in late:
                connection.fail_soon(Outcome.TIMEOUT, self._failure)

    def close(self) -> None:
        """Stop looking."""
        self._sweeper.kill()


class Connection:
    """A persistent connection, opened when first used and again after the server closed it.

    connects: how often it was opened. reconnects: how often after the first time, each one caused by the server or by
    a failure before. waits_since_ns: when the exchange at hand began, 0 when there is none.
    """

    def __init__(self, endpoint: Endpoint, deadlines: Deadlines) -> None:
        self._endpoint = endpoint
        self._loop = gevent.get_hub().loop
        self._socket: Any = None
        self._recv: Any = None
        self._tls: TlsStream | None = None
        self._readable: Any = None
        self._writable: Any = None
        self._unsent = memoryview(b"")
        self._parser = ResponseParser()
        self._read_bytes = _SMALLEST_READ_BYTES
        self._answered: Answered = _nobody_asked
        self._request = b""
        self.waits_since_ns = 0
        self.connects = 0
        deadlines.watch(self)

    @property
    def reconnects(self) -> int:
        """Connections beyond the first."""
        return max(0, self.connects - 1)

    def count_anew(self) -> None:
        """Forget how often it was opened before; while it is open, that is once."""
        self.connects = int(self._socket is not None)

    def exchange(self, method: str, request: bytes) -> tuple[Response, int]:
        """Send the encoded request and wait, in this greenlet, for its response and the moment it was whole.

        Raises RequestFailed.
        """
        waiter: Waiter[tuple[Response | None, RequestFailed | None, int]] = Waiter()
        self.close_if_ended()
        try:
            self.send(method, request, time.perf_counter_ns(), lambda *answer: waiter.switch(answer))
            response, failure, done_ns = waiter.get()
        except BaseException:
            self.waits_since_ns = 0  # nobody waits for the answer any more, and it must not meet the next request
            self.close()
            raise
        if response is None:
            assert failure is not None
            raise failure
        return response, done_ns

    def send(self, method: str, request: bytes, now_ns: int, answered: Answered) -> None:
        """Send the encoded request; ``answered`` is called, by the event loop and not from here, when it is over."""
        assert not self.waits_since_ns, "a connection carries one request at a time"
        self.waits_since_ns = now_ns
        self._answered = answered
        self._parser.method = method
        if self._socket is None:
            self._request = request
            self._connect()
        elif self._tls is not None:
            self._encrypt(request)
        else:
            self._write(request)

    def _encrypt(self, request: bytes) -> None:
        assert self._tls is not None
        try:
            self._tls.encrypt(request)
        except ssl.SSLError as error:
            self.fail_soon(Outcome.RESET, f"TLS: {error}")
        else:
            self._write(self._tls.outgoing())

    def _write(self, data: bytes) -> None:
        if self._unsent:  # TLS has something to say in the middle of a long request
            self._unsent = memoryview(bytes(self._unsent) + data)
            return
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self.fail_soon(Outcome.RESET, str(error))
            return
        if sent < len(data):
            self._unsent = memoryview(data)[sent:]
            self._await_writable(self._write_on)

    def _write_on(self) -> None:
        try:
            self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except BlockingIOError:
            return
        except OSError as error:
            self.fail(Outcome.RESET, str(error))
            return
        if not self._unsent:
            self._stop_writing()

    def _await_writable(self, callback: Callable[[], None]) -> None:
        self._writable = self._loop.io(self._socket.fileno(), _WRITE)
        self._writable.start(callback)

    def _stop_writing(self) -> None:
        if self._writable is not None:
            self._writable.stop()
            self._writable.close()
            self._writable = None

    def _connect(self) -> None:
        try:
            self._socket = _plain_socket(self._endpoint.family, gsocket.SOCK_STREAM)
        except OSError as error:  # no descriptor left
            self.fail_soon(Outcome.CONNECT, str(error))
            return
        self._socket.setblocking(False)
        self._socket.setsockopt(gsocket.IPPROTO_TCP, gsocket.TCP_NODELAY, 1)
        code = self._socket.connect_ex(self._endpoint.address)
        if code not in (0, errno.EINPROGRESS):
            self.fail_soon(Outcome.CONNECT, os.strerror(code))
            return
        self._await_writable(self._connected)

    def _connected(self) -> None:
        code = self._socket.getsockopt(gsocket.SOL_SOCKET, gsocket.SO_ERROR)
        if code:
            self.fail(Outcome.CONNECT, os.strerror(code))
            return
        self._stop_writing()
        self.connects += 1
        self._recv = self._socket.recv
        self._readable = self._loop.io(self._socket.fileno(), _READ)
        if self._endpoint.tls is None:
            self._readable.start(self._ready)
            self._write(self._request)
            return
        self._tls = TlsStream(self._endpoint.tls, self._endpoint.host)
        self._readable.start(self._ready_for_tls)
        self._write(self._tls.outgoing())

    def _ready(self) -> None:
        try:
            data = self._recv(self._read_bytes)
        except BlockingIOError:
            return
        except OSError as error:
            self.fail(Outcome.RESET, str(error))
            return
        done_ns = time.perf_counter_ns()
        if data:
            self._read(data, done_ns)
        else:
            self._ended(done_ns)

    def _ready_for_tls(self) -> None:
        assert self._tls is not None
        established = self._tls.established
        try:
            data = self._recv(self._read_bytes)
            done_ns = time.perf_counter_ns()
            plain, end = self._tls.received(data)
            if self._tls.established and not established and self.waits_since_ns:
                self._tls.encrypt(self._request)
        except BlockingIOError:
            return
        except OSError as error:  # ssl.SSLError is one
            outcome = Outcome.RESET if established else Outcome.CONNECT
            self.fail(outcome, f"TLS: {error}" if isinstance(error, ssl.SSLError) else str(error))
            return
        if out := self._tls.outgoing():
            self._write(out)
        # After an answer this connection may be another one already, with the next request on it.
        tls = self._tls
        if plain:
            self._read(plain, done_ns, ended=end is not None)
        if end is not None and self._tls is tls:
            self._ended(done_ns, cut=end is End.CUT)

    def _read(self, data: bytes, done_ns: int, *, ended: bool = False) -> None:
        if not self.waits_since_ns:
            self.close()  # bytes that nobody asked for; the next request gets a new connection, which is counted
            return
        try:
            response = self._parser.feed(data)
        except ProtocolError as error:
            self.fail(Outcome.PROTOCOL, str(error))
            return
        if response is not None:
            self._finish(response, done_ns, ended=ended)
        elif len(data) == self._read_bytes < _LARGEST_READ_BYTES:
            self._read_bytes *= 2  # a large body: fewer, larger reads from here on

    def _ended(self, done_ns: int, *, cut: bool = False) -> None:
        """The server closed the connection: the end of an answer, of a wait, or of an idle time.

        cut: under TLS, without having said so; then it is not the end of an answer (RFC 9112, 9.8).
        """
        if not self.waits_since_ns:
            self.close()
            return
        try:
            response = self._parser.end()
        except ProtocolError as error:
            self.fail(Outcome.RESET, str(error))
            return
        if response is None:
            self.fail(Outcome.RESET, "the server closed the connection without an answer")
        elif cut:
            self.fail(Outcome.RESET, "the TLS connection was cut off in the middle of a response")
        else:
            self._finish(response, done_ns, ended=True)

    def _finish(self, response: Response, done_ns: int, *, ended: bool) -> None:
        self.waits_since_ns = 0
        if ended or not response.keep_alive:
            self.close()
        self._answered(response, None, done_ns)

    def fail_soon(self, outcome: Outcome, reason: str) -> None:
        """End the exchange at hand from the event loop.

        A caller of ``send`` whose answer came at once would call it again, and again; and only the event loop may wake
        a greenlet that waits in ``exchange``.
        """
        self._loop.run_callback(self._fail_of, self.waits_since_ns, outcome, reason)

    def _fail_of(self, since_ns: int, outcome: Outcome, reason: str) -> None:
        if self.waits_since_ns == since_ns:
            self.fail(outcome, reason)

    def fail(self, outcome: Outcome, reason: str) -> None:
        """End the exchange at hand, if there is one, and close the connection."""
        waited = self.waits_since_ns
        self.waits_since_ns = 0
        self.close()
        if waited:
            self._answered(None, RequestFailed(outcome, reason), time.perf_counter_ns())

    def close_if_ended(self) -> None:
        """Close an idle connection that the server has closed, when the event loop has not come to see that yet."""
        if self._recv is None:
            return
        try:
            self._recv(1, gsocket.MSG_PEEK)
        except BlockingIOError:
            return
        except OSError:
            pass  # it has ended, and not well
        self.close()  # its end is there to be read, or bytes that nobody asked for

    def forsake(self) -> None:
        """Nobody waits for the answer any more."""
        self.waits_since_ns = 0
        self.close()

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._stop_writing()
        if self._readable is not None:
            self._readable.stop()
            self._readable.close()
            self._readable = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            self._recv = None
            self._tls = None
            self._unsent = memoryview(b"")
        self._parser = ResponseParser()
