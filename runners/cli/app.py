"""``djbench``: the commands, and how each kind of failure ends."""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from djbench.errors import RunFailed, ServerFailed, UsageError
from djbench.spec import SpecError
from results.advising.mix import MixError
from results.records.store import RunDirectory, StoreError
from runners.cli import options
from runners.cli.commands import doctor, listing
from runners.cli.commands.advise import advise_command, report_command
from runners.cli.commands.audit import CHECKS, audit_command
from runners.cli.commands.claims import claims_command, list_claims
from runners.cli.commands.compare import compare_command
from runners.cli.commands.open import open_command
from runners.cli.commands.resume import resume_command
from runners.cli.commands.run import run_command
from runners.cli.commands.serve import serve_command
from runners.cli.commands.validate import live_command, offline_command
from runners.cli.measuring import INTERRUPTED
from runners.cli.places import COMPARISONS, RUNS, found, last_two, newest_run
from runners.machine.limits import raise_file_limit

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
    profile: options.ProfileName = "quick",
    server: options.Servers = None,
    pattern: options.Patterns = None,
    style: options.Styles = None,
    slots: options.Slots = None,
    budget_cores: options.BudgetCores = None,
    users: options.Users = None,
    beside: Annotated[
        str | None, typer.Option(help="Closed load once more, with others who ask for this meanwhile: sleep:delay=1.")
    ] = None,
    beside_users: Annotated[int | None, typer.Option(help="How many those others are.")] = None,
    hold: Annotated[
        list[int] | None,
        typer.Option(help="Held load: so many streams of sse, stream or websocket that stay open. Repeatable."),
    ] = None,
    rate: Annotated[
        list[str] | None,
        typer.Option(help="Open load: requests per second; a ramp 100..2000/60s, steps 100/10s,200/10s. Repeatable."),
    ] = None,
    arrivals: Annotated[str | None, typer.Option(help="Of an open load: poisson or constant.")] = None,
    connections: Annotated[int | None, typer.Option(help="Of an open load: the most requests at a time.")] = None,
    generators: options.Generators = None,
    blocks: options.Blocks = None,
    budget: options.Budget = None,
    warmup: options.Warmup = None,
    warmup_limit: options.WarmupLimit = None,
    duration: options.Duration = None,
    timeout: options.Timeout = None,
    isolation: options.Isolation = None,
    accept: options.Accept = None,
    seed: options.Seed = None,
    database: options.Database = None,
    cache: options.Cache = None,
    cpus: options.Cpus = "auto",
    mix: options.Mix = None,
    run_dir: options.RunDir = None,
    plan: Annotated[bool, typer.Option("--plan", help="Print cells, order and expected time; start nothing.")] = False,
    quiet: options.Quiet = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as JSON, and nothing else, on stdout.")
    ] = False,
) -> None:
    """Measure: every server x pattern x style x load of the profile, then write charts and a report.

    Options replace what the profile says. Ctrl-C ends the run and keeps what was measured; 'djbench resume' goes on.
    """
    _exit(
        run_command(
            profile,
            options.overrides(
                servers=server,
                patterns=pattern,
                styles=style,
                slots=slots,
                budget_cores=budget_cores,
                users=users,
                beside=beside,
                beside_users=beside_users,
                hold=hold,
                rates=rate,
                arrivals=arrivals,
                connections=connections,
                generators=generators,
                blocks=blocks,
                budget_s=budget,
                warmup_s=warmup,
                warmup_limit_s=warmup_limit,
                duration_s=duration,
                timeout_s=timeout,
                isolation=isolation,
                accept=accept,
                database=database,
                cache=cache,
            ),
            mix=mix,
            seed=seed,
            cpus_text=cpus,
            run_dir=run_dir,
            plan_only=plan,
            quiet=quiet,
            as_json=as_json,
            arguments=sys.argv[1:],
        )
    )


def _exit(code: int) -> None:
    if code:
        raise typer.Exit(code)


@app.command()
def report(
    run_directory: Annotated[
        Path | None,
        typer.Argument(metavar="[RUN]", help="A run's directory, or its name in results/runs; default: the newest."),
    ] = None,
    mix: options.Mix = None,
) -> None:
    """Write a run's summary, charts and report anew, from its directory alone. A mix is kept with the run."""
    report_command(RunDirectory(found(run_directory) if run_directory else newest_run(RUNS)), mix)


@app.command()
def advise(
    run_directory: options.RunPath,
    mix: options.Mix = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on stdout.")] = False,
) -> None:
    """Say what to run, for each pattern of a run and for a mix of them: with runner-up, price and conditions."""
    advise_command(RunDirectory(found(run_directory)), mix, as_json=as_json)


@app.command("open")
def open_(
    run_directory: Annotated[
        Path | None,
        typer.Argument(metavar="[RUN]", help="A run or comparison: directory or name; default: the newest run."),
    ] = None,
) -> None:
    """Open a run's report in the browser, or a comparison's page; where there is no browser, print its path."""
    open_command(found(run_directory, RUNS, COMPARISONS) if run_directory else None)


@app.command()
def compare(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[BASE RUN...]",
            help="Runs' directories, or their names, the base first; default: the last two of one profile, "
            "with a cell in common.",
        ),
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GATE",
            help="'p99 slower 5%', 'throughput slower 3%', 'cpu more 10%', 'memory more 10%'. Repeatable.",
        ),
    ] = None,
    fail_on_undecided: Annotated[
        bool, typer.Option("--fail-on-undecided", help="A gate also fails where the evidence does not suffice.")
    ] = False,
    junit: Annotated[Path | None, typer.Option(help="Write the gates' outcomes as JUnit XML into this file.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="Where the comparison is written; default: results/comparisons/<run>--<run>.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing; files and exit code say it.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on stdout.")] = False,
) -> None:
    """Compare runs with the first of them: what else differs, verdicts cell by cell, gates for CI.

    Writes a page, Markdown for a pull request, JSON and charts. Exit code 3 when a gate fails: when the whole interval
    of a cell's ratio lies beyond it, or a cell that the base measured fails or is not there.
    """
    _exit(
        compare_command(
            [found(path) for path in runs] if runs else last_two(RUNS),
            gates=fail_on or (),
            strict=fail_on_undecided,
            junit=junit,
            output=output,
            quiet=quiet,
            as_json=as_json,
        )
    )


@app.command()
def resume(
    run_directory: Annotated[
        Path | None,
        typer.Argument(
            metavar="[RUN]",
            help="A run's directory, or its name in results/runs; default: the newest that is not over.",
        ),
    ] = None,
    database: Annotated[
        str | None, typer.Option(help="The postgresql:// URL again, if the run used one: passwords are not stored.")
    ] = None,
    quiet: options.Quiet = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as JSON, and nothing else, on stdout.")
    ] = False,
) -> None:
    """Go on with an interrupted run: the same plan and seed, the trials that are missing, then the report."""
    _exit(
        resume_command(
            found(run_directory) if run_directory else None, database_choice=database, quiet=quiet, as_json=as_json
        )
    )


@app.command()
def serve(
    server: Annotated[str, typer.Argument(help="A server, e.g. uvicorn or gunicorn-gthread:threads=4.")],
    pattern: Annotated[
        str,
        typer.Option(help="What the site is started for; matters for middleware:kind=sync,depth=3 and cbv_login."),
    ] = "plain",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 8000,
    database: Annotated[
        str, typer.Option(help="postgres (own, temporary), sqlite, or a postgresql:// URL.")
    ] = "postgres",
) -> None:
    """Run the target site under a server, in the foreground, to try it by hand. Ctrl-C ends it."""
    serve_command(server, port=port, database_choice=database, pattern_text=pattern)


@app.command()
def audit(
    duration: Annotated[float, typer.Option(help="Seconds each window lasts.")] = 2.0,
    rounds: Annotated[int, typer.Option(help="How often each comparison is made.")] = 3,
    only: Annotated[
        list[str] | None,
        typer.Option(help=f"One check: {', '.join(CHECKS)}. Repeatable."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Decides the order; default: a new one.")] = None,
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
    profile: options.ProfileName = "standard",
    offline: Annotated[
        bool, typer.Option("--offline", help="On simulated runs, in seconds; takes --runs and --seed only.")
    ] = False,
    runs: Annotated[
        int | None, typer.Option(help="Simulated runs of each kind of noise and number of blocks; default: 500.")
    ] = None,
    handicap: Annotated[
        list[float] | None,
        typer.Option(help="By how many % some cells are made slower; default: 2, 5 and 10. Repeatable."),
    ] = None,
    pairs: Annotated[int, typer.Option(help="How many equals each cell is compared with.")] = 1,
    server: options.Servers = None,
    pattern: options.Patterns = None,
    style: options.Styles = None,
    budget_cores: options.BudgetCores = None,
    users: options.Users = None,
    blocks: options.Blocks = None,
    budget: options.Budget = None,
    warmup: options.Warmup = None,
    duration: options.Duration = None,
    isolation: options.Isolation = None,
    accept: options.Accept = None,
    seed: options.Seed = None,
    database: options.Database = None,
    cpus: options.Cpus = "auto",
    run_dir: options.RunDir = None,
    quiet: options.Quiet = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on stdout.")] = False,
) -> None:
    """How often are the verdicts wrong? False alarms between equals, coverage of intervals, differences found.

    Measures every cell of the profile under several labels, as equals and with known handicaps, on this machine; that
    takes several times as long as the profile itself. With --offline, on simulated runs, in seconds.
    """
    overrides = options.overrides(
        servers=server,
        patterns=pattern,
        styles=style,
        budget_cores=budget_cores,
        users=users,
        blocks=blocks,
        budget_s=budget,
        warmup_s=warmup,
        duration_s=duration,
        isolation=isolation,
        accept=accept,
        database=database,
    )
    if offline:
        if overrides or handicap or run_dir or pairs != 1 or profile != "standard" or cpus != "auto" or quiet:
            raise UsageError("--offline simulates; of the other options it takes --runs, --seed and --json only")
        offline_command(runs=500 if runs is None else runs, seed=seed, as_json=as_json)
        return
    if runs is not None:
        raise UsageError("--runs is for --offline; live, give --pairs and --blocks")
    _exit(
        live_command(
            profile,
            overrides,
            handicaps_percent=handicap or (2.0, 5.0, 10.0),
            pairs=pairs,
            seed=seed,
            cpus_text=cpus,
            run_dir=run_dir,
            quiet=quiet,
            as_json=as_json,
            arguments=sys.argv[1:],
        )
    )


@app.command()
def claims(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Which claims; default: all.")] = None,
    list_only: Annotated[bool, typer.Option("--list", help="Print the claims and what each expects.")] = False,
    blocks: options.Blocks = None,
    budget: options.Budget = None,
    warmup: options.Warmup = None,
    duration: options.Duration = None,
    timeout: options.Timeout = None,
    isolation: options.Isolation = None,
    accept: options.Accept = None,
    seed: options.Seed = None,
    database: options.Database = None,
    cpus: options.Cpus = "auto",
    run_dir: options.RunDir = None,
    plan: Annotated[bool, typer.Option("--plan", help="Print cells, order and expected time; start nothing.")] = False,
    quiet: options.Quiet = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on stdout.")] = False,
) -> None:
    """Put what is said of sync and async views to the test: holds, does not hold, or too close to call.

    One run measures what the claims need; a good quarter of an hour for all of them.
    """
    if list_only:
        list_claims(names or (), as_json=as_json)
        return
    given = options.overrides(
        blocks=blocks,
        budget_s=budget,
        warmup_s=warmup,
        duration_s=duration,
        timeout_s=timeout,
        isolation=isolation,
        accept=accept,
        database=database,
    )
    _exit(
        claims_command(
            names or (),
            given,
            seed=seed,
            cpus_text=cpus,
            run_dir=run_dir,
            plan_only=plan,
            quiet=quiet,
            as_json=as_json,
            arguments=sys.argv[1:],
        )
    )


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
    except (UsageError, SpecError, StoreError, MixError) as error:
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
