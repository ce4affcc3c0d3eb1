"""What a cell's trials ask the server for: the measured pattern, and what is sent beside it. Pure."""

from dataclasses import dataclass

from djbench.load import Load
from djbench.pattern import Pattern, PatternSpec
from target_site.catalog import parse_pattern

# What the probe beside a held load asks for.
PROBE = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The measured pattern and its style; and those of what is sent beside it, None without that.

    What one of them leaves behind or needs around it the trial has to clear or to have, whichever it is.
    """

    pattern: PatternSpec
    style: str
    beside: PatternSpec | None = None
    beside_style: str = ""

    @property
    def _patterns(self) -> tuple[Pattern, ...]:
        return (self.pattern.pattern, *((self.beside.pattern,) if self.beside else ()))

    @property
    def uses(self) -> frozenset[str]:
        """The services without which some answer cannot be given."""
        return frozenset().union(*(pattern.uses for pattern in self._patterns))

    @property
    def writes(self) -> bool:
        """Do some answers leave state behind?"""
        return any(pattern.writes for pattern in self._patterns)

    @property
    def outlasting(self) -> tuple[str, ...]:
        """The styles of those whose work goes on when the answer is out, each once."""
        styles = zip(self._patterns, (self.style, self.beside_style), strict=False)
        return tuple(dict.fromkeys(style for pattern, style in styles if pattern.outlasts))

    @property
    def outlasts(self) -> bool:
        """Does work go on when some answers are out?"""
        return bool(self.outlasting)

    @property
    def stack(self) -> str:
        """What the site has to be started with; what stands beside has the same (``cells.why_not_cell``)."""
        return self.pattern.stack

    @property
    def wait_s(self) -> float:
        """How long the longest of the answers waits for its I/O; 0 where that is not known."""
        return max(self.pattern.wait_s(self.style), self.beside.wait_s(self.beside_style) if self.beside else 0.0)


def asked_for(pattern: PatternSpec, style: str, load: Load) -> Asked:
    """What is asked for under that load. What stands beside has the same style, or else its first one.

    Raises SpecError.
    """
    if not load.mixed:
        return Asked(pattern=pattern, style=style)
    beside = parse_pattern(load.beside or PROBE)
    styles = beside.pattern.styles
    return Asked(
        pattern=pattern, style=style, beside=beside, beside_style=style if style in styles else next(iter(styles))
    )
