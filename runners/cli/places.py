"""Where runs and comparisons are stored by default, and which of them a command means."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import tee
from pathlib import Path

from djbench.errors import UsageError
from djbench.target import Target
from results.comparing.circumstances import key_of, project_name
from results.records.schema import Run
from results.records.store import RunDirectory, StoreError, stat_of
from results.wording.text import count
from runners.targets.describing.description import FILE_NAME, RUNS_FOLDER

RUNS = Path("results/runs")
# Nothing in such a folder belongs into anybody's repository.
_IGNORE_ALL = "*\n"


def place_of_run(target: Target, asked_for: Path | None, identity: str) -> Path:
    """Where a run of a target is stored: as asked for, or where its runs are. Raises StoreError."""
    if asked_for is None:
        return _runs_of(target) / identity
    if asked_for.absolute().parent == target.runs:
        _runs_of(target)
    return asked_for


def _runs_of(target: Target) -> Path:
    """Where runs of a target are stored. A project's folder for them is made, with a .gitignore that leaves all out.

    Raises StoreError if it cannot be made.
    """
    if target.runs is None:
        return RUNS
    try:
        target.runs.mkdir(exist_ok=True)
        ignore = target.runs / ".gitignore"
        if not ignore.exists():
            ignore.write_text(_IGNORE_ALL, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"cannot make {target.runs}: {error.strerror}; name another place with --run-dir") from None
    return target.runs


def runs_here(folder: Path = Path()) -> Path:
    """Where runs are looked for: those of the project in that folder, or else those of the built-in site."""
    return folder / RUNS_FOLDER if (folder / FILE_NAME).is_file() else RUNS


def comparisons_here() -> Path:
    """Where comparisons are stored, and looked for: beside the runs of a project, in it."""
    runs = runs_here()
    return runs.parent / "comparisons" if runs == RUNS else runs / "comparisons"


def named(directory: Path, *places: Path) -> Path:
    """The directory itself, or the one of that name in the first of the places, by default ``runs_here``, that has it.

    Raises StoreError for a name that no directory can have, or that nobody lets us look for.
    """
    if stat_of(directory) is None:
        for place in places or (runs_here(),):
            if stat_of(place / directory):
                return place / directory
    return directory


def newest_run(runs: Path, note: Callable[[str], None]) -> Path:
    """The run that began last, validations aside, which have no page. Raises UsageError without any."""
    nothing = f"there is no run in {runs}; name one, or make one with 'djbench run'"
    return newest(runs, lambda run: not run.validates, nothing, note)


def newest(runs: Path, wanted: Callable[[Run], bool], nothing: str, note: Callable[[str], None]) -> Path:
    """Of the runs that are wanted the one that began last; runs that cannot be read are passed over.

    note: is told why, of each that began later. Raises UsageError with ``nothing`` and the reasons when there is none.
    """
    unreadable: list[str] = []
    for path, run in _last_begun_first(runs, unreadable):
        if wanted(run):
            _tell(unreadable, note)
            return path
    raise UsageError(f"{nothing}{_passed_over(unreadable)}")


def last_two(runs: Path, note: Callable[[str], None]) -> list[Path]:
    """The last two runs that can be compared, the older one first: of one profile, with a cell in common.

    note: is told of each that began later, and was passed over, why. Raises UsageError without such two.
    """
    unreadable: list[str] = []
    records: Iterator[tuple[Path, Run]] = (
        (path, run) for path, run in _last_begun_first(runs, unreadable) if not run.validates
    )
    while latest := next(records, None):
        records, earlier = tee(records)  # no more are read than it takes
        for path, run in earlier:
            if _comparable(latest[1], run):
                _tell(unreadable, note)
                return [path, latest[0]]
    raise UsageError(
        f"there are no two runs of one profile, with a cell in common, in {runs}; "
        f"name them, the base first: djbench compare BASE RUN{_passed_over(unreadable)}"
    )


def _tell(unreadable: Sequence[str], note: Callable[[str], None]) -> None:
    for reason in unreadable:
        note(f"a run is passed over: {reason}")


def _passed_over(unreadable: Sequence[str]) -> str:
    return f"; {count(len(unreadable), 'run')} cannot be read: {unreadable[0]}" if unreadable else ""


def _last_begun_first(runs: Path, unreadable: list[str]) -> Iterator[tuple[Path, Run]]:
    """Every run; why others cannot be read goes to ``unreadable``."""
    for path in sorted(_directories(runs), key=_begun_s, reverse=True):
        try:
            if stat_of(path / "run.json"):
                yield path, RunDirectory(path).read_run()
        except StoreError as error:
            unreadable.append(str(error))


def _comparable(run: Run, other: Run) -> bool:
    alike = run.profile == other.profile and project_name(run) == project_name(other)
    return alike and not {*map(key_of, run.cells)}.isdisjoint(map(key_of, other.cells))


def _directories(runs: Path) -> list[Path]:
    """What may be runs. Raises StoreError when nobody may look."""
    if stat_of(runs) is None:
        return []  # nothing was stored there yet
    try:
        return list(runs.iterdir())
    except OSError as error:
        raise StoreError(f"cannot read {runs}: {error.strerror}") from None


def _begun_s(path: Path) -> float:
    """When a run began: its directory's name says it, and of another name its record; 0 if neither can be read."""
    if time := re.match(r"\d{8}-\d{6}(?=-)", path.name, re.ASCII):
        try:
            return datetime.strptime(time[0], "%Y%m%d-%H%M%S").replace(tzinfo=UTC).timestamp()
        except ValueError:
            pass  # digits that are no time
    try:
        return datetime.fromisoformat(RunDirectory(path).read_run().started).timestamp()
    except (StoreError, ValueError):
        return 0.0  # no run, or one that is passed over when its turn comes
