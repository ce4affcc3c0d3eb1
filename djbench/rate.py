"""The rate of an open load: a number, a ramp or steps, as people write it. Standard library only."""

import re
from dataclasses import dataclass

from djbench.spec import SpecError

MIN_RATE, MAX_RATE = 0.01, 1_000_000.0
MIN_LENGTH_S, MAX_LENGTH_S = 0.01, 3600.0
_NUMBER = r"\d+(?:\.\d+)?"
_STAGE = re.compile(rf"(?P<first>{_NUMBER})(?:\.\.(?P<last>{_NUMBER}))?(?:/(?P<length>{_NUMBER})s)?")
_HELP = "write a rate per second such as 200, a ramp such as 100..2000/60s, or steps such as 100/10s,200/10s"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of an open load, in which the rate goes evenly from ``first`` to ``last``."""

    #: Arrivals per second at its beginning.
    first: float
    #: Arrivals per second at its end.
    last: float
    #: Its length in seconds.
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
