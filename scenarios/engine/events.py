"""Connections whose answer goes on and on, one event after the other, over HTTP and over a WebSocket."""

from collections.abc import Callable

from djbench.outcome import Outcome
from scenarios.engine.client import Connection, Deadlines
from scenarios.engine.endpoint import Endpoint
from scenarios.engine.socket_connection import SocketConnection
from scenarios.http11 import ProtocolError

# What is called with each event and when it was there.
Event = Callable[[bytes, int], None]


class EventConnection(Connection):
    """A response whose body is events, each with ``end`` at its end."""

    def __init__(self, endpoint: Endpoint, deadlines: Deadlines, end: bytes, event: Event) -> None:
        super().__init__(endpoint, deadlines)
        self._end = end
        self._event = event
        self._text = bytearray()

    def _read(self, data: bytes, done_ns: int, *, ended: bool = False) -> None:
        try:
            response = self._parser.feed(data)
        except ProtocolError as error:
            self.fail(Outcome.PROTOCOL, str(error))
            return
        if response is not None:
            self._finish(response, done_ns, ended=ended)
            return
        status, body = self._parser.begun()
        if status != 200:
            return  # it will be whole some time, and say what is wrong
        self._text += body
        while self.waits_since_ns and (at := self._text.find(self._end)) >= 0:
            text = bytes(self._text[:at])
            del self._text[: at + len(self._end)]
            self.waits_since_ns = done_ns
            self._event(text, done_ns)


class EventSocket(SocketConnection):
    """A WebSocket over which every message is an event."""

    def __init__(self, endpoint: Endpoint, deadlines: Deadlines, target: str, event: Event) -> None:
        super().__init__(endpoint, deadlines, target)
        self._event = event

    def _received(self, text: str, done_ns: int, *, ended: bool) -> None:  # noqa: ARG002  its end is told apart
        self._parts = []
        if self.waits_since_ns:
            self.waits_since_ns = done_ns
            self._event(text.encode(), done_ns)
