"""``djbench open``: a run's report, or a comparison's page, in the browser."""

import webbrowser
from pathlib import Path

from results.records.store import RunDirectory, StoreError, stat_of
from runners.cli.places import RUNS, newest_run

# The first one there is; of a run that tested claims, what it found.
_PAGES = ("claims.html", "report.html", "comparison.html")


def open_command(directory: Path | None) -> None:
    """Open the page of this directory, by default of the newest run; print where it is.

    Raises UsageError when there is no run, and StoreError for a directory without a page or that cannot be read.
    """
    page = page_of(directory or newest_run(RUNS))
    opened = webbrowser.open(page.resolve().as_uri())  # False where there is no browser
    print(f"opened {page}" if opened else page)


def page_of(directory: Path) -> Path:
    """The page in a run's or comparison's directory. Raises StoreError."""
    for name in _PAGES:
        if stat_of(directory / name):
            return directory / name
    if stat_of(directory / "run.json"):
        if RunDirectory(directory).read_run().validates:
            raise StoreError(
                f"{directory} is a validation, which has no page; 'djbench report' writes its validation.json"
            )
        raise StoreError(f"{directory} has no report.html; write it with: djbench report {directory}")
    raise StoreError(f"{directory} is neither a run's directory nor a comparison's")
