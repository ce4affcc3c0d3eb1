"""One request and its answer on a connection of their own, with the bytes and the parser of the load generator."""

import socket

from scenarios.http11 import ProtocolError, Response, ResponseParser

_READ_BYTES = 65_536


class NoAnswer(Exception):
    """The server closed the connection without a whole answer, or what it sent is none."""


def exchange(host: str, port: int, method: str, encoded: bytes, timeout_s: float) -> Response:
    """The answer to an encoded request. timeout_s: for each wait. Raises OSError, and NoAnswer."""
    parser = ResponseParser(method)
    with socket.create_connection((host, port), timeout_s) as connection:
        connection.sendall(encoded)
        try:
            while data := connection.recv(_READ_BYTES):
                if response := parser.feed(data):
                    return response
            response = parser.end()
        except ProtocolError as error:
            raise NoAnswer(str(error)) from None
    if response is None:
        raise NoAnswer("the server closed the connection")
    return response
