"""Background work that was lost with its process."""

from pathlib import Path

from djbench.work import COUNTS
from runners.watching.lost_work import lost_work


def test_a_process_that_was_killed_before_it_counted_has_lost_nothing_that_anybody_knows(tmp_path: Path) -> None:
    (tmp_path / "background-1.work").write_bytes(COUNTS.pack(9, 7))
    (tmp_path / "background-2.work").touch()
    assert lost_work(tmp_path, "background-*.work") == (2, 9)
    assert list(tmp_path.iterdir()) == []
