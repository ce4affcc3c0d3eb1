"""The right answers of a run: the first ones seen, which every other style and server must repeat.

The bodies of the built-in site are the same to the byte. What is constant in the bodies of a project is learned on each
server, and compared.
"""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType

from djbench.answer import RightAnswer, fewer_parts, matches
from djbench.errors import ServerFailed
from djbench.pattern import PatternSpec
from djbench.request import Request, Workload
from runners.conducting.verifying.agreement import disagreement
from runners.conducting.verifying.differences import first_divergence
from runners.conducting.verifying.inquiry import QUIET, NeverTheSame, Statement, in_common, inquired
from runners.conducting.verifying.masks import Masks, masks_at
from runners.conducting.verifying.rounds import Round, round_of
from runners.servers.instance import Instance

# So many variants of a request are compared, each by itself; so many are asked for what all of them have in common.
_COMPARED_VARIANTS, _ASKED_VARIANTS = 3, 48
# But so long at most, as far as the first answers tell, of which there are five rounds.
_ASKING_S, _ROUNDS = 20.0, 5
# The generator looks for so many parts of a body at most.
_MOST_PARTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What is asked of a server before a trial."""

    #: What serves.
    configuration: str
    #: What is measured.
    pattern: PatternSpec
    #: How its view is written.
    style: str
    #: What is sent, with all blanks filled in.
    workload: Workload

    @property
    def answerer(self) -> str:
        """Who answers, as messages call it."""
        several = len(self.pattern.pattern.styles) > 1
        return f"{self.style} on {self.configuration}" if several else self.configuration

    @property
    def subject(self) -> str:
        """What was asked for, as messages name it."""
        requests = self.workload.requests
        return requests[0].line if len(requests) == 1 else f"one of the requests of {self.pattern}"

    @property
    def exact(self) -> bool:
        """Is each body the same to the byte? Those of the built-in site are."""
        return not self.pattern.pattern.workloads

    def masks(self, request: Request) -> Masks:
        """What is not compared. Two ways to write the same have paths of their own, which their pages may name."""
        if self.exact:
            return ()
        own_path = request.path.partition("?")[0] if len(self.pattern.pattern.styles) > 1 else ""
        return masks_at(datetime.now(UTC), own_path)


@dataclass(frozen=True, slots=True, kw_only=True)
class RightWorkload:
    """A workload whose right answers are known."""

    #: Each request with what is right for it.
    workload: Workload
    #: What a record keeps of the right answers.
    sha256: str
    #: The share of each request's body that is compared, by name; empty if whole bodies are.
    compared: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reference:
    """What others have to repeat: the first answers of the run."""

    #: Who gave them, as messages call it.
    answerer: str
    #: To each request, and to some variants of it.
    statements: Sequence[Statement]
    #: Of each request with variants, by its number, what all of them have in common.
    common: Mapping[int, RightAnswer | None]

    @property
    def sha256(self) -> str:
        """What a record keeps; of a single body that has no gaps, its digest."""
        digests = [statement.answer.sha256 for statement in self.statements]
        return digests[0] if len(digests) == 1 else hashlib.sha256(" ".join(digests).encode()).hexdigest()


class RightAnswers:
    """Asks servers, and compares. ``before``: of a run that goes on, what its record keeps by pattern."""

    def __init__(self, before: Mapping[str, str] = MappingProxyType({})) -> None:
        self._before = before
        self._references: dict[str, _Reference] = {}
        self._known: dict[tuple[str, str, str], Sequence[Statement]] = {}

    def verify(self, instance: Instance, examination: Examination, timeout_s: float) -> RightWorkload:
        """Ask a server: often enough to learn its answers when they are new, else once.

        Raises ServerFailed for a wrong answer.
        """
        key = (examination.configuration, str(examination.pattern), examination.style)
        ask = partial(round_of, instance, examination.workload, timeout_s, suspicious=not examination.exact)
        asked = ask(variants=_COMPARED_VARIANTS)
        if key in self._known:
            _require_same(asked, self._known[key])
        else:
            begun_s = time.monotonic()
            statements = _learned(examination, asked)
            wide = ask(variants=_affordable(time.monotonic() - begun_s))
            self._require_agreement(examination, asked, statements, wide)
            self._known[key] = statements
        return self._right(examination, asked, self._known[key])

    def _require_agreement(
        self, examination: Examination, asked: Round, statements: Sequence[Statement], wide: Round
    ) -> None:
        """Raises ServerFailed if others have answered otherwise. The first one to answer is never wrong."""
        pattern = str(examination.pattern)
        if pattern not in self._references:
            common = _common(examination, wide) if len(wide.requests) > len(examination.workload.requests) else {}
            first = _Reference(answerer=examination.answerer, statements=statements, common=common)
            if self._before.get(pattern, first.sha256) != first.sha256 and _steady(examination, asked, first):
                raise ServerFailed(f"{examination.subject} answered something else before the run was resumed")
            self._references[pattern] = first
        reference = self._references[pattern]
        for request, own, other in zip(asked.requests, statements, reference.statements, strict=False):
            if text := disagreement(own, other, reference.answerer):
                raise ServerFailed(f"{request.line} answered {text}")

    def _right(self, examination: Examination, asked: Round, statements: Sequence[Statement]) -> RightWorkload:
        reference = self._references[str(examination.pattern)]
        named: dict[str, list[RightAnswer]] = {}
        for request, statement in zip(asked.requests, statements, strict=True):
            named.setdefault(request.name, []).append(statement.answer)
        requests, shares = [], {}
        for number, request in enumerate(examination.workload.requests):
            answers = named[request.name]
            answer = reference.common.get(number, answers[0]) if request.compared else None
            requests.append(request if answer is None else _expecting(request, answer))
            shares[request.name] = 0.0 if answer is None else min(every.share for every in answers)
        return RightWorkload(
            workload=replace(examination.workload, requests=tuple(requests)),
            sha256=reference.sha256,
            compared=shares if min(shares.values(), default=1.0) < 1 else {},
        )


def _learned(examination: Examination, asked: Round) -> Sequence[Statement]:
    """What is constant in a server's answers. Those of the built-in site need no second look."""
    masks = [examination.masks(request) for request in asked.requests]
    try:
        return inquired(asked.requests, asked.answers, masks, quiet=0 if examination.exact else QUIET)
    except NeverTheSame as error:
        raise ServerFailed(
            f"{error.request.line} answers something else each time, so its body cannot be compared; "
            'give it compare = "status" to look at its status alone'
        ) from None


def _affordable(spent_s: float) -> int:
    """How many variants there is time for, if the first answers took so long."""
    in_time = int(_ASKING_S * _ROUNDS * _COMPARED_VARIANTS / spent_s) if spent_s else _ASKED_VARIANTS
    return max(_COMPARED_VARIANTS, min(_ASKED_VARIANTS, in_time))


def _steady(examination: Examination, asked: Round, reference: _Reference) -> bool:
    """Is the same learned again? If not, another digest says nothing: a banner may change now and then."""
    again = replace(reference, statements=_learned(examination, asked))
    return again.sha256 == reference.sha256


def _require_same(asked: Round, known: Sequence[Statement]) -> None:
    """Raises ServerFailed if a server answers otherwise than it did when it was asked first."""
    for request, received, statement in zip(asked.requests, asked.answers(), known, strict=True):
        if not matches(received.body, statement.answer.parts):
            text = first_divergence(received.body, statement.answer.parts).text("its answer before")
            raise ServerFailed(f"{request.line} answered {text}")


def _common(examination: Examination, wide: Round) -> dict[int, RightAnswer | None]:
    """What the answers to all variants of a request have in common, by the request's number."""
    bodies: dict[str, list[bytes]] = {}
    for request, received in zip(wide.requests, wide.answers(), strict=True):
        bodies.setdefault(request.name, []).append(received.body)
    journey = examination.workload.journey is not None  # in which a variant meets another session each time
    return {
        number: in_common(
            bodies[request.name],
            examination.masks(request),
            all_asked=not journey and len(request.variants) <= len(bodies[request.name]),
        )
        for number, request in enumerate(examination.workload.requests)
        if len(bodies[request.name]) > 1
    }


def _expecting(request: Request, answer: RightAnswer) -> Request:
    """The request with its right answer, as the generator checks it."""
    if len(answer.parts) == 1:
        return replace(request, expected_body=answer.parts[0])
    return replace(request, expected_parts=fewer_parts(answer.parts, _MOST_PARTS))
