"""What the target's background work came to when its server ended: read from the files that its processes leave."""

from pathlib import Path

from djbench.work import COUNTS


def lost_work(folder: Path, files: str) -> tuple[int, int]:
    """How many pieces of work were begun and not ended, and how many were begun. Removes the files.

    ``files``: their names, such as ``background-*.work``.
    """
    lost = all_begun = 0
    for file in folder.glob(files):
        begun, ended = _counts(file)
        lost, all_begun = lost + begun - ended, all_begun + begun
        file.unlink()
    return lost, all_begun


def _counts(file: Path) -> tuple[int, int]:
    """How many pieces were begun and ended; none in a file whose process was killed before it had written them."""
    content = file.read_bytes()
    begun, ended = COUNTS.unpack(content) if content else (0, 0)
    return begun, ended
