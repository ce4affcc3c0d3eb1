"""What a cell's trials ask the server for: the measured pattern, and what is sent beside it. Pure."""

from dataclasses import dataclass

from djbench.journey import Journey
from djbench.pattern import Pattern, PatternSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What is asked for during a trial.

    What one of the patterns leaves behind, or needs around it, concerns the trial whichever of them it is.
    """

    #: The measured pattern.
    pattern: PatternSpec
    #: How its view is written.
    style: str
    #: The pattern that is sent beside it; None without one.
    beside: PatternSpec | None = None
    #: The style of that one.
    beside_style: str = ""

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """The measured pattern, and the one beside it."""
        return (self.pattern.pattern, *((self.beside.pattern,) if self.beside else ()))

    @property
    def journey(self) -> Journey | None:
        """What users do again and again; None if they draw from requests."""
        workload = self.pattern.pattern.workloads.get(self.style)
        return workload.journey if workload else None

    @property
    def think_s(self) -> float:
        """How long a user thinks on the way through a journey, on average."""
        return self.journey.think_s if self.journey else 0.0

    def warmup_s(self, asked_s: float) -> float:
        """The shortest warm-up. asked_s: as a profile has it."""
        return self.journey.warmup_s(asked_s) if self.journey else asked_s

    @property
    def uses(self) -> frozenset[str]:
        """The services without which some answer cannot be given."""
        return frozenset().union(*(pattern.uses for pattern in self.patterns))

    @property
    def writes(self) -> bool:
        """Do some answers leave state behind?"""
        return any(pattern.writes for pattern in self.patterns)

    @property
    def outlasting(self) -> tuple[str, ...]:
        """What goes on with work after its answer: each such pattern and style once, such as ``background threads``."""
        specs = ((self.pattern, self.style), *(((self.beside, self.beside_style),) if self.beside else ()))
        return tuple(dict.fromkeys(f"{spec} {style}" for spec, style in specs if spec.pattern.outlasts))

    @property
    def outlasts(self) -> bool:
        """Does work go on after some answers?"""
        return bool(self.outlasting)

    @property
    def needs_one_window(self) -> str | None:
        """Why its load cannot be cut into slices; None if it can."""
        if self.journey and self.journey.locustfile:
            return "the users of a locustfile cannot rest"
        if self.think_s:
            return "users think on their journey for longer than a slice lasts"
        return "work goes on after the answer" if self.outlasts else None

    @property
    def stack(self) -> str:
        """What the target has to be started with; what stands beside has the same (``cells.why_not_cell``)."""
        return self.pattern.stack

    @property
    def wait_s(self) -> float:
        """How long the longest of the answers waits for its I/O; 0 if that is not known."""
        return max(self.pattern.wait_s(self.style), self.beside.wait_s(self.beside_style) if self.beside else 0.0)


def demand_of(pattern: PatternSpec, style: str, beside: PatternSpec | None) -> Demand:
    """The demand for a pattern in a style. What stands beside it has the same style, or else its first one."""
    if beside is None:
        return Demand(pattern=pattern, style=style)
    styles = beside.pattern.styles
    return Demand(
        pattern=pattern, style=style, beside=beside, beside_style=style if style in styles else next(iter(styles))
    )
