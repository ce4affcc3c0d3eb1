"""Raw samples: one fixed-size row per request, buffered and written while the load runs. Standard library only."""

from pathlib import Path
from struct import Struct
from typing import Final

from scenarios.outcomes import Outcome

# Name and NumPy type of each column, in file order. Times are CLOCK_MONOTONIC ns; ``request`` is an index into the
# workload's requests, ``outcome`` an index into ``tuple(Outcome)``. 33 bytes a row.
COLUMNS: Final = (
    ("intended_ns", "<i8"),
    ("sent_ns", "<i8"),
    ("done_ns", "<i8"),
    ("bytes", "<i4"),
    ("status", "<i2"),
    ("request", "<i2"),
    ("outcome", "<i1"),
)
_ROW = Struct("<qqqihhb")
_ROWS_IN_BUFFER = 8192
_CODES = {outcome: code for code, outcome in enumerate(Outcome)}


class Recorder:
    """Appends rows to ``path``; memory stays at one buffer however long the load runs."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)
        self._buffer = bytearray(_ROW.size * _ROWS_IN_BUFFER)
        self._used = 0

    def add(
        self, *, intended_ns: int, sent_ns: int, done_ns: int, size: int, status: int, request: int, outcome: Outcome
    ) -> None:
        """One finished request."""
        _ROW.pack_into(self._buffer, self._used, intended_ns, sent_ns, done_ns, size, status, request, _CODES[outcome])
        self._used += _ROW.size
        if self._used == len(self._buffer):
            self._flush()

    def _flush(self) -> None:
        self._file.write(memoryview(self._buffer)[: self._used])
        self._used = 0

    def close(self) -> None:
        """Write what is left and close the file."""
        self._flush()
        self._file.close()
