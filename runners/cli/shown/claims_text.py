"""What a run says to the claims it was made for: in its directory, and on the terminal."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from results.claims.claim_checks import ClaimOutcome
from results.claims.judging import JudgedClaim
from results.records.schema import Run
from results.records.store import RunDirectory
from runners.cli.shown.grouped import table_console
from runners.procedures.claims import chosen

_COLOURS = {ClaimOutcome.HOLDS: "green", ClaimOutcome.FAILS: "red"}
_PLAIN_WIDTH = 120


def write_claims_of(directory: RunDirectory, run: Run) -> tuple[list[JudgedClaim], Path]:
    """Judge the run's claims, write them and the usual report; what was found, and the page. Raises StoreError."""
    from results.analysis.summary import summarise
    from results.claims.claims_page import write_claims
    from results.reporting.conclusions import conclude
    from results.reporting.report import write_report

    summary = summarise(directory)
    write_report(directory, conclude(summary))
    return write_claims(directory, summary, chosen(run.claims))


def report_claims(directory: RunDirectory, run: Run, *, quiet: bool, as_json: bool) -> bool:
    """Write what was found, and print it. Was anything tested? Raises StoreError."""
    judged, page = write_claims_of(directory, run)
    if as_json:
        print((directory.path / "claims.json").read_text(encoding="utf-8"), end="")
    elif not quiet:
        print_claims(judged, table_console(_PLAIN_WIDTH))
        print(f"report: {page}")
    return any(judgement.outcome is not ClaimOutcome.UNMEASURED for judgement in judged)


def print_claims(judged: Sequence[JudgedClaim], console: Console) -> None:
    """Each claim with its outcome and its example; its checks with figure, interval and commands; and why."""
    for judgement in judged:
        console.print()
        claim = judgement.claim
        console.print(f"{_coloured(judgement.outcome)}  [bold]{escape(claim.name)}[/bold]: {escape(claim.words)}")
        console.print(Padding(f"[dim]example {claim.example}: {escape(claim.source)}[/dim]", (0, 0, 0, 2)))
        for checked in judgement.checks:
            line = f"{checked.check.says}: {checked.finding}; expected {checked.check.expected}"
            console.print(Padding(f"{_coloured(checked.outcome)}: {escape(line)}", (0, 0, 0, 2)))
            for command in checked.commands:
                console.print(f"    [dim]{escape(command)}[/dim]", soft_wrap=True)
        console.print(Padding(escape(claim.why), (0, 0, 0, 2)))
    console.print()
    counts = {outcome: sum(judgement.outcome is outcome for judgement in judged) for outcome in ClaimOutcome}
    console.print(", ".join(f"{outcome}: {count}" for outcome, count in counts.items() if count))


def _coloured(outcome: ClaimOutcome) -> str:
    colour = _COLOURS.get(outcome, "yellow")
    return f"[{colour}]{outcome}[/{colour}]"
