"""The server that load generators are audited against: fast, exact, and able to misbehave on demand.

``python -P -m djbench runners.audit.reference PORT [--burn MICROSECONDS]``, on 127.0.0.1, Linux. One thread, one epoll
loop, nothing but the standard library, so that what it does to a request is known to the microsecond:

``/`` answers at once, after burning the given CPU time; ``/delay/MS`` answers that many milliseconds after the request
was read; ``/freeze/MS`` makes the whole server stand still for that long, then answers.
"""

import argparse
import heapq
import resource
import select
import socket
import time
from contextlib import suppress

from scenarios.timerfd import TimerFd

BODY = b"Hello, world!"
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n%s\r\n"
_KEPT = _OK % (len(BODY), b"") + BODY
_CLOSED = _OK % (len(BODY), b"Connection: close\r\n") + BODY
_LOST = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
_BACKLOG = 8192
_READ_BYTES = 65536


class Reference:
    """The server's state. burn_ns: CPU time to spend on each request to ``/``."""

    def __init__(self, port: int, burn_ns: int) -> None:
        self._burn_ns = burn_ns
        self._listener = socket.create_server(("127.0.0.1", port), backlog=_BACKLOG)
        self._listener.setblocking(False)
        self._timer = TimerFd()
        self._epoll = select.epoll()
        self._epoll.register(self._listener, select.EPOLLIN)
        self._epoll.register(self._timer, select.EPOLLIN)
        self._connections: dict[int, socket.socket] = {}
        self._due: list[tuple[int, int, socket.socket, bytes]] = []
        self._number = 0

    def serve(self) -> None:
        """Serve until the process is ended."""
        while True:
            for descriptor, _ in self._epoll.poll():
                connection = self._connections.get(descriptor)
                if connection is not None:
                    self._read(descriptor, connection)
                elif descriptor == self._timer.fileno():
                    self._timer.acknowledge()
                    self._answer_due()
                else:
                    self._accept()

    def _accept(self) -> None:
        with suppress(BlockingIOError):
            while True:
                connection, _ = self._listener.accept()
                connection.setblocking(False)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._connections[connection.fileno()] = connection
                self._epoll.register(connection, select.EPOLLIN)

    def _read(self, descriptor: int, connection: socket.socket) -> None:
        try:
            request = connection.recv(_READ_BYTES)
        except ConnectionError:
            request = b""
        if not request:
            del self._connections[descriptor]
            connection.close()
            return
        answer = _CLOSED if b"\r\nConnection: close\r\n" in request else _KEPT
        if request.startswith(b"GET / "):
            if self._burn_ns:
                until_ns = time.perf_counter_ns() + self._burn_ns
                while time.perf_counter_ns() < until_ns:
                    pass
        else:
            delay_ns = self._asked(request)
            if delay_ns is None:
                answer = _LOST
            elif delay_ns:
                self._number += 1
                heapq.heappush(self._due, (time.perf_counter_ns() + delay_ns, self._number, connection, answer))
                self._timer.at(self._due[0][0])
                return
        self._send(connection, answer)

    @staticmethod
    def _asked(request: bytes) -> int | None:
        """How long to wait with the answer, in ns, after a freeze that was asked for; None for an unknown path."""
        path = request.split(b" ", 2)[1].split(b"/")
        if len(path) != 3 or path[1] not in (b"delay", b"freeze") or not path[2].isdigit():
            return None
        if path[1] == b"freeze":
            time.sleep(int(path[2]) / 1000)
            return 0
        return int(path[2]) * 1_000_000

    def _answer_due(self) -> None:
        while self._due and self._due[0][0] <= time.perf_counter_ns():
            _, _, connection, answer = heapq.heappop(self._due)
            self._send(connection, answer)
        if self._due:
            self._timer.at(self._due[0][0])

    def _send(self, connection: socket.socket, answer: bytes) -> None:
        with suppress(OSError):  # the client has gone, which is its own affair
            connection.send(answer)
        if answer is _CLOSED and connection.fileno() in self._connections:
            del self._connections[connection.fileno()]
            connection.close()


def main() -> None:
    """Serve on the given port."""
    parser = argparse.ArgumentParser(prog="djbench runners.audit.reference")
    parser.add_argument("port", type=int)
    parser.add_argument("--burn", type=float, default=0.0, metavar="MICROSECONDS")
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    Reference(options.port, round(options.burn * 1000)).serve()
