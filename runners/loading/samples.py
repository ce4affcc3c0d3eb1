"""From the generators' raw samples to one measurement, chunk by chunk, so that an hour of load fits in memory."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from djbench.load import Load
from djbench.outcome import CODES, Outcome
from results.analysis.stats import percentiles
from results.records.schema import MAX_ARRIVAL_LAG_MS, Measurement
from runners.loading.held_samples import held_of, with_lost
from runners.loading.request_tally import RequestTally, errors_by_kind
from runners.loading.stalls import Stalls
from scenarios.job import Drained, Part
from scenarios.recording import COLUMNS

ROW = np.dtype(list(COLUMNS))
# As they are stored: with the number of the slice from whose opening a row's times count, 0 for one window.
STORED_ROW = np.dtype([*COLUMNS, ("slice", "<i4")])
_CHUNK_ROWS = 1 << 18
_TIMES = ("intended_ns", "sent_ns", "done_ns")
_LATE_NS = round(MAX_ARRIVAL_LAG_MS * 1e6)


def read_samples(files: Sequence[Path], opened_ns: int, closed_ns: int) -> Iterator["np.ndarray[Any, Any]"]:
    """The rows that belong to the window, of one generator's file after the other, in chunks of at most 2**18.

    They are those due before it closed and done after it opened; times count from the opening. Rows due before it
    opened (with negative times) are among them, for their answers came in it. At least one chunk, which may be empty.
    """
    yield np.empty(0, dtype=ROW)
    for file in files:
        with file.open("rb") as source:
            while len(data := source.read(_CHUNK_ROWS * ROW.itemsize)):
                rows = np.frombuffer(data, dtype=ROW)
                rows = rows[(rows["intended_ns"] < closed_ns) & (rows["done_ns"] > opened_ns)]
                for column in _TIMES:
                    rows[column] -= opened_ns
                yield rows


def mean_service_s(files: Sequence[Path], opened_ns: int, closed_ns: int, measured: int = 1) -> float:
    """How long an answer to a measured request took in the window, in seconds; 0 without any.

    measured: how many requests of the workload are measured ones, which come first.
    """
    rows = np.concatenate(list(read_samples(files, opened_ns, closed_ns)))
    right = rows[(rows["request"] < measured) & (rows["outcome"] == CODES[Outcome.OK])]
    return float((right["done_ns"] - right["sent_ns"]).mean()) / 1e9 if len(right) else 0.0


def numbered(chunks: Iterator["np.ndarray[Any, Any]"], number: int) -> Iterator["np.ndarray[Any, Any]"]:
    """The same rows as they are stored, as those of that slice."""
    for rows in chunks:
        stored = np.empty(len(rows), dtype=STORED_ROW)
        for column, _ in COLUMNS:
            stored[column] = rows[column]
        stored["slice"] = number
        yield stored


@dataclass(slots=True)
class _Count:
    """Right answers inside one window or slice."""

    #: Its length.
    length_ns: int
    #: In its first half.
    first: int = 0
    #: In its second half.
    second: int = 0

    @property
    def answered(self) -> int:
        """In all of it."""
        return self.first + self.second


class Tally:
    """Counts the rows of a trial's window, or of its slices, as they pass by.

    Rates count right answers inside them, latencies the right answers to requests due inside them. names: of the
    measured requests, which come first in the workload. apart: is each of them to have figures of its own?
    """

    def __init__(self, load: Load, names: Sequence[str] = ("",), *, apart: bool = False) -> None:
        self._load = load
        self._measured = len(names)
        self._by_request = [RequestTally(name) for name in names] if apart else []
        self._counts: list[_Count] = []
        self._by_code = np.zeros(len(CODES), dtype=np.int64)
        self._beside = 0
        self._due = 0
        self._sent = 0
        self._latencies = 0
        self._latency_ns = 0
        self._lags_ns: list[np.ndarray[Any, Any]] = []
        self._gaps_ns: list[np.ndarray[Any, Any]] = []
        self._probes_ns: list[np.ndarray[Any, Any]] = []
        self._probes_failed = 0
        self._stalls = Stalls()

    def watch(self, chunks: Iterator["np.ndarray[Any, Any]"], length_ns: int) -> Iterator["np.ndarray[Any, Any]"]:
        """The same chunks, counted: those of one window or slice, which is so long."""
        self._counts.append(_Count(length_ns))
        for rows in chunks:
            self._add(rows, self._counts[-1])
            yield rows

    def _add(self, rows: "np.ndarray[Any, Any]", count: _Count) -> None:
        length_ns = count.length_ns
        if not self._load.endless:
            self._stalls.add(rows, length_ns, window=len(self._counts))
        # Failures of those beside are failures of the trial: it was not beside what it should have been.
        ok = CODES[Outcome.OK]
        others = rows[rows["request"] >= self._measured] if self._load.mixed else rows[:0]
        if self._load.endless:
            # What the probe meets, or never gets, is the streams' doing: a finding, and no failure of theirs.
            others = others[others["intended_ns"] >= 0]
            failed = others["outcome"] != ok
            self._probes_failed += int(failed.sum())
            # Who was turned away is not served sooner than who still waits when the window closes.
            self._probes_ns.append(np.where(failed, length_ns, others["done_ns"]) - others["intended_ns"])
            rows = rows[rows["request"] < self._measured]
            inside = rows["done_ns"] <= length_ns
            self._gaps_ns.append((rows["done_ns"] - rows["intended_ns"])[inside])
        elif len(others):
            inside = (others["done_ns"] <= length_ns) & (others["outcome"] == ok)
            self._beside += int(inside.sum())
            self._by_code += np.bincount(others["outcome"][others["outcome"] != ok], minlength=len(CODES))
            rows = rows[rows["request"] < self._measured]
        for number, of_request in enumerate(self._by_request):
            of_request.add(rows[rows["request"] == number], length_ns)
        self._by_code += np.bincount(rows["outcome"], minlength=len(CODES))
        due = rows["intended_ns"] >= 0
        sent = (rows["sent_ns"] <= length_ns + _LATE_NS) & (rows["outcome"] != CODES[Outcome.DROPPED])
        self._due += int(due.sum())
        self._sent += int((due & sent).sum())
        if self._load.scheduled:
            self._lags_ns.append(rows["lag_ns"][due])
        rows, due = (part[rows["outcome"] == CODES[Outcome.OK]] for part in (rows, due))
        done_ns = rows["done_ns"]
        first = int((done_ns <= length_ns // 2).sum())
        count.first += first
        count.second += int((done_ns <= length_ns).sum()) - first
        rows, done_ns = rows[due], done_ns[due]
        self._latencies += len(rows)
        self._latency_ns += int((done_ns - rows["intended_ns"]).sum())

    @property
    def answered(self) -> int:
        """Right answers inside the windows."""
        return sum(count.answered for count in self._counts)

    @property
    def by_window(self) -> tuple[int, ...]:
        """The same of each window or slice."""
        return tuple(count.answered for count in self._counts)

    @property
    def failures(self) -> dict[str, int]:
        """Wrong and missing answers by kind."""
        return errors_by_kind(self._by_code)

    def planned_and_sent(self, parts: Sequence[Part]) -> tuple[int, int]:
        """Requests due in the window, and how many were sent in it; a generator knows also of those never recorded."""
        if not self._load.scheduled:
            return self._due, self._due
        return sum(part.planned for part in parts), self._sent

    def arrival_lag_ms(self) -> dict[str, float] | None:
        """Of every request due in the window, dropped ones too; None without any, and under closed load."""
        percentiles_ns = percentiles(np.concatenate([np.empty(0, dtype=np.uint32), *self._lags_ns]))
        return {name: percentiles_ns[name] / 1e6 for name in ("p50", "p99", "max")} if percentiles_ns else None

    def measurement(
        self, warmup_s: float, drained: Sequence[Drained], facts: Mapping[str, Any], due_gap_s: float = 0.0
    ) -> Measurement:
        """What was measured in all, after a warm-up of ``warmup_s``.

        drained: of each window. facts: what observers saw, by field. due_gap_s: of a held load, from one event to the
        next.
        """
        parts = [part for window in drained for part in window.parts]
        held = held_of(
            [part.held for part in parts if part.held],
            gaps_ns=self._gaps_ns,
            probes_ns=self._probes_ns,
            probes_failed=self._probes_failed,
            due_gap_s=due_gap_s,
            grown_mib=facts["server"].rss_mib_grown,
        )
        actual_s = sum(count.length_ns for count in self._counts) / 1e9
        gaps = sum(part.gaps for part in parts)
        cpu_ns = sum(part.cpu_ns for part in parts)
        planned, sent = self.planned_and_sent(parts)
        return Measurement(
            warmup_s=warmup_s,
            actual_s=actual_s,
            requests=int(self._by_code.sum()) + (held.lost if held else 0),
            planned=planned,
            sent=sent,
            answered=self.answered,
            throughput_rps=self.answered / actual_s if actual_s else 0.0,
            errors=with_lost(self.failures, [part.held for part in parts if part.held]),
            unfinished=sum(part.unfinished for part in parts),
            latency_mean_ms=self._latency_ns / self._latencies / 1e6 if self._latencies else None,
            arrival_lag_ms=self.arrival_lag_ms(),
            late=sum(int((lags_ns > _LATE_NS).sum()) for lags_ns in self._lags_ns),
            stalled_s=self._stalls.longest_s(),
            starved=len(_starved(drained)),
            beside_rps=self._beside / actual_s if self._load.beside and actual_s else None,
            half_rps=self._half_rps(),
            reconnects=sum(part.reconnects for part in parts),
            generators=len(drained[0].parts),
            generator_cpu_s=cpu_ns / 1e9,
            generator_share=_busiest_share(parts),
            generator_cpu_us_per_request=cpu_ns / self.answered / 1000 if self.answered else None,
            generator_gap_ms=sum(part.gaps_ns for part in parts) / gaps / 1e6 if gaps else 0.0,
            think_ms=sum(part.thoughts_ns for part in parts) / gaps / 1e6 if gaps else 0.0,
            held=held,
            by_request=tuple(of_request.figures() for of_request in self._by_request),
            **facts,
        )

    def _half_rps(self) -> tuple[float, float]:
        """Throughput of the first and of the second half: of one window, or of the slices in their order."""
        if len(self._counts) == 1:
            (count,) = self._counts
            return _per_s(count.first, count.length_ns / 2), _per_s(count.second, count.length_ns / 2)
        middle = len(self._counts) // 2
        first, second = (
            _per_s(sum(count.answered for count in half), sum(count.length_ns for count in half))
            for half in (self._counts[:middle], self._counts[middle:])
        )
        return first, second


def _per_s(answered: int, length_ns: float) -> float:
    return answered / (length_ns / 1e9) if length_ns else 0.0


def _starved(drained: Sequence[Drained]) -> set[int]:
    """Users without an answer in any slice: who waits longer than a slice has none in some of them."""
    return set.intersection(*({user for part in window.parts for user in part.starved} for window in drained))


def _busiest_share(parts: Sequence[Part]) -> float:
    """Share of a core that the busiest generator used, over all windows."""
    cpu_ns, span_ns = Counter[int](), Counter[int]()
    for part in parts:
        cpu_ns[part.generator] += part.cpu_ns
        span_ns[part.generator] += part.span_ns
    return max(cpu_ns[number] / span if span else 0.0 for number, span in span_ns.items())
