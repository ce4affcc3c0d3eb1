"""The times of samples of a trial by turns, as if its slices followed each other."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from results.analysis.trial_time import slice_column, times_in_trial
from results.records.schema import Slice, Trial
from tests.unit.runs import a_cell, a_measurement

SLICES = (
    Slice(at_s=0.0, length_s=0.5, answered=1),
    Slice(at_s=2.0, length_s=0.25, answered=1),
    Slice(at_s=3.0, length_s=0.5, answered=1),
)
TRIAL = Trial(number=0, block=0, cell=a_cell(), started="", measurement=replace(a_measurement(1.0), slices=SLICES))


def a_batch(*rows: tuple[float, float, int]) -> pa.RecordBatch:
    """Each with when it was due and done, in seconds after its slice opened, and the slice's number."""
    due_s, done_s, number = (np.array(column) for column in zip(*rows, strict=True))
    times = [(times_s * 1e9).astype(np.int64) for times_s in (due_s, done_s)]
    return pa.record_batch([*times, number], names=["intended_ns", "done_ns", "slice"])


def test_no_time_passes_between_slices() -> None:
    times = times_in_trial(TRIAL, a_batch((0.1, 0.2, 0), (0.1, 0.2, 1), (0.1, 0.2, 2)))
    assert (times.intended_ns / 1e9).tolist() == [0.1, 0.6, 0.85]
    assert (times.done_ns / 1e9).tolist() == [0.2, 0.7, 0.95]
    assert times.in_time.tolist() == [True, True, True]


def test_what_is_late_is_no_part_of_the_next_slice_and_what_was_due_before_stays_so() -> None:
    times = times_in_trial(TRIAL, a_batch((0.1, 0.3, 1), (-0.1, 0.1, 1)))
    assert times.in_time.tolist() == [False, True]
    assert (times.intended_ns / 1e9).tolist() == [0.6, -0.1]


def test_one_window_has_no_slices() -> None:
    trial = replace(TRIAL, measurement=a_measurement(1.0))
    assert slice_column(TRIAL) == ("slice",)
    assert slice_column(trial) == ()
    times = times_in_trial(trial, a_batch((0.1, 0.2, 0)))
    assert (times.done_ns / 1e9).tolist() == [0.2]
