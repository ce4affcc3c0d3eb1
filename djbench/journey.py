"""What each user of a project does again and again: steps in order, think times, and what one takes from another."""

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """A value that later steps have from the answer to a step."""

    #: Later steps write it ``{name}``.
    name: str
    #: Where it is: in the body by a regular expression, in a JSON body by a path, or in a header.
    source: Literal["body", "json", "header"]
    #: The regular expression with one group, the path such as ``items.0.id``, or the header's name.
    expression: str

    def pattern(self) -> "re.Pattern[bytes]":
        """The regular expression. Raises ValueError with one line for a text that cannot be one."""
        try:
            pattern = re.compile(self.expression.encode())
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"{self.expression!r} is not a regular expression: {error}") from None
        if pattern.groups != 1:
            raise ValueError(f"{self.expression!r} has {pattern.groups} groups; put what is taken into one: (...)")
        return pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: what stands around the request of the same number in the workload."""

    #: How long a user thinks before the step is sent, in seconds: drawn evenly between these two.
    think_s: tuple[float, float] = (0.0, 0.0)
    #: What its answer gives to later steps.
    takes: tuple[Take, ...] = ()
    #: Where Django's CSRF token goes: into the field ``csrfmiddlewaretoken`` of the form, or into ``X-CSRFToken``.
    csrf: Literal["", "form", "header"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """What a user does. Its steps, or the users of a locustfile in their place."""

    #: One for each request of the workload, in order.
    steps: tuple[Step, ...] = ()
    #: The path of a Locust file whose users take the place of steps; empty for steps.
    locustfile: str = ""
    #: ``Cookie`` headers to begin with, one for each simulated user in turn; none: everybody is anonymous.
    sessions: tuple[str, ...] = ()

    @property
    def think_s(self) -> float:
        """How long a user thinks on the way from its first step to the first step of the next time, on average."""
        return sum(sum(step.think_s) / 2 for step in self.steps)

    def warmup_s(self, asked_s: float) -> float:
        """The shortest warm-up: users who think start one after the other, over all of a journey."""
        return max(asked_s, self.think_s)
