"""A run that an older djbench recorded gives the figures that it gave then."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from results.analysis.summary import summarise
from results.claims.claims_page import write_claims
from results.records.store import RunDirectory
from results.reporting.report import write_report
from runners.cli.shown.validation_text import write_validation
from runners.procedures.claims import chosen
from tests.unit.old_runs import unpacked


def lost(before: Any, after: Any, place: str = "") -> list[str]:
    """Where what was written then is missing or another now, by its dotted place; what is new does not matter."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [line for key in before for line in lost(before[key], after.get(key, "nothing"), f"{place}.{key}")]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [line for at, value in enumerate(before) for line in lost(value, after[at], f"{place}[{at}]")]
    if isinstance(after, str):  # what repeats an old run says that its cells took no turns
        after = after.replace(" --by-turns off", "")
    return [] if before == after else [f"{place}: {before!r} -> {after!r}"]


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def without_event_rates(summary: Any) -> Any:
    """Without the events per second of held streams: their mean left out windows without an event then."""
    for cell in summary["cells"]:
        if cell["load"]["kind"] == "held":
            del cell["throughput_rps"]
    return summary


def without_event_rates_of(table: list[dict[str, str]]) -> list[dict[str, str]]:
    """The same of summary.csv."""
    for row in table:
        if row["load_kind"] == "held":
            for end in ("mean", "low", "high"):
                row.pop(f"throughput_rps_{end}", None)
    return table


@pytest.mark.parametrize("name", ["loads", "held-and-database"])
def test_summary_and_tables_of_an_old_run(name: str, tmp_path: Path) -> None:
    directory = unpacked(name, tmp_path)
    write_report(RunDirectory(directory))
    before, after = (
        json.loads((folder / "summary.json").read_text()) for folder in (directory / "expected", directory)
    )
    del before["schema"]  # the records' own, which is today's now
    # Files to deploy a server come from its entry, and the record has none of them; its command line is there.
    assert after["advice"].pop("deployments")
    del before["advice"]["deployments"]
    # Lost work has the pattern in its key now; both runs have one pattern whose work goes on.
    lost_work = after["run"]["lost_work"]
    after["run"]["lost_work"] = {key.partition(" ")[2]: counts for key, counts in lost_work.items()}
    for advice in (*before["advice"]["patterns"], *before["advice"]["mixes"]):
        del advice["reason"], advice["conditions"]  # sentences, and no figures
    assert lost(without_event_rates(before), after) == []
    for table in ("summary.csv", "seconds.csv"):
        assert lost(without_event_rates_of(rows(directory / "expected" / table)), rows(directory / table)) == []


def test_the_verdicts_of_an_old_validation(tmp_path: Path) -> None:
    directory = unpacked("validation", tmp_path)
    run = RunDirectory(directory).read_run()
    write_validation(RunDirectory(directory), run)
    before, after = (
        json.loads((folder / "validation.json").read_text()) for folder in (directory / "expected", directory)
    )
    assert lost(before, after) == []


def test_what_an_old_run_says_to_its_claims(tmp_path: Path) -> None:
    directory = unpacked("claims", tmp_path)
    run_directory = RunDirectory(directory)
    summary = summarise(run_directory)
    write_claims(run_directory, summary, chosen(summary.run.claims))
    before, after = (json.loads((folder / "claims.json").read_text()) for folder in (directory / "expected", directory))
    for claim in before["claims"]:  # the words of today's claim; the run knows its name
        for words in (claim, *claim["checks"]):
            for key in ("claim", "why", "says"):
                words.pop(key, None)
        for check in claim["checks"]:  # one command measures what is compared, where each cell had its own
            del check["commands"]
    assert {len(check["commands"]) for claim in after["claims"] for check in claim["checks"]} == {1}
    assert lost(before, after) == []
