"""One pass of a user through a journey: cookies, the CSRF token, and values that one answer gives to later steps. Pure.

Who sends the steps is not known here: the load generator does, and whoever asks a site for its right answers.
"""

from collections.abc import Sequence

from djbench.request import Workload
from scenarios.http11 import Response
from scenarios.visiting.cookies import CookieJar
from scenarios.visiting.step_message import StepMessage
from scenarios.visiting.taken import Reader, csrf_token_in, reader_of

_CSRF_COOKIE = "csrftoken"


class Itinerary:
    """The steps of a journey, ready to be filled in. Raises ValueError with one line for a step that cannot be sent.

    A variant of a step is made ready when it is sent for the first time, or by ``make_ready``.
    """

    def __init__(self, workload: Workload, authority: str) -> None:
        assert workload.journey is not None, "only a journey has steps"
        self._requests = workload.requests
        self._authority = authority
        self._steps = workload.journey.steps
        self._names = frozenset(take.name for step in self._steps for take in step.takes)
        self._messages: dict[tuple[int, int], StepMessage] = {}
        self.readers: Sequence[Sequence[tuple[str, Reader]]] = [
            [(take.name, reader_of(take)) for take in step.takes] for step in self._steps
        ]
        forms = [number for number, step in enumerate(self._steps) if step.csrf == "form"]
        # Pages are searched for a token as long as one is still to be sent.
        self.last_form = max(forms, default=-1)
        for number in range(len(self._requests)):
            self.message(number, 0)

    def make_ready(self) -> None:
        """Make all variants ready: later that would be the generator's time in a window."""
        for step, request in enumerate(self._requests):
            for number in range(len(request.variants)):
                self.message(step, number)

    def message(self, step: int, draw: int) -> StepMessage:
        """What is sent for a step. draw: chooses the variant; steps of one pass have the same number."""
        request = self._requests[step]
        number = draw % len(request.variants) if request.variants else -1
        message = self._messages.get((step, number))
        if message is None:
            message = StepMessage(request.drawn(draw), self._authority, self._names, self._steps[step].csrf)
            self._messages[step, number] = message
        return message


class Visit:
    """One pass. session: the ``Cookie`` header to begin with. draw: chooses the variants of all steps alike."""

    def __init__(self, itinerary: Itinerary, session: str, draw: int) -> None:
        self._itinerary = itinerary
        self._draw = draw
        self._jar = CookieJar(session)
        self._values: dict[str, str] = {}
        self._token: str | None = None
        # That of the step that was sent last.
        self._path = "/"

    def encoded(self, step: int, now_s: float) -> bytes:
        """The bytes of a step. now_s: the wall clock."""
        message = self._itinerary.message(step, self._draw)
        self._path = message.path
        token = self._csrf_token(message.csrf) if message.csrf else None
        return message.encoded(self._values, self._jar.line(message.path, now_s), token)

    def _csrf_token(self, place: str) -> str | None:
        """A form has the token of its page, and a script that of the cookie; each the other if there is no such."""
        cookie = self._jar.value(_CSRF_COOKIE)
        return (self._token or cookie) if place == "form" else (cookie or self._token)

    def answered(self, step: int, response: Response, now_s: float) -> str | None:
        """Take what later steps need from the answer to the step that was sent last.

        Returns the name of a value that it does not have.
        """
        self._jar.update(response.head, self._path, now_s)
        if step < self._itinerary.last_form:
            self._token = csrf_token_in(response.body) or self._token
        for name, read in self._itinerary.readers[step]:
            value = read(response)
            if value is None:
                return name
            self._values[name] = value
        return None
