"""Raw samples: one fixed-size row per request, buffered and written while the load runs. Standard library only."""

from pathlib import Path
from struct import Struct
from typing import Final

# Name and NumPy type of each column, in file order. Times are CLOCK_MONOTONIC ns; ``lag_ns`` is how long after the
# intended time the generator took the request up, 0 under closed load; ``request`` is an index into the workload's
# requests, ``outcome`` an index into ``tuple(Outcome)``. 37 bytes a row.
COLUMNS: Final = (
    ("intended_ns", "<i8"),
    ("sent_ns", "<i8"),
    ("done_ns", "<i8"),
    ("lag_ns", "<u4"),
    ("bytes", "<i4"),
    ("status", "<i2"),
    ("request", "<i2"),
    ("outcome", "<i1"),
)
_ROW = Struct("<qqqIihhb")
_ROW_BYTES: Final = _ROW.size
_ROWS_IN_BUFFER = 8192
MAX_LAG_NS: Final = 2**32 - 1


class Recorder:
    """Appends rows to ``path``; memory stays at one buffer however long the load runs."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)
        self._buffer = bytearray(_ROW.size * _ROWS_IN_BUFFER)
        self._used = 0

    # Positional and in file order, for it is called once per request.
    def add(
        self, intended_ns: int, sent_ns: int, done_ns: int, lag_ns: int, size: int, status: int, request: int, code: int
    ) -> None:
        """One finished request; ``lag_ns`` is at most MAX_LAG_NS."""
        used = self._used
        _ROW.pack_into(self._buffer, used, intended_ns, sent_ns, done_ns, lag_ns, size, status, request, code)
        self._used = used = used + _ROW_BYTES
        if used == len(self._buffer):
            self._flush()

    def _flush(self) -> None:
        left = memoryview(self._buffer)[: self._used]
        while left:
            left = left[self._file.write(left) or 0 :]
        self._used = 0

    def close(self) -> None:
        """Write what is left and close the file."""
        self._flush()
        self._file.close()
