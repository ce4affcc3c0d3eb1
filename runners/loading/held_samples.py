"""From the generators' parts of a held load to what became of its streams. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from results.analysis.stats import percentiles
from results.records.schema import Held
from scenarios.job import HeldPart

_SHOWN = ("p50", "p99", "max")


def held_of(
    parts: Sequence[HeldPart],
    *,
    gaps_ns: Sequence["np.ndarray[Any, Any]"],
    probes_ns: Sequence["np.ndarray[Any, Any]"],
    probes_failed: int,
    due_gap_s: float,
    grown_mib: float,
) -> Held | None:
    """All parts as one; None when nothing was held. gaps_ns, probes_ns: in chunks. See ``Held`` for the rest.

    gaps_ns: of those that ended. probes_ns: of those that ended, failed ones as long as the window still lasted.
    """
    if not parts:
        return None
    alive, waiting = sum(part.alive for part in parts), sum(part.waiting for part in parts)
    lost = sum(sum(part.lost.values()) for part in parts)
    served = sum(part.served for part in parts)
    silences_ns, unanswered_ns = (
        np.array([ns for part in parts for ns in getattr(part, name)], dtype=np.int64)
        for name in ("silences_ns", "probes_unanswered_ns")
    )
    return Held(
        streams=alive + waiting + lost,
        alive=alive,
        waiting=waiting,
        lost=lost,
        due_gap_ms=1000 * due_gap_s,
        first_event_ms=_shown([np.array([ns for part in parts for ns in part.first_event_ns], dtype=np.int64)]),
        gap_ms=_shown([*gaps_ns, silences_ns]),
        probe_ms=_shown([*probes_ns, unanswered_ns]),
        probes_unanswered=len(unanswered_ns),
        probes_failed=probes_failed,
        memory_kib_per_stream=1024 * grown_mib / served if served else None,
    )


def with_lost(errors: dict[str, int], parts: Iterable[HeldPart]) -> dict[str, int]:
    """The errors by kind, lost streams among them: those of the warm-up are in no sample."""
    return dict(Counter(errors) + sum((Counter(part.lost) for part in parts), Counter[str]()))


def _shown(chunks: Sequence["np.ndarray[Any, Any]"]) -> dict[str, float] | None:
    percentiles_ns = percentiles(np.concatenate([np.empty(0), *chunks]))
    return {name: percentiles_ns[name] / 1e6 for name in _SHOWN} if percentiles_ns else None
