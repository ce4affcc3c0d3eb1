"""From the generators' raw samples to one measurement, chunk by chunk, so that an hour of load fits in memory."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from results.records import MAX_ARRIVAL_LAG_MS, Load, Measurement, Usage
from scenarios.job import Drained
from scenarios.outcomes import CODES, Outcome
from scenarios.recording import COLUMNS

ROW = np.dtype(list(COLUMNS))
_CHUNK_ROWS = 1 << 18
_TIMES = ("intended_ns", "sent_ns", "done_ns")
_LAG_PER_MILLE = {"p50": 500, "p99": 990, "max": 1000}


def read(files: Sequence[Path], opened_ns: int, closed_ns: int) -> Iterator["np.ndarray[Any, Any]"]:
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


class Tally:
    """Counts a window's rows as they pass by.

    length_ns: the window's. Rates count right answers inside it, latencies the right answers to requests due inside it.
    """

    def __init__(self, length_ns: int) -> None:
        self._length_ns = length_ns
        self._by_code = np.zeros(len(CODES), dtype=np.int64)
        self._answered = [0, 0]
        self._latencies = [0, 0]
        self._latency_ns = [0, 0]
        self._service_ns = 0
        self._due = 0
        self._lags_ns: list[np.ndarray[Any, Any]] = []

    def watch(self, chunks: Iterator["np.ndarray[Any, Any]"]) -> Iterator["np.ndarray[Any, Any]"]:
        """The same chunks, counted."""
        for rows in chunks:
            self._add(rows)
            yield rows

    def _add(self, rows: "np.ndarray[Any, Any]") -> None:
        middle_ns = self._length_ns // 2
        self._by_code += np.bincount(rows["outcome"], minlength=len(CODES))
        due = rows["intended_ns"] >= 0
        self._due += int(due.sum())
        self._lags_ns.append(rows["lag_ns"][due])
        rows, due = (part[rows["outcome"] == CODES[Outcome.OK]] for part in (rows, due))
        done_ns = rows["done_ns"]
        first = int((done_ns <= middle_ns).sum())
        self._answered[0] += first
        self._answered[1] += int((done_ns <= self._length_ns).sum()) - first
        rows, done_ns = rows[due], done_ns[due]
        latency_ns = done_ns - rows["intended_ns"]
        early = rows["intended_ns"] <= middle_ns
        for half, chosen in enumerate((early, ~early)):
            self._latencies[half] += int(chosen.sum())
            self._latency_ns[half] += int(latency_ns[chosen].sum())
        self._service_ns += int((done_ns - rows["sent_ns"]).sum())

    def measurement(
        self, load: Load, intended_s: float, drained: Drained, server: Usage, services_cpu_s: dict[str, float]
    ) -> Measurement:
        """What was measured in all."""
        parts = drained.parts
        actual_s = self._length_ns / 1e9
        answered, latencies = sum(self._answered), sum(self._latencies)
        gaps = sum(part.gaps for part in parts)
        cpu_ns = sum(part.cpu_ns for part in parts)
        errors = {str(outcome): int(self._by_code[code]) for outcome, code in CODES.items() if self._by_code[code]}
        errors.pop(Outcome.OK, None)
        return Measurement(
            intended_s=intended_s,
            actual_s=actual_s,
            planned=sum(part.planned for part in parts) if load.kind == "open" else self._due,
            sent=sum(part.sent for part in parts) if load.kind == "open" else self._due,
            answered=answered,
            throughput_rps=answered / actual_s if actual_s else 0.0,
            errors=errors,
            unfinished=sum(part.unfinished for part in parts),
            latency_mean_ms=sum(self._latency_ns) / latencies / 1e6 if latencies else None,
            service_mean_ms=self._service_ns / latencies / 1e6 if latencies else None,
            arrival_lag_ms=self._arrival_lag_ms() if load.kind == "open" else None,
            late=sum(int((lags_ns > MAX_ARRIVAL_LAG_MS * 1e6).sum()) for lags_ns in self._lags_ns),
            half_rps=(self._half_rps(0), self._half_rps(1)),
            half_latency_ms=(self._half_latency_ms(0), self._half_latency_ms(1)),
            warmup_requests=sum(part.warmup_requests for part in parts),
            connects=sum(part.connects for part in parts),
            reconnects=sum(part.reconnects for part in parts),
            server=server,
            generators=len(parts),
            generator_cpu_s=cpu_ns / 1e9,
            generator_share=max(part.cpu_ns / part.span_ns if part.span_ns else 0.0 for part in parts),
            generator_cpu_us_per_request=cpu_ns / answered / 1000 if answered else None,
            generator_gap_ms=sum(part.gaps_ns for part in parts) / gaps / 1e6 if gaps else 0.0,
            services_cpu_s=services_cpu_s,
        )

    def _half_rps(self, half: int) -> float:
        return self._answered[half] / (self._length_ns / 2e9) if self._length_ns else 0.0

    def _half_latency_ms(self, half: int) -> float | None:
        return self._latency_ns[half] / self._latencies[half] / 1e6 if self._latencies[half] else None

    def _arrival_lag_ms(self) -> dict[str, float] | None:
        """Nearest-rank percentiles of the lag of every request due in the window, dropped ones too."""
        lags_ns = np.concatenate(self._lags_ns)
        if not len(lags_ns):
            return None
        lags_ns.partition([-(-len(lags_ns) * share // 1000) - 1 for share in _LAG_PER_MILLE.values()])
        return {
            name: float(lags_ns[-(-len(lags_ns) * share // 1000) - 1]) / 1e6 for name, share in _LAG_PER_MILLE.items()
        }
