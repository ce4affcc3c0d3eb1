"""A WebSocket as a connection: each message that is sent has one message as its answer (RFC 6455, by wsproto)."""

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import RemoteProtocolError

from djbench.outcome import Outcome
from scenarios.engine.client import Answered, Connection, Deadlines
from scenarios.engine.endpoint import Endpoint
from scenarios.http11 import Response

# What a message's answer has as its status: that of the handshake.
SWITCHED = 101


class SocketConnection(Connection):
    """A connection whose first message opens a WebSocket at ``target``; the handshake is no part of the answers."""

    def __init__(self, endpoint: Endpoint, deadlines: Deadlines, target: str) -> None:
        super().__init__(endpoint, deadlines)
        self._target = target
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._message = ""
        self._parts: list[str] = []

    def send(self, method: str, request: bytes, now_ns: int, answered: Answered) -> None:
        """Send a text message; ``answered`` is called with the next one that comes, or when none can."""
        if self._socket is not None:
            super().send(method, self._protocol.send(TextMessage(data=request.decode())), now_ns, answered)
            return
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._message = request.decode()
        self._parts = []
        handshake = self._protocol.send(Request(host=self._endpoint.authority, target=self._target))
        super().send(method, handshake, now_ns, answered)

    def _read(self, data: bytes, done_ns: int, *, ended: bool = False) -> None:
        protocol = self._protocol
        try:
            protocol.receive_data(data)
            for event in protocol.events():
                match event:
                    case AcceptConnection():
                        self._write(protocol.send(TextMessage(data=self._message)))
                    case TextMessage(data=text, message_finished=whole):
                        self._parts.append(text)
                        if whole:
                            self._received("".join(self._parts), done_ns, ended=ended)
                    case RejectConnection(status_code=status):
                        self._finish(Response(status, b"", False, b""), done_ns, ended=True)
                    case Ping():
                        self._write(protocol.send(event.response()))
                    case CloseConnection(code=code):
                        self.fail(Outcome.RESET, f"the server closed the WebSocket with code {code}")
                    case BytesMessage():
                        self.fail(Outcome.PROTOCOL, "a binary message, where text was sent")
                if protocol is not self._protocol or self._socket is None:
                    return  # an answer's next request, or a failure, has taken another connection
        except RemoteProtocolError as error:
            self.fail(Outcome.PROTOCOL, str(error))

    def _received(self, text: str, done_ns: int, *, ended: bool) -> None:
        """A whole message came."""
        self._parts = []
        if not self.waits_since_ns:
            self.close()  # a message that nobody asked for; the next one gets a new connection, which is counted
            return
        self._finish(Response(SWITCHED, text.encode(), True, b""), done_ns, ended=ended)
