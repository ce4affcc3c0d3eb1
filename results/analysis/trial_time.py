"""The times of a trial's samples, as if its slices followed each other."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from results.records.schema import Trial


def slice_column(trial: Trial) -> tuple[str, ...]:
    """The column that ``times_in_trial`` needs beside the times: none for one window."""
    return ("slice",) if trial.measurement and trial.measurement.slices else ()


class TrialTimes(NamedTuple):
    """When the requests of a batch were due and done, in ns of the trial's own time.

    Between a slice and the next of its cell no time passes. What was due before its slice opened stays negative.
    """

    #: When each was due.
    intended_ns: "np.ndarray[Any, Any]"
    #: When each was done.
    done_ns: "np.ndarray[Any, Any]"
    #: Was it done before its slice closed? A later answer is no part of the time of the next slice.
    in_time: "np.ndarray[Any, Any]"


def times_in_trial(trial: Trial, batch: pa.RecordBatch) -> TrialTimes:
    """The times of a batch that has the columns of the times, and ``slice_column``."""
    intended_ns, done_ns = (batch[name].to_numpy() for name in ("intended_ns", "done_ns"))
    slices = trial.measurement.slices if trial.measurement else ()
    if not slices:
        return TrialTimes(intended_ns, done_ns, np.ones(len(done_ns), dtype=bool))
    lengths_ns = np.array([round(one.length_s * 1e9) for one in slices], dtype=np.int64)
    begins_ns = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths_ns)])
    number = batch["slice"].to_numpy()
    due_ns = np.where(intended_ns < 0, intended_ns, intended_ns + begins_ns[number])
    return TrialTimes(due_ns, done_ns + begins_ns[number], done_ns <= lengths_ns[number])
