"""Where runs and comparisons are stored by default, and which of them a command means."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import tee
from pathlib import Path

from djbench.errors import UsageError
from results.comparing.circumstances import key_of
from results.records.schema import Run
from results.records.store import RunDirectory, StoreError, stat_of
from results.wording.text import count

RUNS = Path("results/runs")
COMPARISONS = Path("results/comparisons")


def named(directory: Path, *places: Path) -> Path:
    """The directory itself, or the one of that name in the first of the places, by default ``RUNS``, that has it.

    Raises StoreError for a name that no directory can have, or that nobody lets us look for.
    """
    if stat_of(directory) is None:
        for place in places or (RUNS,):
            if stat_of(place / directory):
                return place / directory
    return directory


def newest_run(runs: Path) -> Path:
    """The run that was written to last, validations aside, which have no page.

    Raises UsageError without any, and StoreError when a record on the way cannot be read.
    """
    for path, run in last_written_first(runs):
        if not run.validates:
            return path
    raise UsageError(f"there is no run in {runs}; name one, or make one with 'djbench run'")


def last_written_first(runs: Path) -> Iterator[tuple[Path, Run]]:
    """Every run, read when its turn comes. Raises StoreError when it cannot be."""
    for path in sorted(_directories(runs), key=_written_s, reverse=True):
        if stat_of(path / "run.json"):
            yield path, RunDirectory(path).read_run()


def last_two(runs: Path) -> list[Path]:
    """The last two runs that can be compared, the older one first: of one profile, with a cell in common.

    What cannot be read is passed over. Raises UsageError without such two, which says so, too.
    """
    unreadable: list[str] = []
    records = _last_begun_first(runs, unreadable)
    while latest := next(records, None):
        records, earlier = tee(records)  # no more are read than it takes
        for path, run in earlier:
            if _comparable(latest[1], run):
                return [path, latest[0]]
    missed = f"; {count(len(unreadable), 'run')} cannot be read: {unreadable[0]}" if unreadable else ""
    raise UsageError(
        f"there are no two runs of one profile, with a cell in common, in {runs}; "
        f"name them, the base first: djbench compare BASE RUN{missed}"
    )


def _last_begun_first(runs: Path, unreadable: list[str]) -> Iterator[tuple[Path, Run]]:
    """Every run that is no validation; what keeps others from being read goes to ``unreadable``."""
    for path in sorted(_directories(runs), key=_begun_s, reverse=True):
        try:
            if stat_of(path / "run.json"):
                run = RunDirectory(path).read_run()
                if not run.validates:
                    yield path, run
        except StoreError as error:
            unreadable.append(str(error))


def _comparable(run: Run, other: Run) -> bool:
    return run.profile == other.profile and not {*map(key_of, run.cells)}.isdisjoint(map(key_of, other.cells))


def _directories(runs: Path) -> list[Path]:
    """What may be runs. Raises StoreError when nobody may look."""
    if stat_of(runs) is None:
        return []  # nothing was stored there yet
    try:
        return list(runs.iterdir())
    except OSError as error:
        raise StoreError(f"cannot read {runs}: {error.strerror}") from None


def _written_s(path: Path) -> float:
    there = stat_of(path)
    return there.st_mtime if there else 0.0


def _begun_s(path: Path) -> float:
    """By the time that a run's directory is called by; under another name, when it was written to."""
    if time := re.match(r"\d{8}-\d{6}(?=-)", path.name, re.ASCII):
        try:
            return datetime.strptime(time[0], "%Y%m%d-%H%M%S").replace(tzinfo=UTC).timestamp()
        except ValueError:
            pass  # digits that are no time
    return _written_s(path)
