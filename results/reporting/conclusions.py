"""What follows from a run's summary, computed once for everything that a report writes. Pure."""

from dataclasses import dataclass
from typing import Any

from results.advising.advice import Advised, advise
from results.analysis.floor import Floor, floor_of
from results.analysis.summary import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusions:
    """A summary with its advice and its A/A floor."""

    #: What was measured.
    summary: Summary
    #: How far apart equals may seem; None with too few trials to say.
    floor: Floor | None
    #: What to run.
    advice: Advised

    def to_json(self) -> dict[str, Any]:
        """The content of summary.json."""
        return {
            **self.summary.to_json(),
            "aa_floor": self.floor.to_json() if self.floor else None,
            "advice": self.advice.to_json(),
        }


def conclude(summary: Summary) -> Conclusions:
    """What follows from the numbers."""
    return Conclusions(summary=summary, floor=floor_of(summary.cells), advice=advise(summary))
