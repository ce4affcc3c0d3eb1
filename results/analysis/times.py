"""The exact times of right answers, from raw samples to percentile-ready arrays and to the course of a varying rate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from results.analysis.stats import shown_percentiles
from results.records.schema import Trial
from results.records.store import RunDirectory

# Enough samples in each step of a timeline for its p95, as far as there are so many.
_SAMPLES_OF_STEP, _LEAST_STEPS, _MOST_STEPS = 200, 5, 20


class Times(NamedTuple):
    """One entry per right answer to a request due in a trial's window.

    In whole numbers of four bytes if these are enough, for a run can have tens of millions.
    """

    #: When it was due; empty unless the rate varies.
    due_ns: "np.ndarray[Any, Any]"
    #: Done - due.
    latency_ns: "np.ndarray[Any, Any]"
    #: Done - sent; empty unless on a schedule.
    service_ns: "np.ndarray[Any, Any]"
    #: The number of its request among those that the trial tells apart; empty for a single request.
    request: "np.ndarray[Any, Any]"
    #: The names of those requests among the samples.
    names: tuple[str, ...] = ()

    @property
    def latency_ms(self) -> "np.ndarray[Any, Any]":
        """The latencies in ms."""
        return np.asarray(self.latency_ns / _NS_PER_MS)

    def of_request(self, name: str) -> "np.ndarray[Any, Any]":
        """The latencies of one of several requests; none if it is not among them."""
        if name not in self.names:
            return _NONE
        return np.asarray(self.latency_ns[self.request == self.names.index(name)])


_NS_PER_MS = 1e6
_NONE = np.empty(0, dtype=np.uint32)
_NO_REQUESTS = np.empty(0, dtype=np.int16)


def in_ms(ns: dict[str, float]) -> dict[str, float]:
    """The same figures in ms."""
    return {name: value / _NS_PER_MS for name, value in ns.items()}


def compact(ns: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """The same whole numbers, in four bytes each where all of them fit: up to 4.29 s."""
    fits = ns.size and ns.min() >= 0 and ns.max() <= np.iinfo(np.uint32).max
    return ns.astype(np.uint32) if fits or not ns.size else ns


def pooled(arrays: "Sequence[np.ndarray[Any, Any]]") -> "np.ndarray[Any, Any]":
    """All of them in one, in ascending order."""
    every = np.concatenate([_NONE, *arrays])
    every.sort()
    return every


def measured(directory: RunDirectory, trial: Trial, columns: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    """A trial's samples batch by batch, without those of requests that were sent beside the measured ones."""
    if not trial.cell.load.mixed:
        yield from directory.read_samples(trial, columns)
        return
    for batch in directory.read_samples(trial, tuple(dict.fromkeys((*columns, "request")))):
        names = batch["request"].dictionary.to_pylist()
        own = pa.array([number for number, name in enumerate(names) if trial.measures(name)], pa.int32())
        yield batch.filter(pc.is_in(batch["request"].indices, own))


def right_times(directory: RunDirectory, trial: Trial) -> Times:
    """A trial's times. Reads batch by batch, so that only these numbers are in memory. Raises StoreError."""
    load = trial.cell.load
    requests = tuple(figures.name for figures in trial.measurement.by_request) if trial.measurement else ()
    # Under closed load a request is sent when it is due; only a rate that varies has a timeline.
    names = (
        *("intended_ns", "done_ns", "outcome"),
        *(("sent_ns",) if load.scheduled else ()),
        *(("request",) if requests else ()),
    )
    batches: list[tuple[np.ndarray[Any, Any], ...]] = [(_NONE, _NONE, _NONE, _NO_REQUESTS)]
    for batch in measured(directory, trial, names):
        words = batch["outcome"].dictionary.to_pylist()
        if "ok" not in words:
            continue
        intended, done = (batch[name].to_numpy() for name in ("intended_ns", "done_ns"))
        counted = (batch["outcome"].indices.to_numpy() == words.index("ok")) & (intended >= 0)
        intended, done = intended[counted], done[counted]
        sent = batch["sent_ns"].to_numpy()[counted] if load.scheduled else done
        batches.append(
            (
                compact(intended) if load.varies else _NONE,
                compact(done - intended),
                compact(done - sent) if load.scheduled else _NONE,
                _numbers(batch["request"], requests)[counted] if requests else _NO_REQUESTS,
            )
        )
    due, latency, service, request = (np.concatenate(arrays) for arrays in zip(*batches, strict=True))
    return Times(due_ns=due, latency_ns=latency, service_ns=service, request=request, names=requests)


def _numbers(column: pa.DictionaryArray, requests: Sequence[str]) -> "np.ndarray[Any, Any]":
    """The number of each row's request, whatever numbers the file has for their names; -1 for another request."""
    numbers = {name: number for number, name in enumerate(requests)}
    own = np.array([numbers.get(name, -1) for name in column.dictionary.to_pylist()], dtype=np.int16)
    return np.asarray(own[column.indices.to_numpy()])


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineStep:
    """A stretch of the windows under a varying rate, over all valid trials."""

    #: Its middle, in seconds since the window opened.
    at_s: float
    #: Requests due in it, per second, as far as they were answered right, whenever that was.
    due_rps: float
    #: Right answers that came in it, per second.
    right_rps: float
    #: Median latency of the requests due in it; None if there are too few of them.
    p50_ms: float | None
    #: The 95th percentile of their latency; None if there are too few of them.
    p95_ms: float | None


def timeline_of(times: Sequence[Times], length_s: float) -> tuple[TimelineStep, ...]:
    """The windows of all valid trials, laid over each other and cut into equal steps. length_s: of one of them."""
    due_s = np.concatenate([of_trial.due_ns for of_trial in times]) / 1e9
    latency_ms = np.concatenate([of_trial.latency_ms for of_trial in times])
    done_s = due_s + latency_ms / 1000
    count = min(_MOST_STEPS, max(_LEAST_STEPS, len(due_s) // _SAMPLES_OF_STEP))
    width_s = length_s / count
    place = np.minimum((due_s / width_s).astype(int), count - 1)
    came = np.bincount((done_s / width_s).astype(int), minlength=count)
    steps = []
    for number in range(count):
        chosen = latency_ms[place == number]
        percentiles_ms = shown_percentiles(chosen)
        steps.append(
            TimelineStep(
                at_s=(number + 0.5) * width_s,
                due_rps=len(chosen) / width_s / len(times),
                right_rps=float(came[number]) / width_s / len(times),
                p50_ms=percentiles_ms.get("p50"),
                p95_ms=percentiles_ms.get("p95"),
            )
        )
    return tuple(steps)
