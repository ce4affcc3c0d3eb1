"""One message over a WebSocket and its answer, to verify a target before it is measured (RFC 6455, by wsproto)."""

import socket

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, RejectConnection, Request, TextMessage
from wsproto.utilities import RemoteProtocolError

_READ_BYTES = 65_536


class SocketError(Exception):
    """The conversation ended without an answer."""


def ask(host: str, port: int, target: str, message: bytes, timeout_s: float) -> tuple[int, bytes]:
    """The status of the handshake, 101 when it succeeds, and the answer to the message.

    timeout_s: for each wait. Raises OSError, and SocketError when there is no answer.
    """
    protocol = WSConnection(ConnectionType.CLIENT)
    text = ""
    with socket.create_connection((host, port), timeout_s) as connection:
        connection.sendall(protocol.send(Request(host=f"{host}:{port}", target=target)))
        while data := connection.recv(_READ_BYTES):
            try:
                protocol.receive_data(data)
                for event in protocol.events():
                    match event:
                        case AcceptConnection():
                            connection.sendall(protocol.send(TextMessage(data=message.decode())))
                        case RejectConnection(status_code=status):
                            return status, b""
                        case TextMessage(data=part, message_finished=whole):
                            text += part
                            if whole:
                                connection.sendall(protocol.send(CloseConnection(code=1000)))
                                return 101, text.encode()
                        case CloseConnection(code=code):
                            raise SocketError(f"the server closed it with code {code}")
            except RemoteProtocolError as error:
                raise SocketError(str(error)) from None
    raise SocketError("the server closed the connection")
