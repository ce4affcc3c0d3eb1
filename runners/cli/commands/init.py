"""``djbench init``: from a Django project to a djbench.toml that runs as it is."""

import os
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from djbench.errors import UsageError
from results.wording.text import count
from runners.cli.typer_options import flag
from runners.survey.discovery import DJBENCHS_OWN, find_project
from runners.survey.drafting.description_text import description_text, write_description
from runners.survey.drafting.outline import Outline
from runners.survey.drafting.request_drafts import Obstacle, commonest_failure, measurable
from runners.survey.exploring import Exploration, explored
from runners.targets.describing.description import FILE_NAME

# What each kind of commented request waits for.
_WAITS_FOR: dict[Obstacle, str] = {
    Obstacle.VALUES: "need values for their paths",
    Obstacle.LOGIN: "ask for a login",
    Obstacle.CALLS: "call other hosts",
    Obstacle.METHOD: "take no GET",
    Obstacle.FAILS: "fail",
    Obstacle.STATUS: "answer with another status than 200",
}


def init_command(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The project's folder, with manage.py in it or in a folder below.")
    ] = Path(),
    python: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="The project's Python, e.g. .venv/bin/python (default: the environment beside it, the active one, "
            "or djbench's own).",
            show_default=False,
        ),
    ] = None,
    settings: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE",
            help="The settings to measure, e.g. mysite.settings.production (default: DJANGO_SETTINGS_MODULE, or what "
            "manage.py names).",
            show_default=False,
        ),
    ] = None,
    env: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="A variable that the settings need, e.g. SECRET_KEY=x. It goes into the file."
        ),
    ] = None,
    data: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help="What the temporary database holds: empty, copy (of the configured SQLite file), or dump:FILE "
            "(default: empty).",
            show_default=False,
        ),
    ] = "empty",
    may_call: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST", help="Another host that the project may call, e.g. api.example.org."),
    ] = None,
    force: Annotated[bool, flag("--force", help=f"Replace a {FILE_NAME} that is there.")] = False,
    yes: Annotated[bool, flag("--yes", "-y", help="Ask nothing.")] = False,
) -> int:
    """Look at a Django project, and write a djbench.toml that 'djbench run' can measure.

    It asks the URLs without arguments in the project's own Python, on a temporary database. No other host is called.
    """
    project = find_project(folder, os.environ, python=python, settings=settings)
    file = project.folder / FILE_NAME
    if file.exists() and not force and not _may_replace(file, asks=not yes):
        raise UsageError(f"{file} is there already; replace it with --force")
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    outline = Outline(
        project=project, environment=_variables(env or []), data=data, may_call=tuple(dict.fromkeys(may_call or []))
    )
    with console.status("") as status:
        exploration = explored(outline, lambda work: status.update(escape(work)))
    text = description_text(exploration.outline, exploration.drafts, exploration.calls_at_start)
    write_description(text, project.folder, FILE_NAME)
    _say(file, exploration)
    return 0


def _may_replace(file: Path, *, asks: bool) -> bool:
    """Ask whether the file may be replaced, if somebody is there to answer."""
    return asks and sys.stdin.isatty() and sys.stdout.isatty() and typer.confirm(f"Replace {file}?")


def _variables(texts: list[str]) -> dict[str, str]:
    variables = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(f"--env {text}: write NAME=VALUE, e.g. SECRET_KEY=x")
        variables[name] = value
    return variables


def _say(file: Path, exploration: Exploration) -> None:
    """What was written, and what is left to do."""
    console = Console(highlight=False, soft_wrap=True)
    ready = measurable(exploration.drafts)
    console.print(escape(f"{file}: {count(len(ready), 'request')} to measure"))
    if exploration.outline.project.python_source == DJBENCHS_OWN:
        console.print("  it has no environment, so djbench's own Python and Django run it; name yours:")
        console.print("  djbench init --force --python PATH, e.g. .venv/bin/python")
    obstacles = Counter(draft.obstacle for draft in exploration.drafts)
    for obstacle, words in _WAITS_FOR.items():
        if obstacles[obstacle]:
            console.print(escape(f"  {obstacles[obstacle]} as comments: they {words}"))
    if failure := commonest_failure(exploration.drafts):
        console.print(escape(f"  most of those that fail say: {failure}"))
    if not any(draft.answer and draft.answer.rows for draft in ready):
        console.print("  the pages read no rows: load data in prepare, or see data in the file")
    console.print("See what matters: djbench look. Measure: djbench run.")
