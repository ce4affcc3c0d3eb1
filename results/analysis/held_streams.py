"""What became of streams that were held open: over the trials of a cell, and in words. Pure."""

from collections.abc import Iterable, Sequence

from results.records.schema import Held


def worst_held(trials: Sequence[Held]) -> Held | None:
    """Of each figure the worst of these trials; None without any."""
    if not trials:
        return None
    grown = [held.memory_kib_per_stream for held in trials if held.memory_kib_per_stream is not None]
    return Held(
        streams=trials[0].streams,
        alive=min(held.alive for held in trials),
        waiting=max(held.waiting for held in trials),
        lost=max(held.lost for held in trials),
        due_gap_ms=trials[0].due_gap_ms,
        first_event_ms=_worst(held.first_event_ms for held in trials),
        gap_ms=_worst(held.gap_ms for held in trials),
        probe_ms=_worst(held.probe_ms for held in trials),
        probes_unanswered=max(held.probes_unanswered for held in trials),
        probes_failed=max(held.probes_failed for held in trials),
        memory_kib_per_stream=max(grown, default=None),
    )


def _worst(figures: Iterable[dict[str, float] | None]) -> dict[str, float] | None:
    times_ms = [of_trial for of_trial in figures if of_trial]
    return {name: max(of_trial[name] for of_trial in times_ms) for name in times_ms[0]} if times_ms else None


def in_words(held: Held) -> str:
    """One sentence: how many streams were served, how well, at which price, and what others met."""
    clauses = [f"{held.alive} of {held.streams} alive at the end"]
    if held.waiting:
        clauses.append(f"{held.waiting} open without events")
    if held.lost:
        clauses.append(f"{held.lost} lost")
    if held.first_event_ms:
        first_ms = held.first_event_ms
        clauses.append(f"first event after p50 {first_ms['p50']:.4g} ms, p99 {first_ms['p99']:.4g} ms")
    if held.gap_ms:
        gaps = f"p50 {held.gap_ms['p50']:.4g} ms, p99 {held.gap_ms['p99']:.4g} ms, max {held.gap_ms['max']:.4g} ms"
        clauses.append(f"an event every {gaps} (due every {held.due_gap_ms:.4g} ms)")
    if held.memory_kib_per_stream is not None:
        clauses.append(f"{held.memory_kib_per_stream:.3g} KiB of memory for each stream with an event")
    if held.probe_ms:
        # Who has no answer when the window closes waits on.
        at_least = "at least " if held.probes_unanswered or held.probes_failed else ""
        probe_ms = held.probe_ms
        clauses.append(
            f"a request sent meanwhile took {at_least}p50 {probe_ms['p50']:.4g} ms, p99 {probe_ms['p99']:.4g} ms"
        )
    if held.probes_unanswered:
        clauses.append(f"{held.probes_unanswered} requests sent meanwhile had no answer in the window")
    if held.probes_failed:
        clauses.append(f"{held.probes_failed} requests sent meanwhile failed")
    return "; ".join(clauses)
