"""What a run's comparisons tell apart."""

from dataclasses import replace
from pathlib import Path

import pytest

from results.analysis.figures.quantity import THROUGHPUT
from results.analysis.figures.usage_figures import CPU
from results.analysis.resolution import resolutions
from results.analysis.stats import Estimate
from results.analysis.summary import Ratio, summarise
from results.analysis.verdicts import Comparison, Verdict
from results.reporting.method import machine_sentence
from tests.unit.runs import a_cell, a_directory

SYNC, ASYNC, THREADS = (a_cell(style=style) for style in ("sync", "async", "threads"))


def ratio(*cells: object, half: float | None, blocks: int = 6, quantity: object = THROUGHPUT) -> Ratio:
    """Of two cells, with an interval of such a half-width."""
    low, high = (None, None) if half is None else (1.5 / (1 + half), 1.5 * (1 + half))
    comparison = Comparison(estimate=Estimate(1.5, low, high, blocks), p=0.5, adjusted_p=0.5, verdict=Verdict.TOO_CLOSE)
    cell, other = cells
    return Ratio(cell=cell, other=other, quantity=quantity, comparison=comparison)  # type: ignore[arg-type]


def test_the_median_of_each_quantity_tells() -> None:
    found = resolutions(
        [
            ratio(ASYNC, SYNC, half=0.02, blocks=5),
            ratio(THREADS, SYNC, half=0.08, blocks=9),
            ratio(ASYNC, THREADS, half=0.04),
            ratio(ASYNC, SYNC, half=0.01, quantity=CPU),
        ]
    )
    assert [one.quantity.name for one in found] == ["throughput", "cpu"]
    assert [one.half_width for one in found] == pytest.approx([0.04, 0.01])
    assert (found[0].fewest_blocks, found[0].most_blocks) == (5, 9)


def test_a_pair_of_two_families_counts_once_and_one_without_an_interval_not_at_all() -> None:
    pairs = [ratio(ASYNC, SYNC, half=0.02), ratio(SYNC, ASYNC, half=0.02), ratio(THREADS, SYNC, half=0.08)]
    (found,) = resolutions([*pairs, ratio(ASYNC, THREADS, half=None)])
    assert found.half_width == pytest.approx(0.05)
    assert resolutions([ratio(ASYNC, THREADS, half=None)]) == []


def test_the_sentence_says_what_blocks_tell_apart(tmp_path: Path) -> None:
    rates = [100.0, 101.0, 99.0, 100.5, 99.5, 100.0]
    equals = {SYNC: rates, ASYNC: rates[::-1]}
    summary = summarise(a_directory(tmp_path / "steady", equals))
    # Six log ratios with standard deviations of 0.0134 and 0.0089 (answers are whole), and Student's 2.571.
    assert machine_sentence(summary) == "6 blocks tell 1.4 % apart in throughput and 0.94 % in server CPU per request."
    moved = machine_sentence(replace(summary, machine_moved=0.123))
    assert moved.startswith("This machine's speed moved by ±12 %; 6 blocks tell 1.4 % apart")
    assert machine_sentence(summarise(a_directory(tmp_path / "short", {SYNC: [100.0]}))) == ""
