"""A trial second by second: answers, errors, percentiles and what the server used. The rows of ``seconds.csv``.

Seconds are counted from the window's opening; by turns the slices follow each other as if they were one window. What
is left after the last whole second is left out, and so is a trial under a second: the rate of a moment says nothing
beside those of whole seconds.
"""

import csv
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import IO, Any

import numpy as np

from results.analysis.stats import shown_percentiles
from results.analysis.times import compact, in_ms, measured, pooled
from results.analysis.trial_time import slice_column, times_in_trial
from results.records.schema import TelemetrySample, Trial
from results.records.store import RunDirectory
from results.wording.text import for_spreadsheet

_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """One whole second of a window.

    Percentiles are of the right answers to requests due in it, whenever they came; None if there are too few
    (``stats.can_show``). What telemetry counts up comes from the samples before and after, as if even in between.
    """

    #: Its number; the first is 0.
    second: int
    #: Right answers that came in it.
    answered: int
    #: Requests that ended in it otherwise.
    errors: int
    #: Median latency.
    p50_ms: float | None
    #: The 95th percentile of the latency.
    p95_ms: float | None
    #: The 99th percentile of the latency.
    p99_ms: float | None
    #: CPU time of the server's processes, in cores.
    server_cpu_cores: float | None
    #: Resident memory, the largest of the samples in it; None without any.
    rss_mib: float | None
    #: Threads, the most of the samples in it; None without any.
    threads: int | None
    #: Open files, the most of the samples in it; None without any.
    open_files: int | None
    #: Voluntary context switches.
    voluntary_switches: float | None
    #: Involuntary context switches.
    involuntary_switches: float | None


def seconds_of(directory: RunDirectory, trial: Trial) -> list[Second]:
    """A trial's whole seconds; none for a trial that was not measured. Raises StoreError.

    Reads batch by batch: beside a batch, one number per right answer is in memory, 40 MB for ten million.
    """
    if trial.measurement is None or trial.samples is None:
        return []
    count = round(trial.measurement.actual_s * 1e9) // _SECOND_NS
    if not count:
        return []
    answered, errors = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    latencies_ns: defaultdict[int, list[np.ndarray[Any, Any]]] = defaultdict(list)
    # NumPy sorts numbers of two bytes by their digits, several times as fast.
    place_type = np.uint16 if count <= np.iinfo(np.uint16).max else np.int64
    for batch in measured(directory, trial, ("intended_ns", "done_ns", "outcome", *slice_column(trial))):
        intended, done, in_time = times_in_trial(trial, batch)
        words = batch["outcome"].dictionary.to_pylist()
        ok = np.isin(batch["outcome"].indices.to_numpy(), [index for index, word in enumerate(words) if word == "ok"])
        # An answer that comes with a second's end, as the last one of a window does, is the last one of that second.
        came = (done - 1) // _SECOND_NS
        inside = in_time & (came >= 0) & (came < count)
        answered += np.bincount(came[inside & ok], minlength=count)
        errors += np.bincount(came[inside & ~ok], minlength=count)
        due = intended // _SECOND_NS
        counted = ok & (due >= 0) & (due < count)
        due, latency_ns = due[counted].astype(place_type), compact((done - intended)[counted])
        order = np.argsort(due, kind="stable")
        due, latency_ns = due[order], latency_ns[order]
        starts = np.flatnonzero(np.diff(due, prepend=due[:1] + 1)) if len(due) else due
        for second, part in zip(due[starts], np.split(latency_ns, starts[1:]), strict=False):
            latencies_ns[int(second)].append(part)
    used = _used(directory.read_telemetry(trial), count)
    rows = []
    for second in range(count):
        p50_ms, p95_ms, p99_ms = _shown(latencies_ns.pop(second, []))
        rows.append(
            Second(
                second=second,
                answered=int(answered[second]),
                errors=int(errors[second]),
                p50_ms=p50_ms,
                p95_ms=p95_ms,
                p99_ms=p99_ms,
                **used[second],
            )
        )
    return rows


def _shown(parts: Sequence["np.ndarray[Any, Any]"]) -> list[float | None]:
    percentiles_ms = in_ms(shown_percentiles(pooled(parts)))
    return [percentiles_ms.get(name) for name in ("p50", "p95", "p99")]


def _used(series: Sequence[TelemetrySample], count: int) -> list[dict[str, Any]]:
    """What the telemetry says of each of the seconds."""
    rows: list[dict[str, Any]] = []
    at_s = np.array([sample.at_s for sample in series])
    edges = np.arange(count + 1)
    steps = {
        name: np.diff(np.interp(edges, at_s, [getattr(sample, source) for sample in series])) if series else None
        for name, source in (
            ("server_cpu_cores", "cpu_s"),
            ("voluntary_switches", "voluntary_switches"),
            ("involuntary_switches", "involuntary_switches"),
        )
    }
    by_second: defaultdict[int, list[TelemetrySample]] = defaultdict(list)
    for sample in series:
        by_second[math.floor(sample.at_s)].append(sample)
    for second in range(count):
        inside = by_second.get(second, [])
        rows.append(
            {
                **{name: None if step is None else float(step[second]) for name, step in steps.items()},
                **{
                    name: max((getattr(sample, name) for sample in inside), default=None)
                    for name in ("rss_mib", "threads", "open_files")
                },
            }
        )
    return rows


_COLUMNS = ("trial", "block", "valid", "server", "pattern", "style", "load_kind", "load")


def write_seconds(directory: RunDirectory, trials: Sequence[Trial], file: IO[str]) -> dict[int, list[Second]]:
    """Write ``seconds.csv``: a row per trial and second, with what tells the trial and its cell from the others.

    Returns the seconds by the trials' numbers. Raises StoreError.
    """
    writer = csv.writer(file)
    writer.writerow((*_COLUMNS, *(field.name for field in fields(Second))))
    figures = attrgetter(*(field.name for field in fields(Second)))
    seconds: dict[int, list[Second]] = {}
    for trial in trials:
        cell = trial.cell
        seconds[trial.number] = seconds_of(directory, trial)
        identity = (
            *(trial.number, trial.block, trial.valid),
            *map(for_spreadsheet, (cell.server, cell.pattern, cell.style, cell.load.kind, str(cell.load))),
        )
        writer.writerows((*identity, *figures(second)) for second in seconds[trial.number])
    return seconds
