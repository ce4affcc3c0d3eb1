"""``djbench``: the commands, and how each kind of failure ends."""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from results.store import RunDirectory, StoreError
from runners.cli import doctor, listing
from runners.cli.audit import CHECKS, audit_command
from runners.cli.run import INTERRUPTED, Overrides, run_command
from runners.cli.serve import serve_command
from runners.cli.validate import validate_command
from runners.errors import RunFailed, ServerFailed, UsageError
from runners.limits import raise_file_limit
from target_site.parameters import SpecError

app = typer.Typer(
    name="djbench",
    help="Sync or async Django views, and under which server? Measured on this machine, with intervals.",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"djbench {version('djbench')}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    show_version: Annotated[  # noqa: ARG001  Typer needs the parameter to declare the option; its callback does the work
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command("list")
def list_(
    what: Annotated[str, typer.Argument(metavar="[servers|patterns|profiles]", help="One kind only.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the servers, patterns and profiles there are, with their parameters."""
    listing.list_command(what, as_json=as_json)


@app.command()
def run(
    profile: Annotated[
        str, typer.Argument(help="A profile's name (see 'djbench list profiles') or a .toml file's path.")
    ] = "quick",
    server: Annotated[
        list[str] | None, typer.Option(help="A server, e.g. gunicorn-gthread:workers=2,threads=8. Repeatable.")
    ] = None,
    pattern: Annotated[list[str] | None, typer.Option(help="A pattern, e.g. sleep:delay=0.1. Repeatable.")] = None,
    style: Annotated[list[str] | None, typer.Option(help="A style: sync, async, …, or all. Repeatable.")] = None,
    users: Annotated[
        list[int] | None, typer.Option(help="Closed load: so many users without think time. Repeatable.")
    ] = None,
    rate: Annotated[
        list[str] | None,
        typer.Option(help="Open load: requests per second; a ramp 100..2000/60s, steps 100/10s,200/10s. Repeatable."),
    ] = None,
    arrivals: Annotated[str | None, typer.Option(help="Of an open load: poisson or constant.")] = None,
    connections: Annotated[int | None, typer.Option(help="Of an open load: the most requests at a time.")] = None,
    generators: Annotated[int | None, typer.Option(help="How many processes send the load.")] = None,
    blocks: Annotated[int | None, typer.Option(help="How often every cell is measured.")] = None,
    warmup: Annotated[float | None, typer.Option(help="Seconds of load discarded before each window.")] = None,
    duration: Annotated[float | None, typer.Option(help="Seconds each window lasts.")] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds to wait for one answer.")] = None,
    isolation: Annotated[
        str | None, typer.Option(help="'trial': a fresh server for each trial; 'block': one per server and block.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Decides the order of trials; default: a new one.")] = None,
    database: Annotated[
        str | None, typer.Option(help="postgres (own, temporary), sqlite, or a postgresql:// URL.")
    ] = None,
    cpus: Annotated[str, typer.Option(help="SERVER/SUPPORT, e.g. 2-3/0-1; 'auto' (halves) or 'off'.")] = "auto",
    run_dir: Annotated[
        Path | None, typer.Option(help="Where the run is stored; default: results/runs/<time>-<profile>.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Print cells, order and expected time; start nothing.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no table.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as JSON, and nothing else, on stdout.")
    ] = False,
) -> None:
    """Measure: every server x pattern x style x load of the profile, then write charts and a report.

    Options replace what the profile says. Ctrl-C ends the run and keeps what was measured.
    """
    given: dict[str, Any] = {
        "servers": server,
        "patterns": pattern,
        "styles": style,
        "users": users,
        "rates": rate,
        "arrivals": arrivals,
        "connections": connections,
        "generators": generators,
        "blocks": blocks,
        "warmup_s": warmup,
        "duration_s": duration,
        "timeout_s": timeout,
        "isolation": isolation,
        "database": database,
    }
    overrides = Overrides({key: value for key, value in given.items() if value is not None and value != []})
    if "users" in overrides or "rates" in overrides:  # the loads asked for, and not the profile's of the other kind
        overrides = Overrides({"users": [], "rates": [], **overrides})
    code = run_command(
        profile,
        overrides,
        seed=seed,
        cpus_text=cpus,
        run_dir=run_dir,
        plan_only=plan,
        quiet=quiet,
        as_json=as_json,
        arguments=sys.argv[1:],
    )
    if code:
        raise typer.Exit(code)


@app.command()
def report(
    run_directory: Annotated[
        Path, typer.Argument(metavar="RUN", help="A run's directory, or its name in results/runs.")
    ],
) -> None:
    """Write a run's summary, charts and report anew, from its directory alone."""
    from results.report import write_report

    named = Path("results/runs") / run_directory
    written = write_report(RunDirectory(named if not run_directory.exists() and named.exists() else run_directory))
    print(written)


@app.command()
def serve(
    server: Annotated[str, typer.Argument(help="A server, e.g. uvicorn or gunicorn-gthread:threads=4.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 8000,
    database: Annotated[
        str, typer.Option(help="postgres (own, temporary), sqlite, or a postgresql:// URL.")
    ] = "postgres",
) -> None:
    """Run the target site under a server, in the foreground, to try it by hand. Ctrl-C ends it."""
    serve_command(server, port=port, database_choice=database)


@app.command()
def audit(
    duration: Annotated[float, typer.Option(help="Seconds each window lasts.")] = 2.0,
    rounds: Annotated[int, typer.Option(help="How often each comparison is made.")] = 3,
    only: Annotated[
        list[str] | None,
        typer.Option(help=f"One check: {', '.join(CHECKS)}. Repeatable."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Decides the order; default: a new one.")] = None,
    cpus: Annotated[str, typer.Option(help="SERVER/CLIENT, e.g. 1/0; 'auto' or 'off'.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on stdout.")] = False,
) -> None:
    """Measure the load generator itself, beside Locust's own clients and wrk, in one interleaved run.

    CPU time per request, agreement with wrk, how well schedules are kept, known latencies, a server that stands
    still, thousands of connections, memory. About six minutes as it is.
    """
    audit_command(duration_s=duration, rounds=rounds, seed=seed, cpus_text=cpus, only=only or (), as_json=as_json)


@app.command()
def validate(
    offline: Annotated[bool, typer.Option("--offline", help="On simulated runs, whose truth is known.")] = False,
    runs: Annotated[int, typer.Option(help="Simulated runs of each kind of noise and number of blocks.")] = 500,
    seed: Annotated[int | None, typer.Option(help="Decides the noise; default: a new one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on stdout.")] = False,
) -> None:
    """How often are the verdicts wrong? False alarms between equals, coverage of intervals, differences found."""
    validate_command(simulated=offline, runs=runs, seed=seed, as_json=as_json)


@app.command("doctor")
def doctor_() -> None:
    """Check what a run needs: one line each, ok or what to do."""
    if not doctor.doctor_command():
        raise typer.Exit(1)


def main() -> None:
    """The console script's entry point."""
    raise_file_limit()
    try:
        # Without Typer's own handling, so that a usage error is one line and not a page.
        code = app(standalone_mode=False)
    except typer.TyperException as error:
        _end(error.format_message(), error.exit_code)
    except (UsageError, SpecError, StoreError) as error:
        _end(str(error), 2)
    except (RunFailed, ServerFailed) as error:
        _end(str(error), 1)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)


def _end(message: str, code: int) -> None:
    if message:
        print(f"djbench: {message}", file=sys.stderr)
    sys.exit(code)
