"""Connections that outlive a slice: a server that stands keeps them while its rivals are measured."""

from scenarios.engine.client import Connection, Deadlines


class KeptConnections:
    """The idle connections to one server, by what they are for: None for requests, else a WebSocket's path."""

    def __init__(self, timeout_s: float) -> None:
        self.deadlines = Deadlines(timeout_s)
        self._idle: dict[str | None, list[Connection]] = {}

    def take(self, target: str | None) -> Connection | None:
        """An idle connection, its counts begun anew; None without any.

        One that the server has closed meanwhile is opened by its next request. That is no reconnect: the server kept
        to its keep-alive time-out while it was at rest.
        """
        idle = self._idle.get(target)
        if not idle:
            return None
        connection = idle.pop()
        connection.close_if_ended()
        connection.count_anew()
        return connection

    def give_back(self, target: str | None, connection: Connection) -> None:
        """Keep a connection for the next slice; one whose answer did not come is closed first."""
        if connection.waits_since_ns:
            connection.forsake()
        self._idle.setdefault(target, []).append(connection)
