"""From the slices of a trial by turns to its measurement. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

from results.records.schema import Measurement, Slice, Usage
from runners.watching.observer import Span
from scenarios.job import Drained


def in_slices(
    whole: Measurement,
    slices: Sequence[tuple[Span, Drained]],
    *,
    answered: Sequence[int],
    begun_ns: int,
    turns_ns: int,
    rivals_at_rest: Mapping[str, float],
) -> Measurement:
    """The measurement of all slices as one window, with each of them.

    answered: right answers inside each. begun_ns: when the first slice of all rivals opened. turns_ns: how long the
    turns lasted. What was counted over whole turns is taken in proportion to the slices, for load was there all along.
    """
    each = tuple(
        Slice(
            at_s=(span.opened_ns - begun_ns) / 1e9,
            length_s=span.length_s,
            answered=count,
            cpu_s=_cpu_s(drained),
        )
        for (span, drained), count in zip(slices, answered, strict=True)
    )
    share = min(1.0, whole.actual_s * 1e9 / turns_ns) if turns_ns else 1.0
    return replace(
        whole,
        slices=each,
        server=_in_proportion(whole.server, each, share),
        services_cpu_s={name: used_s * share for name, used_s in whole.services_cpu_s.items()},
        rivals_at_rest=dict(rivals_at_rest),
    )


def drift_of(rivals: Sequence[Measurement]) -> float:
    """How the throughput of rivals moved from the first half of their slices to the second: the median ratio.

    Slices of all of them are spread over the same time. What they have in common is the machine's doing.
    """
    ratios = [second / first for first, second in (rival.half_rps for rival in rivals) if first and second]
    return median(ratios) if ratios else 1.0


def _cpu_s(drained: Drained) -> float | None:
    """CPU time of the server's processes in a slice, as its generator read it."""
    used_ns = drained.parts[0].server_cpu_ns
    return None if used_ns is None else used_ns / 1e9


def _in_proportion(usage: Usage, slices: Sequence[Slice], share: float) -> Usage:
    """CPU time as it was read at the ends of slices, if it was; all else that is counted up in proportion."""
    read_s = [one.cpu_s for one in slices if one.cpu_s is not None]
    return replace(
        usage,
        cpu_s=sum(read_s) if len(read_s) == len(slices) else usage.cpu_s * share,
        voluntary_switches=_part_of(usage.voluntary_switches, share),
        involuntary_switches=_part_of(usage.involuntary_switches, share),
    )


def _part_of(count: int | None, share: float) -> int | None:
    return None if count is None else round(count * share)
