"""The rate of a log's requests by hour. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from runners.importing.logs.traffic import HOUR_S, Traffic

# An hour of which a log has less says little, unless it has no other.
_SHORTEST_S = 600
_LONGEST_TABLE = 24
_BAR = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class HourlyRate:
    """The requests of an hour."""

    #: Hours since 1970.
    hour: int
    #: How many requests that count came.
    requests: int
    #: How much of the hour the log has, in seconds.
    covered_s: float

    @property
    def rate_rps(self) -> float:
        """Requests per second."""
        return self.requests / self.covered_s

    @property
    def name(self) -> str:
        """Such as ``2026-03-01 14:00 UTC``."""
        return datetime.fromtimestamp(self.hour * HOUR_S, tz=UTC).strftime("%Y-%m-%d %H:%M UTC")


def hourly_rates(traffic: Traffic) -> list[HourlyRate]:
    """The rate of each hour with requests, in their order. Hours that the log has little of are left out."""
    if traffic.span_s is None:
        return []
    first_s, last_s = traffic.span_s
    rates = [
        HourlyRate(
            hour=hour,
            requests=number,
            covered_s=max(1.0, min(last_s, (hour + 1) * HOUR_S) - max(first_s, hour * HOUR_S)),
        )
        for hour, number in sorted(traffic.hours.items())
    ]
    return [rate for rate in rates if rate.covered_s >= _SHORTEST_S] or rates


def rate_table(rates: Sequence[HourlyRate]) -> Iterator[str]:
    """The rates as lines: each hour; of a log of more than a day, each hour of the day with its mean."""
    if len(rates) <= _LONGEST_TABLE:
        rows = [(rate.name, rate.rate_rps) for rate in rates]
    else:
        rows = [(f"{hour:02}:00 UTC, mean", _mean(rates, hour)) for hour in range(24)]
    highest = max((rate for _, rate in rows), default=0.0)
    for name, rate in rows:
        yield f"{name}  {rate:9.3g} requests/s  {'█' * round(_BAR * rate / highest)}".rstrip()


def _mean(rates: Sequence[HourlyRate], hour: int) -> float:
    """The mean rate of an hour of the day."""
    of_hour = [rate for rate in rates if rate.hour % 24 == hour]
    covered_s = sum(rate.covered_s for rate in of_hour)
    return sum(rate.requests for rate in of_hour) / covered_s if covered_s else 0.0
