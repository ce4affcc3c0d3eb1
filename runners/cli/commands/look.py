"""``djbench look``: what matters of a project before it is measured, each with the fix."""

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from djbench.errors import UsageError
from runners.cli.project import chosen_target
from runners.cli.typer_options import AsJson
from runners.survey.discovery import find_project
from runners.survey.looking import Look, look_at_project, look_at_target
from runners.survey.remarks import Level, Remark
from runners.targets.describing.description import FILE_NAME

_COLOURS = {Level.FINE: "green", Level.NOTE: "yellow", Level.REFUSED: "red"}
_WIDTH = max(map(len, Level))


def look_command(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help=f"The project's folder, with {FILE_NAME} or manage.py in it.")
    ] = Path(),
    as_json: AsJson = False,
) -> int:
    """Say what matters of a Django project before it is measured, and what to do about it. Starts no server.

    It asks the described requests in the project's own Python, on a temporary database, and says how many rows each
    reads. The exit code is 1 if a run would be refused.
    """
    progress = Console(stderr=True, highlight=False, soft_wrap=True)
    with progress.status("") as status:
        look = _look(folder, lambda work: status.update(escape(work)))
    if as_json:
        print(json.dumps(asdict(look), indent=2))
    else:
        _print(look)
    return int(any(remark.level is Level.REFUSED for remark in (*look.project, *look.requests)))


def _look(folder: Path, note: Callable[[str], None]) -> Look:
    if not (folder / FILE_NAME).is_file():
        return look_at_project(find_project(folder, os.environ), note)
    target = chosen_target(folder)
    if not target.fresh_state:
        raise UsageError(f"{target.description} describes no project of yours; name its folder: djbench look DIR")
    return look_at_target(target, note)


def _print(look: Look) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for line in [*_lines(look.project), "", *(_lines(look.requests) or ["no request was asked"])]:
        console.print(line)


def _lines(remarks: Iterable[Remark]) -> list[str]:
    """Each remark with its reason and its fix below it."""
    lines = []
    for remark in remarks:
        mark = f"[{_COLOURS[remark.level]}]{remark.level:{_WIDTH}}[/]"
        lines.append(f"{mark} {escape(remark.topic)}: {escape(remark.what)}")
        lines += [f"{'':{_WIDTH}} {escape(text)}" for text in (remark.why, remark.fix and f"fix: {remark.fix}") if text]
    return lines
