"""When the measured window opens and closes. Pure: it is told what happened and when, and holds no clock."""

from enum import Enum


class Phase(Enum):
    """Where a window is; it only ever moves forward."""

    WARMING = "warming"
    OPEN = "open"
    CLOSED = "closed"


class Window:
    """Opens and closes on answers, never between them.

    Both ends are the moments of an answer, so that the count in between divides by exactly the time those answers
    took. With ends on the clock, a server that answers 16 users in step every 50 ms would be off by up to 16 answers.
    The answer that closes the window is counted, the one that opens it is not.
    """

    def __init__(self, *, users: int, started_ns: int, warmup_s: float, warmup_limit_s: float, duration_s: float):
        self.phase = Phase.WARMING
        self.opened_ns = 0
        self.closed_ns = 0
        self._waiting_for = set(range(users))
        self._warm_ns = started_ns + round(warmup_s * 1e9)
        self._warm_limit_ns = started_ns + round(warmup_limit_s * 1e9)
        self._duration_ns = round(duration_s * 1e9)

    def answered(self, user: int, done_ns: int) -> Phase | None:
        """An answer (or failure) reached ``user``. Returns the phase that this began, None when nothing changed."""
        if self.phase is Phase.OPEN:
            if done_ns - self.opened_ns >= self._duration_ns:
                return self.close(done_ns)
        elif self.phase is Phase.WARMING:
            self._waiting_for.discard(user)
            if done_ns >= self._warm_ns and (not self._waiting_for or done_ns >= self._warm_limit_ns):
                self.opened_ns = done_ns
                self.phase = Phase.OPEN
                return self.phase
        return None

    def close(self, at_ns: int) -> Phase:
        """Close now: for a window in which nothing is answered any more."""
        if self.phase is Phase.WARMING:
            self.opened_ns = at_ns
        self.closed_ns = at_ns
        self.phase = Phase.CLOSED
        return self.phase
