"""Users who go on a journey again and again: step after step, with cookies, think times and carried values."""

import time

from djbench.journey import Journey
from djbench.outcome import CODES, Outcome
from scenarios.engine.applied import Assignment
from scenarios.engine.client import RequestFailed
from scenarios.engine.closed import PAUSE_AFTER_REFUSAL_S, ClosedPart, ClosedUser, Seat
from scenarios.engine.kept import ready_itinerary
from scenarios.http11 import Response
from scenarios.job import Job, Part
from scenarios.visiting.visit import Visit
from scenarios.window import Closing

_OK, _BODY = CODES[Outcome.OK], CODES[Outcome.BODY]
# Where a pass draws the variants of its steps from; each step takes the remainder by how many it has.
_DRAWS = 2**31


class JourneyPart(ClosedPart):
    """One process's users of a journey. They are driven by callbacks, as the users of any closed load are."""

    def __init__(self, job: Job, assignment: Assignment) -> None:
        super().__init__(job, assignment)
        assert job.workload.journey is not None
        self.journey: Journey = job.workload.journey
        self.itinerary = self.kept.itinerary(job) if self.kept else ready_itinerary(job)
        # A slice's users go on where they were, but not from the warm-up, whose traces have been cleared.
        self.travels = self.kept.travels.get(self.itinerary, {}) if self.kept and job.offset_s else {}
        assert self.warming is not None, "the warm-up has not begun"
        self.warming.answers_of_cycle = len(self.journey.steps)

    def seat(self, number: int) -> Seat:
        """User ``number`` of this process. Background users have no journey."""
        place = number * self.of + self.index
        return Traveller(self, number) if place < self.load.users else ClosedUser(self, number)

    @property
    def gathering_s(self) -> float:
        """With think times the users are spread over a whole journey, so that at each moment some are at each step."""
        return max(super().gathering_s, self.journey.think_s)

    def finish(self) -> Part:
        """Users of a slice go on in the next one, if they are between two steps."""
        travellers = (seat for seat in self.seats if isinstance(seat, Traveller) and seat.ended.is_set())
        if self.kept:
            self.kept.travels[self.itinerary] = {seat.place: seat.travel for seat in travellers}
        return super().finish()

    def closing(self, opener: int | None, users: int) -> Closing:
        """Users who think are not in step, and the next answer of one of them can be far away: any ends the window."""
        return Closing(None if self.journey.think_s else opener, users)

    def starves(self, seat: Seat) -> bool:
        """A user who thinks while the window closes has been served."""
        return super().starves(seat) and (not self.journey.think_s or seat.waits_since_before(self.closed_ns))


class Traveller(ClosedUser):
    """One user's passes through the journey.

    Each pass is that of a new visitor, who has nothing but the session's cookie. So every pass does the same work, and
    what the site keeps for a visitor does not grow with the length of a run. After a step that fails the user begins
    anew: what the answer should have given to later steps is missing, and a wrong page says nothing of the next one.
    """

    part: JourneyPart

    def __init__(self, part: JourneyPart, number: int) -> None:
        super().__init__(part, number)
        sessions = part.journey.sessions
        self._session = sessions[self.place % len(sessions)] if sessions else ""
        self._think_ns = 0
        self._begin()
        self._visit, self.index = part.travels.get(self.place, self.travel)

    @property
    def travel(self) -> tuple[Visit, int]:
        """Its pass, and the step that comes next."""
        return self._visit, self.index

    def _begin(self) -> None:
        self.index = 0
        self._visit = Visit(self.part.itinerary, self._session, int(self.random.random() * _DRAWS))

    def go_on(self) -> None:
        """Send the step at hand."""
        part = self.part
        if part.stopping:
            self.ended.set()
            return
        encoded = self._visit.encoded(self.index, time.time())
        if self._think_ns:
            self.connection.close_if_ended()  # servers close what is idle for long
        self.sent_ns = now_ns = time.perf_counter_ns()
        if self.done_ns:
            part.gaps += 1
            part.gaps_ns += now_ns - self.done_ns - self._think_ns
            part.thoughts_ns += self._think_ns
        self.connection.send(part.draw.requests[self.index].method, encoded, now_ns, self.answered)

    def answered(self, response: Response | None, failure: RequestFailed | None, done_ns: int) -> None:
        """A step is over."""
        part = self.part
        self.done_ns = done_ns
        code = CODES[failure.outcome] if failure is not None else self._code_of(response)
        if done_ns < part.ends_ns or part.answered(self, done_ns):
            status, size = (response[0], len(response[1])) if response is not None else (0, 0)
            part.recorder.add(self.sent_ns, self.sent_ns, done_ns, 0, size, status, self.index, code)
            if code == _OK:
                self.right_ns = done_ns
        part.paid(self)
        self.index += 1
        if code != _OK or self.index == len(part.journey.steps):
            self._begin()
        self._think(refused=failure is not None and failure.outcome is Outcome.CONNECT)

    def _code_of(self, response: Response | None) -> int:
        """How the step ended with this answer. A right one has what later steps need from it, too."""
        assert response is not None
        code = self.part.code_of(self.index, response)
        if code == _OK and self._visit.answered(self.index, response, time.time()) is not None:
            return _BODY
        return code

    def _think(self, *, refused: bool) -> None:
        """Wait before the next step, if its user thinks."""
        shortest_s, longest_s = self.part.journey.steps[self.index].think_s
        think_s = self.random.uniform(shortest_s, longest_s) if longest_s else 0.0
        if refused and think_s < PAUSE_AFTER_REFUSAL_S:
            think_s = PAUSE_AFTER_REFUSAL_S
            self.done_ns = 0  # a pause of ours, and no thought
        self._think_ns = round(think_s * 1e9)
        if think_s:
            self.pause(think_s)
        else:
            self.go_on()
