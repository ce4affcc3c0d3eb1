"""What the target's background work came to when its server ended: read from the files that its processes leave."""

import struct
from pathlib import Path

from target_site.catalog import WORK_COUNTS, WORK_FILE


def lost_work(folder: Path) -> tuple[int, int]:
    """How many pieces of work were begun and not ended, and how many were begun; the files are removed."""
    lost = all_ = 0
    for file in folder.glob(WORK_FILE.format(pid="*")):
        begun, ended = struct.unpack(WORK_COUNTS, file.read_bytes())
        lost, all_ = lost + begun - ended, all_ + begun
        file.unlink()
    return lost, all_
