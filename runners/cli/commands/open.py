"""``djbench open``: a run's report, or a comparison's page, in the browser."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from results.records.store import RunDirectory, StoreError, stat_of
from runners.cli.notes import note
from runners.cli.places import comparisons_here, named, newest_run, runs_here

# The first one there is; of a run that tested claims, what it found.
_PAGES = ("claims.html", "report.html", "comparison.html")


def open_command(
    run_directory: Annotated[
        Path | None,
        typer.Argument(metavar="RUN", help="A run or comparison: directory or name (default: the newest run)."),
    ] = None,
) -> None:
    """Open a run's report, or a comparison's page, in the browser; without a browser, print its path."""
    runs = runs_here()
    page = page_of(named(run_directory, runs, comparisons_here()) if run_directory else newest_run(runs, note))
    opened = webbrowser.open(page.resolve().as_uri())  # False without a browser
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
