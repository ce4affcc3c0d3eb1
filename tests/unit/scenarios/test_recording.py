"""Raw samples: what is added is what is read back, across many buffers."""

from pathlib import Path

import numpy as np

from djbench.outcome import Outcome
from scenarios.recording import COLUMNS, Recorder


def test_rows_read_back_as_they_were_added(tmp_path: Path) -> None:
    file = tmp_path / "samples"
    recorder = Recorder(file)
    rows = 20_000  # more than two buffers
    for n in range(rows):
        recorder.add(n, n + 2**40, n + 2**41, 2**32 - 1 - n, n, 200 + n % 300, n % 7, n % len(Outcome))
    recorder.close()
    found = np.fromfile(file, dtype=np.dtype(list(COLUMNS)))
    assert len(found) == rows
    assert found.dtype.itemsize <= 40
    assert (found["intended_ns"] == np.arange(rows)).all()
    assert (found["sent_ns"] == np.arange(rows) + 2**40).all()
    assert (found["done_ns"] == np.arange(rows) + 2**41).all()
    assert (found["lag_ns"] == 2**32 - 1 - np.arange(rows)).all()
    assert (found["bytes"] == np.arange(rows)).all()
    assert (found["status"] == 200 + np.arange(rows) % 300).all()
    assert (found["outcome"] == np.arange(rows) % len(Outcome)).all()


def test_nothing_recorded_is_an_empty_file(tmp_path: Path) -> None:
    Recorder(tmp_path / "samples").close()
    assert (tmp_path / "samples").read_bytes() == b""
