"""Flags with their figures: how long a server stalled, how many users it starved. Pure."""

from collections.abc import Sequence
from operator import itemgetter

from djbench.load import Load
from results.records.schema import Measurement
from results.wording.names import in_sentence


def doubt(flag: str, load: Load, measurements: Sequence[Measurement]) -> str:
    """A flag of these windows with its figure, that of the worst of them; its name, if it has no figure."""
    if flag == "stalled":
        return f"stalled for {max(measurement.stalled_s for measurement in measurements):.1f} s"
    if flag == "starved":
        return f"starved {load.part(max(measurement.starved for measurement in measurements))}"
    if flag == "rival_at_rest":
        shares = (rival for measurement in measurements for rival in measurement.rivals_at_rest.items())
        server, share = max(shares, key=itemgetter(1))
        return f"rival_at_rest: {in_sentence(server)} used {100 * share:.2g} % of a core"
    return flag
