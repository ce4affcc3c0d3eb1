"""What outlives a slice: a server that stands keeps its connections while its rivals are measured."""

from collections.abc import Callable
from typing import TypeVar

from djbench.request import Workload
from scenarios.draw import Draw
from scenarios.engine.client import Connection, Deadlines
from scenarios.job import Job
from scenarios.visiting.visit import Itinerary, Visit

_T = TypeVar("_T", Draw, Itinerary)


def _made(before: list[tuple[Workload, _T]], workload: Workload, make: Callable[[], _T]) -> _T:
    """What was made for a workload. The cells that share a server are few, so all of it stays."""
    made = next((one for of, one in before if of == workload), None)
    if made is None:
        made = make()
        before.append((workload, made))
    return made


def ready_itinerary(job: Job) -> Itinerary:
    """The steps of a job's journey, ready to be sent."""
    itinerary = Itinerary(job.workload, f"{job.host}:{job.port}")
    itinerary.make_ready()
    return itinerary


class KeptConnections:
    """The idle connections to one server, by what they are for: None for requests, else a WebSocket's path.

    With them the requests that are ready to be sent: to make thousands of variants takes longer than a slice. And how
    far each user of a journey has come, by its place.
    """

    def __init__(self, timeout_s: float) -> None:
        self.deadlines = Deadlines(timeout_s)
        self._idle: dict[str | None, list[Connection]] = {}
        self._draws: list[tuple[Workload, Draw]] = []
        self._itineraries: list[tuple[Workload, Itinerary]] = []
        #: By journey and place of the user: its pass, and the step that comes next.
        self.travels: dict[Itinerary, dict[int, tuple[Visit, int]]] = {}

    def draw(self, job: Job) -> Draw:
        """What the users of a job draw from."""
        return _made(self._draws, job.workload, lambda: Draw(job.workload, job.host, job.port))

    def itinerary(self, job: Job) -> Itinerary:
        """The way of the users of a job."""
        return _made(self._itineraries, job.workload, lambda: ready_itinerary(job))

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
