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
    found = [each for each in figures if each]
    return {name: max(each[name] for each in found) for name in found[0]} if found else None


def in_words(held: Held) -> str:
    """One sentence: who was served, how well, at what price, and what others met."""
    said = [f"{held.alive} of {held.streams} alive at the end"]
    if held.waiting:
        said.append(f"{held.waiting} open without events")
    if held.lost:
        said.append(f"{held.lost} lost")
    if held.first_event_ms:
        first = held.first_event_ms
        said.append(f"of those that had one, the first event p50 {first['p50']:.4g} ms, p99 {first['p99']:.4g} ms")
    if held.gap_ms:
        gaps = f"{held.gap_ms['p50']:.4g} ms p50, {held.gap_ms['p99']:.4g} p99, {held.gap_ms['max']:.4g} at most"
        said.append(f"an event every {gaps}, of {held.due_gap_ms:.4g} that are due")
    if held.memory_kib_per_stream is not None:
        said.append(f"{held.memory_kib_per_stream:.3g} KiB of memory for each stream that had an event")
    if held.probe_ms:
        # Who has no answer when the window closes waits on.
        least = "at least " if held.probes_unanswered or held.probes_failed else ""
        said.append(f"a plain request met {least}p50 {held.probe_ms['p50']:.4g} ms, p99 {held.probe_ms['p99']:.4g} ms")
    if held.probes_unanswered:
        said.append(f"{held.probes_unanswered} plain requests had no answer in the window")
    if held.probes_failed:
        said.append(f"{held.probes_failed} plain requests failed")
    return "; ".join(said)
