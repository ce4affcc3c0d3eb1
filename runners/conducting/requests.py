"""The requests that a load generator sends for a cell. Pure."""

from dataclasses import replace

from djbench.pattern import PatternSpec
from djbench.request import Request


def held_request(pattern: PatternSpec, style: str) -> Request:
    """The request for an answer that has no end."""
    endless = replace(pattern.endless.request(style), name=f"{pattern} {style}")
    return replace(endless, event_end=pattern.pattern.event_end, event_gap_s=pattern.event_gap_s)


def background_request(request: Request) -> Request:
    """What background users send. It has a name of its own among the samples, for it may be the measured one, too."""
    return replace(request, name=f"{request.name}, beside")
