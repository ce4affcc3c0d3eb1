"""``djbench import``: a recording, an access log or a schema becomes tables of a project's ``djbench.toml``."""

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from djbench.errors import UsageError
from djbench.option import Option
from djbench.spec import unknown
from results.records.store import replacing
from runners.cli.notes import note
from runners.cli.typer_options import OWN, flag, number_option
from runners.importing.additions import Additions, additions_to
from runners.importing.imported import Imported
from runners.importing.logs.log_file import log_lines
from runners.importing.logs.log_line import KEYS
from runners.importing.logs.log_mix import mix_of
from runners.importing.logs.traffic import traffic_in
from runners.importing.naming import as_name
from runners.importing.project_routes import routes_of_project
from runners.importing.recordings.har_file import read_har
from runners.importing.recordings.recorded_journey import journey_of
from runners.importing.schemas.api_requests import METHODS, requests_of_schema
from runners.importing.schemas.schema_file import read_schema
from runners.importing.url_routes import RouteTable
from runners.targets.describing.description import FILE_NAME, Description
from runners.toml_file import parse_toml, toml_text

DEFAULT_MOST = 30

import_app = typer.Typer(
    help="Add requests or a journey to your project's djbench.toml: from a recording, an access log or a schema.",
    no_args_is_help=True,
)
Folder = Annotated[
    Path,
    typer.Option(
        "--project",
        metavar="DIR",
        help=f"Add to the {FILE_NAME} in this folder, e.g. ../shop (default: the current folder).",
        show_default=False,
    ),
]
PrintOnly = Annotated[bool, flag("--print", help="Print the tables; change no file.")]


@import_app.command("har")
def har_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A HAR file of a browser, Playwright or mitmproxy.")],
    project: Folder = Path(),
    host: Annotated[
        str,
        typer.Option(metavar="HOST", help="The site's host, e.g. localhost:8000 (default: that with the most pages)."),
    ] = "",
    name: Annotated[
        str, typer.Option(metavar="NAME", help="Call the journey this, e.g. checkout (default: as the file is called).")
    ] = "",
    print_only: PrintOnly = False,
) -> None:
    """Make a journey of a recording. Its static files, other hosts, logins and secrets are left out."""
    recording = read_har(file)
    routes, why_not = (None, "") if print_only else _routes_if_known(project)
    imported = journey_of(recording, as_name(name or file.stem, "journey"), host, str(file), routes)
    _add(imported, project, print_only=print_only)
    if why_not:
        note(why_not)


def _routes_if_known(project: Path) -> tuple[RouteTable | None, str]:
    """The project's URL patterns, which tell a recording of another site; or why the project cannot be asked."""
    file = _description_in(project)
    try:
        return routes_of_project(file), ""
    except UsageError as error:
        return None, f"the recording is not compared with the project's URLs: {error}"


@import_app.command("log")
def log_command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="An access log, e.g. of nginx or gunicorn, compressed or not.")
    ],
    project: Folder = Path(),
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT=KEY",
            help=f"The key of JSON lines for {', '.join(KEYS)}, e.g. path=req.url (repeatable; default: usual keys).",
            show_default=False,
        ),
    ] = None,
    most: Annotated[
        int,
        number_option(
            Option(
                name="--most",
                summary="So many kinds of requests, the most frequent first, e.g. 10",
                panel=OWN,
                kind=int,
                minimum=1,
                maximum=1000,
                default=DEFAULT_MOST,
            )
        ),
    ] = DEFAULT_MOST,
    all_methods: Annotated[
        bool, flag("--all-methods", help="Take requests that are neither GET nor HEAD too; you fill in their bodies.")
    ] = False,
    urls: Annotated[
        bool, flag("--urls", help="Group paths by the project's URL patterns (default: by how the paths look).")
    ] = False,
    print_only: PrintOnly = False,
) -> None:
    """Make a mix of an access log: each kind of request with its weight, and the rate by hour."""
    keys = dict(_key(text) for text in key or ())
    traffic = traffic_in(log_lines(file), keys, all_methods=all_methods)
    routes = routes_of_project(_description_in(project)) if urls else RouteTable(())
    _add(mix_of(traffic, most, routes, str(file)), project, print_only=print_only)


@import_app.command("openapi")
def openapi_command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="An OpenAPI schema: 3.0, 3.1 or Swagger 2.0, as JSON or YAML.")
    ],
    project: Folder = Path(),
    methods: Annotated[
        str,
        typer.Option(
            metavar="METHODS",
            help="Take operations with these methods, e.g. GET,POST (default: GET).",
            show_default=False,
        ),
    ] = "GET",
    print_only: PrintOnly = False,
) -> None:
    """Make requests of a schema's operations. What it has no example, default or enum of is a line to fill in."""
    chosen = tuple(dict.fromkeys(word.strip().upper() for word in methods.split(",")))
    if unknown_methods := [word for word in chosen if word not in METHODS]:
        raise unknown("method", unknown_methods[0], METHODS)
    _add(requests_of_schema(read_schema(file), chosen, str(file)), project, print_only=print_only)


def _key(text: str) -> tuple[str, str]:
    """``path=req.url`` as a pair. Raises UsageError."""
    what, sign, name = text.partition("=")
    if what not in KEYS or not sign or not name:
        raise UsageError(f"--key {text}: write WHAT=KEY, such as path=req.url; WHAT is one of {', '.join(KEYS)}")
    return what, name


def _add(imported: Imported, project: Path, *, print_only: bool) -> None:
    """Add what was imported to the project's file, or print it."""
    file = _path_in(project)
    if print_only:
        text = toml_text(file, "description") if file.is_file() else ""
        additions = additions_to(text, imported, str(file))
        print(additions.text.strip())
    else:
        additions = _added_to(_description_in(project), imported)
        print(f"added to {file}: {', '.join(additions.new) or 'nothing'}")
    if additions.present:
        note(f"already there: {', '.join(additions.present)}")
    for sentence in additions.notes:
        note(sentence)
    for line in imported.details:
        print(line, file=sys.stderr if print_only else sys.stdout)


def _path_in(project: Path) -> Path:
    return project if project.suffix == ".toml" else project / FILE_NAME


def _description_in(project: Path) -> Path:
    """The project's file. Raises UsageError if it is not there."""
    file = _path_in(project)
    if not file.is_file():
        raise UsageError(f"there is no {file}; write it with: djbench init {project}, or print the tables with --print")
    return file


def _added_to(file: Path, imported: Imported) -> Additions:
    """Write the additions behind what the file has. The file stays as it is if anything is wrong."""
    text = toml_text(file, "description")
    additions = additions_to(text, imported, str(file))
    if additions.text:
        parse_toml(text + additions.text, Description, str(file))
        target = file.resolve()
        with replacing(target) as partial:
            partial.write_bytes(target.read_bytes() + additions.text.encode())
            shutil.copymode(target, partial)
    return additions
