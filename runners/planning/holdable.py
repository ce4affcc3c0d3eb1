"""Which held loads make sense: events that can be seen, borne by the generator, and enough of them. Pure."""

import math

from djbench.errors import UsageError
from djbench.load import GAPS_ALIVE
from djbench.options import Profile
from djbench.pattern import PatternSpec
from runners.audit.promises import MAX_CPU_US
from runners.conducting.validity import MAX_GENERATOR_SHARE

# epoll waits in whole milliseconds, and with it asyncio, uvloop and gevent: a shorter gap would be the timer's.
_MIN_GAP_S = 0.001
# Events a second that one generator takes. One costs it no more CPU time than an answer does, which the audit holds to
# 16 us; half of the share of a core that makes a trial invalid, for events of many streams come at once: 25,000.
_MAX_EVENTS_PER_S = MAX_GENERATOR_SHARE / 2 / (MAX_CPU_US / 1e6)


def require_events(pattern: PatternSpec, streams: int, profile: Profile) -> None:
    """Raises UsageError if so many held streams of a pattern would show nothing, or end early."""
    gap_s = pattern.event_gap_s
    if gap_s < _MIN_GAP_S:
        raise UsageError(
            f"{pattern} has an event every {gap_s:g} s, and timers tick in milliseconds: "
            f"give delay={_MIN_GAP_S:g} or more to hold it open, such as {pattern.pattern.name}:delay=1"
        )
    if profile.duration_s < GAPS_ALIVE * gap_s:
        raise UsageError(
            f"--duration {profile.duration_s:g}: {pattern} has an event every {gap_s:g} s, and {GAPS_ALIVE} of them "
            f"show whether a stream is alive: give --duration {GAPS_ALIVE * gap_s:g} or more"
        )
    if profile.timeout_s <= gap_s:
        raise UsageError(f"--timeout {profile.timeout_s:g}: the first event of {pattern} comes after {gap_s:g} s")
    max_per_s = profile.generators * _MAX_EVENTS_PER_S
    if streams / gap_s > max_per_s:
        min_delay_s = math.ceil(1000 * streams / max_per_s) / 1000
        raise UsageError(
            f"--hold {streams}: {pattern} would have {streams / gap_s:,.0f} events a second, and "
            f"{_generators(profile.generators)} {max_per_s:,.0f}: give delay={min_delay_s:g} or more"
        )
    length_s, max_events = profile.longest_warmup_s + profile.duration_s, pattern.most_events
    if length_s >= max_events * gap_s:
        raise UsageError(
            f"{pattern} has an event every {gap_s:g} s and at most {max_events:,} events, "
            f"which end after {max_events * gap_s:,.0f} s: "
            f"warm-up and window may take {length_s:,.0f} s; give a longer delay, or a shorter --duration"
        )


def _generators(count: int) -> str:
    return "one generator takes" if count == 1 else f"{count} generators take"
