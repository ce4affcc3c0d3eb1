"""Which project the commands measure: the one place of the command line that chooses it."""

from pathlib import Path
from typing import Annotated

import typer

from djbench.errors import UsageError
from djbench.target import Target
from results.records.schema import Run
from runners.targets.built_in import built_in
from runners.targets.describing.description import FILE_NAME, read_target
from runners.targets.interpreters import require_interpreter
from runners.targets.recorded import description_digest

BUILT_IN = "built-in"
ProjectFolder = Annotated[
    Path | None,
    typer.Option(
        "--project",
        metavar="DIR",
        help=f"Measure the Django project whose {FILE_NAME} is in this folder, e.g. ../shop; {BUILT_IN} means "
        "djbench's own site (default: the current folder if it has the file, else the built-in site).",
        show_default=False,
    ),
]


def chosen_target(project: Path | None = None) -> Target:
    """The project that is measured: the one in that folder, the one right here, or else the built-in site.

    Raises UsageError for a folder without a description, for one that is wrong, and for a Python that cannot run it.
    """
    if project is None and not Path(FILE_NAME).is_file():
        return built_in()
    if project == Path(BUILT_IN):
        return built_in()
    folder = project or Path()
    file = folder if folder.suffix == ".toml" else folder / FILE_NAME
    if not file.is_file():
        raise UsageError(f"there is no {file}; write it with: djbench init {folder}")
    target = read_target(file)
    if target.overlaid:
        require_interpreter(target.interpreter)
    return target


def target_of(run: Run, directory: Path, project: Path | None) -> Target:
    """The project that a stored run has measured: in the folder that somebody names, or around the run, or right here.

    Raises UsageError if it is not there, or its description says something else by now.
    """
    if run.target is None:
        return built_in()
    around = (folder for folder in directory.resolve().parents if (folder / FILE_NAME).is_file())
    target = chosen_target(project or next(around, Path()))
    if description_digest(target.description) != run.target.digest:
        raise UsageError(f"{target.description} has changed since {run.id} began; start a new run")
    return target
