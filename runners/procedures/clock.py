"""How long a run has lasted, and how fast it goes compared with what was expected."""

import time


class Clock:
    """Stands still until it is started. ``before_s``: how long the run lasted before it was interrupted."""

    def __init__(self, before_s: float = 0.0) -> None:
        self._before_s = before_s
        self._started_s: float | None = None
        self._taken_s = 0.0
        self._expected_s = 0.0

    def start(self) -> None:
        """The run begins, or goes on."""
        self._started_s = time.monotonic()

    def spent_s(self) -> float:
        """How long the run has lasted, in seconds, without the time between interruption and resumption."""
        here_s = 0.0 if self._started_s is None else time.monotonic() - self._started_s
        return self._before_s + here_s

    def block(self, taken_s: float, *, expected_s: float) -> None:
        """A block, or what was left of one, has taken so long; nothing, when nothing was left."""
        if not expected_s:
            return
        self._taken_s += taken_s
        self._expected_s += expected_s

    @property
    def pace(self) -> float:
        """How long blocks really take over what is expected of them; 1 before there was one."""
        return self._taken_s / self._expected_s if self._expected_s else 1.0
