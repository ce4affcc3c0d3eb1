"""Which cell is the best, where all its blocks say one thing and the blocks that cells share another."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from djbench.cell import Cell
from results.advising.advice import advise
from results.analysis.ranking import best_first, ranked
from results.analysis.summary import Summary, summarise
from results.analysis.verdicts import Pair, Verdict
from results.records.store import RunDirectory
from results.reporting.answers import Sureness
from results.reporting.conclusions import conclude
from results.reporting.report import write_report
from runners.cli.shown.table import in_reading_order
from tests.unit.answered import answers_of
from tests.unit.runs import OPEN, OUTCOMES, a_cell, a_directory, samples_of, served

SYNC, ASYNC, THREADS = (a_cell(style=style) for style in ("sync", "async", "threads"))
SLOW_BLOCKS, QUICK_BLOCKS = [96, 96.1, 95.9, 96, 96], [120.0] * 5
# The machine was quicker in the blocks that only sync has: by the mean over its own blocks sync is the best.
RATES: dict[Cell, list[float]] = {SYNC: SLOW_BLOCKS + QUICK_BLOCKS, ASYNC: [100, 100.1, 99.9, 100, 100]}


def a_run_of(path: Path, rates: Mapping[Cell, Mapping[int, float]]) -> RunDirectory:
    """A run whose cells have valid trials in these blocks alone."""
    blocks = 1 + max(max(of_cell) for of_cell in rates.values())
    directory = a_directory(
        path, {cell: [of_cell.get(block, 1.0) for block in range(blocks)] for cell, of_cell in rates.items()}
    )
    for trial in directory.read_trials():
        if trial.block not in rates[trial.cell]:
            directory.write_trial(replace(trial, flags=("noisy_neighbour",), invalidated_by=("noisy_neighbour",)))
    return directory


@pytest.fixture
def misled(tmp_path: Path) -> Summary:
    return summarise(a_directory(tmp_path / "run", RATES))


def test_the_blocks_that_both_have_decide_and_not_the_mean_over_others(misled: Summary) -> None:
    sync, async_ = misled.cells
    assert sync.rank() < async_.rank()
    assert ranked(misled.cells) == [async_, sync]
    assert [(lead.cell, lead.other, lead.comparison.verdict) for lead in misled.leads] == [
        (ASYNC, SYNC, Verdict.FASTER)
    ]


def test_the_answer_names_it_and_says_why_the_other_figure_is_higher(misled: Summary) -> None:
    (answer,) = answers_of(misled)
    assert answer.sureness is Sureness.CLEAR
    assert answer.best == "async on uvicorn, 100 requests/s"
    assert answer.how_much == "1.042 times the throughput of the next, sync on uvicorn."
    assert answer.how_sure.endswith(
        "5 blocks. Compared over common blocks; over all of its own, sync on uvicorn has 107.3 requests/s."
    )


def test_the_details_name_it_too_and_leave_nobody_out(misled: Summary) -> None:
    (answer,) = answers_of(misled)
    best, behind = answer.details[:2]
    assert best.startswith("The best: async on uvicorn, ")
    assert behind.startswith("Faster than sync on uvicorn: 1.042 times")
    assert behind.endswith(", compared over common blocks.")


def test_the_advice_is_the_same_one(misled: Summary) -> None:
    (advice,) = advise(misled).patterns
    assert advice.recommended is not None
    assert advice.recommended.style == "async"
    assert advice.reason == "it has the highest throughput"
    assert "1.042 times" in advice.against_runner_up
    assert "its throughput: faster; and 0.960 times" in advice.against_runner_up
    assert advice.against_runner_up.endswith("its CPU time per request: less CPU")


def test_the_table_at_the_end_has_it_first_and_the_report_is_written(tmp_path: Path, misled: Summary) -> None:
    assert [cell.cell.style for cell in in_reading_order(misled)] == ["async", "sync"]
    write_report(RunDirectory(tmp_path / "run"), conclude(misled))
    (lead,) = json.loads((tmp_path / "run" / "summary.json").read_text())["leads_of_the_best"]
    assert (lead["style"], lead["verdict"]) == ("async", "faster")


def test_a_mix_is_judged_by_its_common_blocks_too(tmp_path: Path) -> None:
    other = served(SYNC, server="daphne")
    summary = summarise(a_directory(tmp_path / "run", {SYNC: RATES[SYNC], other: RATES[ASYNC]}))
    (mixed,) = advise(summary, {"plain": 1.0}).mixes
    assert mixed.recommended is not None
    assert mixed.recommended.server == "daphne"
    assert mixed.comparison is not None
    assert mixed.comparison.verdict is Verdict.FASTER


def test_under_open_load_the_medians_of_the_blocks_decide_and_not_the_pooled_one(tmp_path: Path) -> None:
    """Most of sync's answers came in two quick blocks, which make its median over all samples the shorter one."""
    sync, async_ = (replace(cell, load=OPEN) for cell in (SYNC, ASYNC))
    directory = a_directory(tmp_path / "run", {sync: [100.0] * 7, async_: [100.0] * 5})
    for trial in directory.read_trials():
        slow, many = [5.0, 5.0, 5.0], [1.0] * 50
        latencies_ms = [4.0] * 3 if trial.cell == async_ else slow if trial.block < 5 else many
        directory.write_samples(trial.number, [samples_of(latencies_ms)], {"outcome": OUTCOMES, "request": ["r"]})
    summary = summarise(directory)
    assert summary.cells[0].rank() < summary.cells[1].rank()
    (answer,) = answers_of(summary)
    assert answer.best == "async on uvicorn, p50 4 ms"
    assert answer.sureness is Sureness.CLEAR
    assert answer.how_sure.endswith("over all of its own, sync on uvicorn has p50 1 ms.")


def test_where_each_has_something_that_is_faster_nothing_is_called_the_best(tmp_path: Path) -> None:
    """Blocks that hardly overlap can go round in a circle; the answer is then open, and everybody is named."""
    near = (1.0, 1.001, 0.999, 1.0005, 1.0)

    def five(first: int, rate: float, turn: int) -> dict[int, float]:
        return {first + block: rate * near[(block + turn) % 5] for block in range(5)}

    directory = a_run_of(
        tmp_path / "run",
        {
            SYNC: five(0, 110, 0) | five(10, 90, 1),
            ASYNC: five(0, 100, 2) | five(5, 110, 3),
            THREADS: five(5, 100, 4) | five(10, 100, 0),
        },
    )
    summary = summarise(directory)
    assert {lead.comparison.verdict for lead in summary.leads} == {Verdict.FASTER, Verdict.SLOWER}
    (answer,) = answers_of(summary)
    assert answer.sureness is Sureness.TOO_CLOSE
    slower, faster = answer.details[1:3]
    assert slower.startswith("Faster in the common blocks, but slower than another: ")
    assert faster.startswith("Faster than ")
    (advice,) = advise(summary).patterns
    assert "no clear difference from" in advice.reason
    write_report(directory, conclude(summary))


def test_without_a_verdict_the_figure_decides() -> None:
    """Four blocks are too few to call anything slower."""
    values = {"a": {0: 90.0, 1: 90.0, 2: 90.0, 3: 90.0, 4: 200.0}, "b": dict.fromkeys(range(4), 100.0)}

    def pair(one: str, other: str) -> Pair:
        return Pair(values[one], values[other])

    order: Sequence[str] = best_first(["a", "b"], pair)
    assert order == ["a", "b"]
    values["b"][4] = 230.0
    assert best_first(["a", "b"], pair) == ["b", "a"]
    assert best_first(["b", "a"], pair) == ["b", "a"]
