"""When the measured window opens and closes. Pure: it is told what happened and when, and holds no clock.

Under closed load both ends are the moments of an answer, so that the count in between divides by exactly the time
those answers took. With ends on the clock, a server that answers 16 users in step every 50 ms would be off by up to 16
answers. The answer that closes the window is counted, the one that opens it is not, and both are the same user's, for
users in step come in rounds. Under open load the schedule sets
the pace and not the answers, and the ends are moments of the schedule.
"""

from scenarios.steadiness import Steadiness


class WarmUp:
    """One generator's warm-up under closed load: at least so long, and until each of its users was answered once.

    But no longer than ``limit_s``, and not before ``users`` is known, which Locust says when all have been started.
    From ``least_s`` to ``steady_limit_s`` it goes on for as long as the load is not steady. ``beside``: how many of the
    users are there to disturb; their answers say nothing of the others' steadiness.
    """

    def __init__(self, *, started_ns: int, least_s: float, limit_s: float, steady_limit_s: float = 0.0) -> None:
        self.users: int | None = None
        self.beside = 0
        self._answered: set[int] = set()
        self._least_ns = started_ns + round(least_s * 1e9)
        self._limit_ns = started_ns + round(limit_s * 1e9)
        self._steady_limit_ns = started_ns + round(steady_limit_s * 1e9)
        self._steadiness = Steadiness(started_ns)

    def met(self, user: int) -> None:
        """An answer (or failure) reached a user who is only beside: the warm-up is not over with it."""
        self._answered.add(user)

    def over(self, user: int, done_ns: int) -> bool:
        """An answer (or failure) reached ``user``: is the warm-up over with it?"""
        self._answered.add(user)
        self._steadiness.add(done_ns)
        if done_ns < self._least_ns:
            return False
        if done_ns >= self._limit_ns:
            return True
        if self.users is None or len(self._answered) != self.users:
            return False
        return done_ns >= self._steady_limit_ns or self._steadiness.steady(self.users - self.beside)


class Window:
    """The window of one load, applied by ``generators`` processes."""

    def __init__(self, *, generators: int) -> None:
        self._warm_ns: dict[int, int] = {}
        self._generators = generators
        self.opened_ns = 0
        self.closed_ns = 0

    def warm(self, generator: int, at_ns: int) -> bool:
        """This generator's load is warm since then. True when that opens the window: it was the last one."""
        self._warm_ns[generator] = at_ns
        if self.opened_ns or len(self._warm_ns) < self._generators:
            return False
        self.opened_ns = max(self._warm_ns.values())
        return True

    def due(self, at_ns: int) -> bool:
        """A generator's answer that ends the window's length came then. True when that closes the window."""
        if self.closed_ns or not self.opened_ns:
            return False
        self.closed_ns = at_ns
        return True

    def give_up(self, at_ns: int) -> tuple[bool, bool]:
        """Nothing happens any more: whether the window has now been opened, and whether it has now been closed."""
        opens, closes = not self.opened_ns, not self.closed_ns
        self.opened_ns = self.opened_ns or at_ns
        self.closed_ns = self.closed_ns or at_ns
        return opens, closes
