"""``djbench``: the commands, and how each kind of failure ends."""

import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Annotated, Any

import typer

from djbench.errors import INTERRUPTED, RunFailed, ServerFailed, UsageError
from djbench.spec import SpecError
from results.advising.mix import MixError
from results.records.store import DiskFull, StoreError
from runners.cli.commands.advise import advise_command, report_command
from runners.cli.commands.audit import audit_command
from runners.cli.commands.claims import claims_command
from runners.cli.commands.compare import compare_command
from runners.cli.commands.doctor import doctor_command
from runners.cli.commands.importing import import_app
from runners.cli.commands.init import init_command
from runners.cli.commands.listing import list_command
from runners.cli.commands.look import look_command
from runners.cli.commands.open import open_command
from runners.cli.commands.resume import resume_command
from runners.cli.commands.run import run_command
from runners.cli.commands.serve import serve_command
from runners.cli.commands.validate import validate_command
from runners.machine.limits import raise_file_limit

_PROJECT_PANEL = "Your project"
# The panels of the help, and the commands in each. A command returns its exit code; None is 0.
COMMANDS: Mapping[str, Mapping[str, Callable[..., Any]]] = {
    "Measure": {"run": run_command, "resume": resume_command, "claims": claims_command},
    _PROJECT_PANEL: {"init": init_command, "look": look_command},
    "Read": {"open": open_command, "report": report_command, "advise": advise_command, "compare": compare_command},
    "Check": {
        "doctor": doctor_command,
        "list": list_command,
        "serve": serve_command,
        "validate": validate_command,
        "audit": audit_command,
    },
}


def _flowing(docstring: str) -> str:
    """A docstring without the line breaks inside its paragraphs: the help breaks lines where the terminal ends."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in docstring.split("\n\n"))


app = typer.Typer(
    name="djbench",
    help="Sync or async Django views, and under which server? Measured on this machine, with intervals.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _panel, _commands in COMMANDS.items():
    for _name, _command in _commands.items():
        app.command(_name, rich_help_panel=_panel, help=_flowing(_command.__doc__ or ""))(_command)

app.add_typer(import_app, name="import", rich_help_panel=_PROJECT_PANEL)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"djbench {version('djbench')}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    show_version: Annotated[  # noqa: ARG001  Typer needs the parameter to declare the option; its callback does the work
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, metavar="", help="Print the version and exit."
        ),
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


def main() -> None:
    """Run the command that was typed. A failure ends in one line and its exit code."""
    raise_file_limit()
    try:
        # Without Typer's own handling, so that a usage error is one line and not a page.
        code = app(standalone_mode=False)
    except typer.TyperException as error:
        _end(error.format_message(), error.exit_code)
    except (RunFailed, ServerFailed, DiskFull) as error:
        _end(str(error), 1)
    except (UsageError, SpecError, StoreError, MixError) as error:
        _end(str(error), 2)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)


def _end(message: str, code: int) -> None:
    if message:
        print(f"djbench: {message}", file=sys.stderr)
    sys.exit(code)
