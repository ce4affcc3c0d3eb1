"""When the measured window opens and closes. Pure: it is told what happened and when, and holds no clock.

Under closed load both ends are the moments of an answer, so that the count in between divides by exactly the time
those answers took. With ends on the clock, a server that answers 16 users in step every 50 ms would be off by up to 16
answers. The answer that closes the window is counted, the one that opens it is not, and both are the same user's, for
users in step come in rounds. Under open load the schedule sets
the pace and not the answers, and the ends are moments of the schedule.

A server can keep some users waiting for good. Neither end waits for those: of users who take turns none has to wait
while the others are answered again and again.
"""

from scenarios.steadiness import Steadiness

# Who has no answer by the time that the others have had so many each does not take turns with them. But connections
# that find the server's backlog full are tried again after 1, 3, 7 and 15 seconds.
TURNS_OF_OTHERS = 10
MIN_PATIENCE_S = 16.0
# When the users have had so many answers each since the window was due to close, its opener's will not come soon.
TURNS_AT_THE_END = 2


class WarmUp:
    """One generator's warm-up under closed load: at least so long, and until each of its users was answered once.

    But no longer than ``limit_s``, nor for users that the server keeps waiting (see TURNS_OF_OTHERS), and not before
    ``users`` is known, which Locust says when all have been started. From ``least_s`` to ``steady_limit_s`` it goes on
    for as long as the load is not steady. ``beside``: how many of the users are there to disturb; their answers say
    nothing of the others' steadiness.
    """

    def __init__(self, *, started_ns: int, least_s: float, limit_s: float, steady_limit_s: float = 0.0) -> None:
        self.users: int | None = None
        self.beside = 0
        # How many answers a user has until it is where it was before: one, or the steps of a journey.
        self.answers_of_cycle = 1
        self._answered: set[int] = set()
        self._answers = 0
        self._patience_ns = started_ns + round(max(least_s, MIN_PATIENCE_S) * 1e9)
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
        self._answers += 1
        self._steadiness.add(done_ns)
        if done_ns < self._least_ns:
            return False
        if done_ns >= self._limit_ns:
            return True
        if self.users is None or (len(self._answered) != self.users and not self._some_starve(done_ns)):
            return False
        cycle = self.answers_of_cycle * (self.users - self.beside)
        return done_ns >= self._steady_limit_ns or self._steadiness.steady(cycle)

    def _some_starve(self, done_ns: int) -> bool:
        return done_ns >= self._patience_ns and self._answers >= TURNS_OF_OTHERS * len(self._answered)


class Closing:
    """One generator's end of the window under closed load, once it has its length.

    It ends with the next answer of the user whose answer opened it. But of ``users`` who have had two answers each
    since, any answer ends it, and so it does if ``opener`` is None: nobody's answer opened it.
    """

    def __init__(self, opener: int | None, users: int) -> None:
        self._opener = opener
        self._left = TURNS_AT_THE_END * users

    def ends(self, user: int) -> bool:
        """An answer (or failure) reached ``user``: does the window end with it?"""
        self._left -= 1
        return self._opener in (user, None) or self._left <= 0


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

    def warm_up_ends(self, at_ns: int) -> bool:
        """The warm-up has its greatest length. True when that opens the window."""
        if self.opened_ns:
            return False
        self.opened_ns = at_ns
        return True
