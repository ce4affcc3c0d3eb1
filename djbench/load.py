"""How much load: frozen data, no Locust.

A closed load has users, an open load has a rate: arrivals on a schedule of their own, whether or not the answers to
the earlier ones have come. A held load has streams, connections that stay open while events come over them.
"""

import re
from dataclasses import dataclass
from typing import Literal

from djbench.spec import SpecError

Arrivals = Literal["poisson", "constant"]

MIN_RATE, MAX_RATE = 0.01, 1_000_000.0
MIN_LENGTH_S, MAX_LENGTH_S = 0.01, 3600.0
DEFAULT_CONNECTIONS = 256
_NUMBER = r"\d+(?:\.\d+)?"
_STAGE = re.compile(rf"(?P<first>{_NUMBER})(?:\.\.(?P<last>{_NUMBER}))?(?:/(?P<length>{_NUMBER})s)?")
_HELP = "write a rate per second such as 200, a ramp such as 100..2000/60s, or steps such as 100/10s,200/10s"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedLoad:
    """``users`` connections, each sending its next request as soon as the last one is answered; no think time.

    beside: so many users more, which send the workload's second request while the others send its first: they are
    there to disturb, and the window is not theirs.
    """

    users: int
    beside: int = 0
    kind: Literal["closed"] = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLoad:
    """Arrivals at ``rate`` (as ``parse_rate`` reads it), each with a request of its own.

    arrivals: ``poisson``, as independent visitors come, or ``constant``, evenly spaced. connections: at most so many
    requests at a time; an arrival beyond them waits, and its latency counts from when it should have been sent.
    """

    rate: str
    arrivals: Arrivals
    connections: int
    kind: Literal["open"] = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLoad:
    """``streams`` connections, opened evenly over the warm-up, each with one answer that goes on and on.

    event_gap_s: from one event of a stream to the next, as it should be. The workload's first request is theirs; its
    second one is sent meanwhile, PROBES_PER_S times a second over one more connection, to see what others meet.
    """

    streams: int
    event_gap_s: float
    kind: Literal["held"] = "held"


# A stream whose last event is longer ago than so many gaps is not alive.
GAPS_ALIVE = 3
# Few enough to leave the server alone: what they meet is the streams' doing, and not their own.
PROBES_PER_S = 20


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of an open load: the rate (1/s) goes evenly from ``first`` to ``last`` in ``length_s`` seconds."""

    first: float
    last: float
    length_s: float


def parse_rate(text: str, window_s: float) -> tuple[Stage, ...]:
    """The stages of a rate: ``200`` (for the whole window), ``100..2000/60s`` (a ramp), ``100/10s,200/10s`` (steps).

    A rate with lengths sets the window's length itself. Raises SpecError.
    """
    stages = [_stage(part.strip(), text, window_s) for part in text.split(",")]
    if len(stages) > 1 and not all("/" in part for part in text.split(",")):
        raise SpecError(f"rate {text}: each of several stages needs its length; {_HELP}")
    return tuple(stages)


def _stage(part: str, text: str, window_s: float) -> Stage:
    match = _STAGE.fullmatch(part)
    if match is None:
        raise SpecError(f"rate {text}: {part or 'nothing'} is no rate; {_HELP}")
    first = float(match["first"])
    last = float(match["last"] or first)
    length_s = float(match["length"] or window_s)
    if match["last"] and not match["length"]:
        raise SpecError(f"rate {text}: a ramp needs its length, such as {part}/60s")
    for rate in (first, last):
        if not MIN_RATE <= rate <= MAX_RATE:
            raise SpecError(f"rate {text}: {rate:g} is not between {MIN_RATE:g} and {MAX_RATE:,.0f} per second")
    if not MIN_LENGTH_S <= length_s <= MAX_LENGTH_S:
        raise SpecError(
            f"rate {text}: a stage lasts from {MIN_LENGTH_S:g} to {MAX_LENGTH_S:,.0f} seconds, not {length_s:g}"
        )
    return Stage(first, last, length_s)


def canonical_rate(text: str) -> str:
    """The one way to write this rate: ``200.0`` is ``200``. Raises SpecError."""
    written = []
    for part, stage in zip(text.split(","), parse_rate(text, 1.0), strict=True):
        rate = _written(stage.first) if ".." not in part else f"{_written(stage.first)}..{_written(stage.last)}"
        written.append(f"{rate}/{_written(stage.length_s)}s" if "/" in part else rate)
    return ",".join(written)


def _written(number: float) -> str:
    """To the millionth, and no more digits than that needs."""
    return f"{number:.6f}".rstrip("0").rstrip(".")


def varies(rate: str) -> bool:
    """Does the rate change in the course of the window?"""
    return "/" in rate


def window_s(load: ClosedLoad | OpenLoad | HeldLoad, default_s: float) -> float:
    """The length of the measured window: as a varying rate has it, else the default."""
    if not isinstance(load, OpenLoad) or not varies(load.rate):
        return default_s
    return sum(stage.length_s for stage in parse_rate(load.rate, default_s))
