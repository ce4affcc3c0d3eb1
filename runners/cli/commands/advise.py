"""``djbench advise`` and ``djbench report``: what a run's directory says, on the terminal or written anew."""

import json
from dataclasses import replace

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from djbench.errors import UsageError
from results.advising.advice import Advice, Advised, advise
from results.advising.mix import parse_mix, resolve_mix
from results.records.schema import Run
from results.records.store import RunDirectory
from runners.cli.measuring import write_anew

_NOTHING = "{} measured djbench itself; there is nothing to advise"


def advise_command(directory: RunDirectory, mix_text: str | None, *, as_json: bool) -> None:
    """Print the advice, for the mix given or else for the run's own. Raises StoreError, UsageError and MixError."""
    from results.analysis.summary import summarise  # scipy and pyarrow take a second to import

    run = directory.read_run()
    if run.validates:
        raise UsageError(_NOTHING.format(run.id))
    mix = _mix(run, mix_text)
    advised = advise(summarise(directory), mix)
    if as_json:
        print(json.dumps(advised.to_json(), indent=2))
    else:
        print_advice(advised, Console(highlight=False))


def report_command(directory: RunDirectory, mix_text: str | None) -> None:
    """Write all that follows from the run anew and print where; a mix is kept in the run's record."""
    if mix_text is not None:
        run = directory.read_run()
        if run.validates:
            raise UsageError(_NOTHING.format(run.id))
        mix = _mix(run, mix_text)
        with directory.alone():
            directory.write_run(replace(directory.read_run(), mix=mix or {}))
    print(write_anew(directory))


def _mix(run: Run, text: str | None) -> dict[str, float] | None:
    """The mix by the run's patterns; None where none is given."""
    return None if text is None else resolve_mix(parse_mix(text), [cell.pattern for cell in run.cells])


def print_advice(advised: Advised, console: Console) -> None:
    """A paragraph per mix and pattern, then how to run what is advised."""
    for each in (*advised.mixes, *advised.patterns):
        console.print(f"[bold]{escape(each.subject)}, {escape(str(each.load))}[/bold]")
        for line in _lines(each):
            console.print(Padding(line, (0, 0, 0, 2)))
        if each.settle:  # in one line, to be copied
            console.print(f"  not settled yet; this would settle it:\n  {escape(each.settle)}", soft_wrap=True)
    for how in advised.deployments:
        console.print(f"\n[bold]to run {escape(how.server)}[/bold], with your project's name in place of yourproject:")
        console.print(f"  {escape(how.command)}", soft_wrap=True)
        if how.text:
            console.print(f"  {how.file}:")
            for line in how.text.splitlines():
                console.print(f"    {escape(line)}", soft_wrap=True)


def _lines(each: Advice) -> list[str]:
    left_out = [escape(f"{server} is left out: {reason}") for server, reason in each.left_out.items()]
    option = each.recommended
    if option is None:
        return [escape(f"no advice: {each.reason}"), *left_out]
    lines = [
        f"run [green]{escape(option.name)}[/green]: {escape(option.figures)}",
        escape(f"why: {each.reason}"),
    ]
    if each.runner_up:
        lines.append(escape(f"runner-up: {each.against_runner_up}"))
    lines.append(escape(f"price: {option.price}"))
    lines += [escape(f"- {condition}") for condition in each.conditions]
    return [*lines, *left_out]
