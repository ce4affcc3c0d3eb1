"""A lean HTTP/1.1 client on gevent sockets: one connection, one request at a time, nothing retried silently."""

import socket

import gevent
from gevent import socket as gsocket

from scenarios.http11 import ProtocolError, Response, ResponseParser
from scenarios.outcomes import Outcome

_RECEIVE_BYTES = 256 * 1024


class RequestFailed(Exception):
    """No right response came back; ``outcome`` says how it ended."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome


class Connection:
    """A persistent connection, opened when first used and again after the server closed it.

    connects: how often it was opened. reconnects: how often after the first time, each one caused by the server or by
    a failure before.
    """

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self._address = (host, port)
        self._timeout_s = timeout_s
        self._socket: gsocket.socket | None = None
        self.connects = 0

    @property
    def reconnects(self) -> int:
        """Connections beyond the first."""
        return max(0, self.connects - 1)

    def exchange(self, method: str, request: bytes) -> Response:
        """Send the encoded request and wait for its response. Raises RequestFailed."""
        timeout = gevent.Timeout(self._timeout_s)
        timeout.start()
        try:
            return self._exchange(method, request)
        except gevent.Timeout as error:
            self.close()
            if error is not timeout:
                raise
            raise RequestFailed(Outcome.TIMEOUT, f"no answer within {self._timeout_s:g} s") from None
        except ProtocolError as error:
            self.close()
            raise RequestFailed(Outcome.PROTOCOL, str(error)) from None
        except OSError as error:
            self.close()
            raise RequestFailed(Outcome.RESET, str(error)) from None
        finally:
            timeout.close()

    def _exchange(self, method: str, request: bytes) -> Response:
        connection = self._socket or self._connect()
        parser = ResponseParser(method)
        connection.sendall(request)
        response: Response | None = None
        while response is None:
            data = connection.recv(_RECEIVE_BYTES)
            if data:
                response = parser.feed(data)
            else:
                response = parser.end()
                if response is None:
                    self.close()
                    raise RequestFailed(Outcome.RESET, "the server closed the connection without an answer")
        if not response.keep_alive:
            self.close()
        return response

    def _connect(self) -> gsocket.socket:
        try:
            opened = gsocket.create_connection(self._address)
        except OSError as error:
            raise RequestFailed(Outcome.CONNECT, str(error)) from None
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connects += 1
        self._socket = opened
        return opened

    def close(self) -> None:
        """Close the connection; the next exchange opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
