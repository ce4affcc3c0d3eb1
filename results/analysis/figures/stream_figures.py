"""The figures of streams that are held open; of several trials each is the worst."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from results.analysis.cell_summary import CellSummary
from results.analysis.figures.figure import Column, Figure, Group, PageColumn, part_of, streams

# What is known of streams that are held open, as ``schema.Held`` has it: counts, and times with three percentiles.
_STREAM_COUNTS = ("alive", "waiting", "lost", "probes_unanswered", "probes_failed", "memory_kib_per_stream")
_STREAM_TIMES = ("first_event", "gap", "probe")


def held() -> Figure:
    """What became of the streams."""
    return Figure(
        key="held",
        value=lambda cell: None if cell.held is None else asdict(cell.held),
        columns=(
            *(
                Column(csv=f"held_{name}", read=_of_streams(name), page=_stream_columns(name))
                for name in _STREAM_COUNTS
            ),
            *(
                Column(
                    csv=f"held_{name}_ms_{at}",
                    read=part_of(_of_streams(f"{name}_ms"), at),
                    page=_stream_columns(name) if at == "p99" else (),
                )
                for name in _STREAM_TIMES
                for at in ("p50", "p99", "max")
            ),
        ),
    )


def _of_streams(name: str) -> Callable[[CellSummary], Any]:
    return lambda cell: getattr(cell.held, name) if cell.held else None


_STREAM_HINTS = {
    "alive": "streams that lived when the window closed",
    "waiting": "streams that were open without an event",
    "lost": "streams that ended before the window did",
    "gap": "time from one event of a stream to the next, ms",
    "probe": "latency of a request sent meanwhile, ms",
}


def _stream_columns(name: str) -> tuple[PageColumn, ...]:
    """On the page only what has a hint."""
    if name not in _STREAM_HINTS:
        return ()
    is_time = name in _STREAM_TIMES
    return (
        PageColumn(
            key=f"{name}_p99" if is_time else name,
            title=f"{name} p99 ms" if is_time else name,
            hint=_STREAM_HINTS[name],
            unit="ms" if is_time else "",
            group=Group.STREAMS,
            loads=streams,
        ),
    )
