"""How small a difference a run tells apart: the width of the intervals of its comparisons. Pure."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from results.analysis.figures.quantity import Quantity
from results.analysis.summary import Ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What a run's comparisons by one quantity tell apart."""

    #: What is compared.
    quantity: Quantity
    #: Half the width of the 95 % interval of the ratio, as a share; the median over the comparisons.
    half_width: float
    #: The fewest blocks of any of them.
    fewest_blocks: int
    #: The most blocks of any of them.
    most_blocks: int


def resolutions(ratios: Iterable[Ratio]) -> list[Resolution]:
    """One for each quantity of these comparisons, each pair of cells once. Those without an interval do not count."""
    by_quantity: dict[str, dict[Hashable, Ratio]] = {}
    for ratio in ratios:
        if ratio.estimate.high is not None:
            by_quantity.setdefault(ratio.quantity.name, {})[frozenset((ratio.cell, ratio.other))] = ratio
    return [_resolution(list(pairs.values())) for pairs in by_quantity.values()]


def _resolution(ratios: Sequence[Ratio]) -> Resolution:
    estimates = [ratio.estimate for ratio in ratios]
    return Resolution(
        quantity=ratios[0].quantity,
        half_width=median(estimate.high / estimate.mean - 1 for estimate in estimates if estimate.high is not None),
        fewest_blocks=min(estimate.n for estimate in estimates),
        most_blocks=max(estimate.n for estimate in estimates),
    )
