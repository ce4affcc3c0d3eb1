"""What outlives a slice: a server that stands keeps its connections while its rivals are measured."""

from djbench.request import Workload
from scenarios.draw import Draw
from scenarios.engine.client import Connection, Deadlines
from scenarios.job import Job


class KeptConnections:
    """The idle connections to one server, by what they are for: None for requests, else a WebSocket's path.

    With them the requests that are ready to be sent: to make thousands of variants takes longer than a slice.
    """

    def __init__(self, timeout_s: float) -> None:
        self.deadlines = Deadlines(timeout_s)
        self._idle: dict[str | None, list[Connection]] = {}
        self._drawn: tuple[Workload, Draw] | None = None

    def draw(self, job: Job) -> Draw:
        """What the users of a job draw from."""
        if self._drawn is None or self._drawn[0] != job.workload:
            self._drawn = job.workload, Draw(job.workload, job.host, job.port)
        return self._drawn[1]

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
