"""How many connections the clients of a database have while a window is open, and after it."""

from typing import Any

from runners.watching.backends import Backends, most
from runners.watching.observer import Observer, Scene, Span


class DatabaseConnections(Observer):
    """Asks the database at each tick, and takes the answer at the next one."""

    def __init__(self, backends: Backends) -> None:
        self._backends = backends
        backends.awaited()  # what a window that failed has asked is not this one's
        self._before_ns = 0
        self._peak: dict[str, int] = {}

    @classmethod
    def of(cls, scene: Scene) -> "DatabaseConnections | None":
        """For a cell that uses a database which can be asked."""
        return cls(scene.backends) if scene.backends else None

    def opened(self) -> None:
        """The first question."""
        self._before_ns = self._backends.cpu_ns()
        self._backends.ask()

    def tick(self) -> None:
        """Take the last answer, and ask again."""
        self._peak = most(self._peak, self._backends.answer() or {})
        self._backends.ask()

    def cost_elsewhere_ns(self) -> int:
        """What the questions have cost the database."""
        return self._backends.cpu_ns() - self._before_ns

    def facts(self, span: Span) -> dict[str, Any]:  # noqa: ARG002  the same for each length
        """By client: the most connections while the window was open, and those left after the last answer."""
        self._peak = most(self._peak, self._backends.awaited() or {})
        return {"database_backends": {"peak": self._peak, "left": self._backends.count()}}
