"""Where runs and comparisons are stored by default, and which of them a command means."""

from itertools import combinations
from pathlib import Path

from results.comparing.circumstances import key_of
from results.records import Run
from results.store import RunDirectory, StoreError
from results.text import clipped
from runners.errors import UsageError

RUNS = Path("results/runs")
COMPARISONS = Path("results/comparisons")


def found(directory: Path, *places: Path) -> Path:
    """The directory itself, or the one of that name in the first of the places, by default ``RUNS``, that has it.

    Raises StoreError for a name that no directory can have, or that nobody lets us look for.
    """
    try:
        if not directory.exists():
            for place in places or (RUNS,):
                if (place / directory).exists():
                    return place / directory
    except OSError as error:
        raise StoreError(f"cannot read {clipped(str(directory))}: {error.strerror}") from None
    return directory


def newest_run(runs: Path) -> Path:
    """The run that was written to last, validations aside, which have no page.

    Raises UsageError without any, and StoreError when a record on the way cannot be read.
    """
    for path in sorted(_run_directories(runs), key=lambda each: each.stat().st_mtime, reverse=True):
        if not RunDirectory(path).read_run().validates:
            return path
    raise UsageError(f"there is no run in {runs}; name one, or make one with 'djbench run'")


def last_two(runs: Path) -> list[Path]:
    """The last two runs that can be compared, the older one first: of one profile, with a cell in common.

    Raises UsageError without such two, and StoreError when a record cannot be read.
    """
    known = [(path, RunDirectory(path).read_run()) for path in _run_directories(runs)]
    measured = [(path, run) for path, run in known if not run.validates]
    latest = sorted(measured, key=lambda each: each[1].started, reverse=True)
    for (path, run), (before, older) in combinations(latest, 2):
        if _comparable(run, older):
            return [before, path]
    raise UsageError(
        f"there are no two runs of one profile in {runs}; name them, the base first: djbench compare BASE RUN"
    )


def _comparable(run: Run, other: Run) -> bool:
    return run.profile == other.profile and not {*map(key_of, run.cells)}.isdisjoint(map(key_of, other.cells))


def _run_directories(runs: Path) -> list[Path]:
    try:
        return [each for each in runs.iterdir() if (each / "run.json").is_file()]
    except OSError:
        return []  # nothing was stored there yet
