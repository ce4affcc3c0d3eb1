"""``djbench compare``: runs beside the first of them, with gates for CI."""

import json
from collections.abc import Sequence
from pathlib import Path
from stat import S_ISDIR
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from djbench.errors import UsageError
from results.comparing.comparison import RunChange, RunComparison, compare_runs, read
from results.comparing.gates import GateError, GateOutcome, JudgedGate, judge_gates, parse_gate, worst_of
from results.comparing.junit import junit_xml
from results.records.store import RunDirectory, StoreError, stat_of, write_whole
from results.wording.names import cell_name
from results.wording.text import clipped
from runners.cli.notes import note
from runners.cli.places import comparisons_here, last_two, named, runs_here
from runners.cli.shown.compare_table import PLAIN_WIDTH, change_table
from runners.cli.shown.grouped import table_console
from runners.cli.typer_options import AsJson, flag

GATE_FAILED = 3


def compare_command(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="RUN",
            help="Runs by directory or name, the base first (default: the last two of one profile, with a cell in "
            "common).",
        ),
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GATE",
            help="Fail on this change: 'p99 slower 5%', 'throughput slower 3%', 'cpu more 10%' or 'memory more 10%' "
            "(repeatable; default: none).",
        ),
    ] = None,
    fail_on_undecided: Annotated[
        bool, flag("--fail-on-undecided", help="Fail a gate also if the evidence does not suffice.")
    ] = False,
    junit: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Write the gates' outcomes as JUnit XML into this file, e.g. gates.xml."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="Write the comparison to this directory (default: results/comparisons/<run>--<run>)."
        ),
    ] = None,
    quiet: Annotated[bool, flag("--quiet", "-q", help="Print nothing; write files and set the exit code.")] = (False),
    as_json: AsJson = False,
) -> int:
    """Compare runs with the first of them: what else differs, verdicts cell by cell, gates for CI.

    Writes a page, Markdown for a pull request, JSON and charts. Exit code 3 when a gate fails: the whole interval of a
    cell's ratio lies beyond it, or a cell that the base measured fails or is missing.
    """
    paths = [named(path) for path in runs] if runs else last_two(runs_here(), note)
    gates = fail_on or ()
    if len(paths) < 2:
        raise UsageError("compare needs two runs or more, the base first: djbench compare BASE RUN")
    if junit and not gates:
        raise UsageError("--junit reports on gates; give one, such as --fail-on 'p99 slower 5%'")
    if fail_on_undecided and not gates:
        raise UsageError("--fail-on-undecided is about gates; give one, such as --fail-on 'p99 slower 5%'")
    if junit:
        _require_file(junit)
    try:
        chosen = [parse_gate(text) for text in gates]
        comparison = compare_runs([read(RunDirectory(path)) for path in paths])
        judged = judge_gates(chosen, comparison, strict=fail_on_undecided)
    except GateError as error:
        raise UsageError(str(error)) from None
    from results.comparing.comparison_page import (  # here, because matplotlib takes seconds to import
        folder_name,
        to_json,
        write_comparison,
    )

    page = write_comparison(comparison, judged, output or comparisons_here() / folder_name(comparison))
    if junit:
        write_whole(junit, junit_xml(judged))
    if as_json:
        print(json.dumps(to_json(comparison, judged), indent=2))
    elif not quiet:
        _print(comparison, judged, page)
    return GATE_FAILED if any(judgement.fails for judgement in judged) else 0


def _require_file(file: Path) -> None:
    """Refuse what cannot be written, before hours of samples are read."""
    there = stat_of(file, "write")
    if there and S_ISDIR(there.st_mode):
        raise UsageError(f"--junit {file}: that is a directory; name a file in it, such as gates.xml")
    try:
        (file.parent / "..").stat()  # fails for what is no directory, too
    except OSError as error:
        raise StoreError(f"cannot write {clipped(str(file))}: {error.strerror}") from None


def _print(comparison: RunComparison, judged: Sequence[JudgedGate], page: Path) -> None:
    """What differs first, then the numbers, then the gates."""
    from results.comparing.words import cells_of_one, how_compared, shift_text, short_names_of, verdict_sentences

    out = table_console(PLAIN_WIDTH)
    short = short_names_of(comparison)
    for run in comparison.others:
        out.print(f"[bold]{escape(run.run.id)}[/bold] beside [bold]{escape(comparison.base.id)}[/bold]")
        _print_differences(out, comparison, run)
        out.print(escape(how_compared(run)))
        if shift := shift_text(run):
            out.print(escape(shift))
        out.print(change_table(run, short, out.width))
        for sentence in verdict_sentences(run, short):
            out.print(escape(sentence))
        for owner, names in cells_of_one(run):
            for name in names:
                out.print(escape(f"only in {owner}: {name}"))
        out.print()
    _print_gates(out, judged, short)
    print(f"report: {page}")


def _print_differences(out: Console, comparison: RunComparison, run: RunChange) -> None:
    from results.comparing.words import NOTHING_DIFFERS
    from results.reporting.method import unfinished

    for which in (comparison.base, run.run):
        if warning := unfinished(which, which.id):
            out.print(escape(warning), style="yellow")
    if not run.differences:
        out.print(NOTHING_DIFFERS)
        return
    out.print("what else differs:")
    for difference in run.differences:
        out.print(f"  {escape(str(difference))}")


_STYLES = {GateOutcome.PASSED: "green", GateOutcome.FAILED: "bold red", GateOutcome.UNDECIDED: "yellow"}


def _print_gates(out: Console, judged: Sequence[JudgedGate], short: dict[str, str]) -> None:
    for gate in dict.fromkeys(str(judgement.gate) for judgement in judged):
        of_gate = [judgement for judgement in judged if str(judgement.gate) == gate]
        counts = {outcome: sum(judgement.outcome is outcome for judgement in of_gate) for outcome in GateOutcome}
        worst = worst_of(of_gate)
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
        out.print(f"gate '{gate}': [{_STYLES[worst]}]{worst}[/{_STYLES[worst]}] ({outcomes})")
        for judgement in of_gate:
            if judgement.outcome is not GateOutcome.PASSED:
                name = cell_name(judgement.cell, short, question=True)
                out.print(f"  {judgement.outcome}: {escape(name)}: {escape(judgement.why)}")
