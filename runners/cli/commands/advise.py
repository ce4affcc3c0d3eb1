"""``djbench advise`` and ``djbench report``: the advice on the terminal, and the report written again."""

import json
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from djbench.errors import UsageError
from results.advising.advice import Advised, advise
from results.advising.advice_text import UNSETTLED, advice_in_words, deployment_heading
from results.advising.mix import parse_mix, resolve_mix
from results.records.schema import Run
from results.records.store import RunDirectory
from runners.cli.measuring import write_anew
from runners.cli.notes import note
from runners.cli.places import named, newest_run, runs_here
from runners.cli.typer_options import AsJson, Mix, RunPath

_NOTHING = "{} measured djbench itself; there is nothing to advise"


def advise_command(run_directory: RunPath = None, mix: Mix = None, as_json: AsJson = False) -> None:
    """Say what to run, for each pattern of a run and for a mix of them: with runner-up, price and conditions."""
    from results.analysis.summary import summarise  # scipy and pyarrow take a second to import

    directory = _directory(run_directory)
    run = directory.read_run()
    if run.validates:
        raise UsageError(_NOTHING.format(run.id))
    advised = advise(summarise(directory), _mix(run, mix))
    if as_json:
        print(json.dumps(advised.to_json(), indent=2))
    else:
        print_advice(advised, Console(highlight=False))


def report_command(run_directory: RunPath = None, mix: Mix = None) -> None:
    """Write a run's summary, charts and report again, from its directory alone. A mix is kept with the run."""
    directory = _directory(run_directory)
    if mix is not None:
        run = directory.read_run()
        if run.validates:
            raise UsageError(_NOTHING.format(run.id))
        weights = _mix(run, mix) or {}
        with directory.alone():
            directory.write_run(replace(directory.read_run(), mix=weights))
    print(write_anew(directory))


def _directory(asked_for: Path | None) -> RunDirectory:
    return RunDirectory(named(asked_for) if asked_for else newest_run(runs_here(), note))


def _mix(run: Run, text: str | None) -> dict[str, float] | None:
    """The mix by the run's patterns; None if none is given."""
    return None if text is None else resolve_mix(parse_mix(text), [cell.pattern for cell in run.cells])


def print_advice(advised: Advised, console: Console) -> None:
    """A paragraph per mix and pattern, then how to run what is advised."""
    for text in map(advice_in_words, (*advised.mixes, *advised.patterns)):
        console.print(f"[bold]{escape(text.question)}[/bold]")
        headline = escape(text.headline)
        for line in (f"[green]{headline}[/green]" if text.advised else headline, *map(escape, text.reasons)):
            console.print(Padding(line, (0, 0, 0, 2)))
        for condition in text.conditions:
            console.print(Padding(escape(f"- {condition}"), (0, 0, 0, 2)))
        if text.settle:  # in one line, to be copied
            console.print(f"  {UNSETTLED}\n  {escape(text.settle)}", soft_wrap=True)
    for deployment in advised.deployments:
        console.print(f"\n[bold]{escape(deployment_heading(deployment))}[/bold]")
        console.print(f"  {escape(deployment.command)}", soft_wrap=True)
        if deployment.text:
            console.print(f"  {deployment.file}:")
            for line in deployment.text.splitlines():
                console.print(f"    {escape(line)}", soft_wrap=True)
