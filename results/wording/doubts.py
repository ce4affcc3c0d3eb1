"""Flags in words: how long a server stalled, how many users it starved. Pure."""

from collections.abc import Iterable

from djbench.load import Load
from results.records.schema import Measurement


def doubt(flag: str, load: Load, measurements: Iterable[Measurement]) -> str:
    """A flag of these windows with its figure, that of the worst of them; its name, if it has no figure."""
    if flag == "stalled":
        return f"stalled for {max(measurement.stalled_s for measurement in measurements):.1f} s"
    if flag == "starved":
        return f"starved {load.part(max(measurement.starved for measurement in measurements))}"
    return flag
