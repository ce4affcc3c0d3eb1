"""Asks one server several times, and learns what is constant in its answers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from djbench.answer import RightAnswer
from djbench.request import Request
from runners.conducting.verifying.learning import Lesson
from runners.conducting.verifying.masks import Masks
from runners.servers.instance import Received

# A request is asked until so many answers in a row have taught nothing. There are more if answers differ at all, for a
# word that is drawn can be the same in a few of them. Of thirty words that were drawn from five each time, none was
# taken for constant in 24,000 learnings. One of two banners is, once in sixteen times.
QUIET, _QUIET_AFTER_DIFFERENCES, _MOST = 4, 8, 24
# Less of a body than this says nothing of the answer.
_MIN_SHARE = 0.05
# So many of the last variants, or half of them if there are few, have to teach nothing if not all were asked.
_QUIET_VARIANTS = 12


class NeverTheSame(Exception):
    """The answers to a request go on to differ in new places."""

    def __init__(self, request: Request) -> None:
        super().__init__(request.line)
        self.request = request


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one server answers to one request."""

    #: What is constant.
    answer: RightAnswer
    #: The last body.
    body: bytes
    #: What that is, such as ``text/html``; empty if the answer does not say.
    media_type: str = ""


def inquired(
    requests: Sequence[Request], ask: Callable[[], Sequence[Received]], masks: Sequence[Masks], *, quiet: int = QUIET
) -> list[Statement]:
    """What is constant in the answers to each of the requests, of which ``ask`` brings one each.

    quiet: how many answers in a row have to teach nothing if they never differ. Raises NeverTheSame.
    """
    answers = ask()
    lessons = [Lesson(answer.body, of_request) for answer, of_request in zip(answers, masks, strict=True)]
    left = [quiet for _ in requests]
    for _ in range(_MOST):
        if max(left, default=0) <= 0:
            break
        answers = ask()
        for index, (lesson, answer) in enumerate(zip(lessons, answers, strict=True)):
            left[index] = _QUIET_AFTER_DIFFERENCES if lesson.teaches(answer.body) else left[index] - 1
    for request, outstanding, lesson in zip(requests, left, lessons, strict=True):
        if outstanding > 0 or lesson.answer.share < _MIN_SHARE:
            raise NeverTheSame(request)
    return [
        Statement(answer=lesson.answer, body=answer.body, media_type=answer.media_type)
        for lesson, answer in zip(lessons, answers, strict=True)
    ]


def in_common(bodies: Iterable[bytes], masks: Masks, *, all_asked: bool) -> RightAnswer | None:
    """What the answers to several variants of a request have in common; None if that has not become clear.

    all_asked: there are no variants beside these.
    """
    first, *others = bodies
    lesson, quiet = Lesson(first, masks), 0
    for body in others:
        quiet = 0 if lesson.teaches(body) else quiet + 1
    clear = quiet >= min(_QUIET_VARIANTS, len(others) // 2)
    return lesson.answer if all_asked or clear else None
