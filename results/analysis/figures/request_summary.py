"""Each request of a mix, and each step of a journey, over all trials of its cell."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from results.analysis.stats import enough, percentiles_of_sorted
from results.analysis.times import Times, in_ms, pooled
from results.records.request_figures import RequestFigures
from results.records.schema import Measurement, Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSummary:
    """One of several requests of a cell."""

    #: What the project's description calls it.
    name: str
    #: Its name among the samples.
    sampled: str
    #: Right answers inside the windows of the valid trials.
    answered: int
    #: The same per second; None if no trial counts.
    rate_rps: float | None
    #: Wrong or missing answers by kind, in all trials.
    errors: dict[str, int]
    #: Percentiles over the right answers of all valid trials; None without any.
    latency_ms: dict[str, float] | None
    #: How many right answers those are.
    latency_samples: int
    #: The share of its body that was compared, the smallest of all trials; None if the whole body was.
    compared: float | None

    @property
    def shown_latency_ms(self) -> dict[str, float]:
        """The percentiles that there are samples enough for."""
        return enough(self.latency_ms, self.latency_samples)

    def to_json(self) -> dict[str, Any]:
        """As it stands in summary.json."""
        return {
            "name": self.name,
            "answered": self.answered,
            "rate_rps": self.rate_rps,
            "errors": {"count": sum(self.errors.values()), "by_kind": self.errors},
            "latency_ms": self.latency_ms,
            "latency_samples": self.latency_samples,
            "compared": self.compared,
        }


def request_summaries(
    trials: Sequence[Trial], valid: Sequence[Measurement], times: Sequence[Times]
) -> tuple[RequestSummary, ...]:
    """One for each request that the trials tell apart, in their order; none for a single request.

    valid: the windows that count. times: those of the same trials.
    """
    by_name: dict[str, list[RequestFigures]] = {}
    for trial in trials:
        for figures in trial.measurement.by_request if trial.measurement else ():
            by_name.setdefault(figures.name, []).append(figures)
    return tuple(_summary(name, of_name, trials, valid, times) for name, of_name in by_name.items())


def _summary(
    name: str,
    of_name: Sequence[RequestFigures],
    trials: Sequence[Trial],
    valid: Sequence[Measurement],
    times: Sequence[Times],
) -> RequestSummary:
    answered = sum(figures.answered for window in valid for figures in window.by_request if figures.name == name)
    window_s = sum(window.actual_s for window in valid)
    errors: Counter[str] = Counter()
    for figures in of_name:
        errors.update(figures.errors)
    latency_ns = pooled([of_trial.of_request(name) for of_trial in times])
    percentiles_ns = percentiles_of_sorted(latency_ns)
    return RequestSummary(
        name=name.removeprefix(f"{trials[0].request}: "),
        sampled=name,
        answered=answered,
        rate_rps=answered / window_s if window_s else None,
        errors=dict(errors),
        latency_ms=in_ms(percentiles_ns) if percentiles_ns else None,
        latency_samples=len(latency_ns),
        compared=share_compared(trials, name),
    )


def share_compared(trials: Sequence[Trial], name: str) -> float | None:
    """The smallest share of a request's body that these trials compared; None if they compared whole bodies."""
    return min((trial.compared[name] for trial in trials if name in trial.compared), default=None)
