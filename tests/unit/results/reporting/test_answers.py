"""The page's first screen: what is best, by how much, how sure; and what does not count."""

from dataclasses import replace
from pathlib import Path

import pytest

from djbench.cell import Cell
from djbench.load import OpenLoad
from results.analysis.summary import summarise
from results.records.schema import Trial
from results.reporting.answers import Answer, Sureness, not_counted, overview, without_numbers
from results.reporting.frames import labels
from tests.unit.answered import answers_of
from tests.unit.runs import OPEN, a_cell, a_directory, a_measurement

SYNC, ASYNC, THREADS = (a_cell(style=style) for style in ("sync", "async", "threads"))


def found(path: Path, rates: dict[Cell, list[float]], latencies_ms: list[float] | None = None) -> list[Answer]:
    summary = summarise(a_directory(path / "run", rates, latencies_ms=latencies_ms))
    return answers_of(summary)


def around(rate: float, noise: float = 0.002) -> list[float]:
    return [rate * (1 + noise * step) for step in (-2, -1, 0, 1, 2, 0)]


def test_a_clear_answer_names_the_best_its_lead_and_the_next(tmp_path: Path) -> None:
    (answer,) = found(tmp_path, {SYNC: around(100), ASYNC: around(150), THREADS: around(75)})
    assert answer.sureness is Sureness.CLEAR
    assert answer.best == "async on uvicorn, 150 requests/s"
    assert answer.how_much == "1.50 times the throughput of the next, sync on uvicorn."
    assert answer.how_sure == "95 % interval 1.50 to 1.50, 6 blocks."
    assert answer.brief == "async on uvicorn leads by 1.50 ×"
    assert [cell.cell.style for cell in answer.cells] == ["async"]


def test_what_is_not_told_from_the_best_stands_beside_it(tmp_path: Path) -> None:
    close = [100.0, 110.0, 95.0, 108.0, 97.0, 101.0]
    (answer,) = found(tmp_path, {SYNC: [102.0] * 6, ASYNC: close, THREADS: around(40)})
    assert answer.sureness is Sureness.TOO_CLOSE
    assert answer.how_much == "No clear difference from: async on uvicorn."
    # Each trial has the same CPU time, so that its time per request is as noisy as throughput is.
    assert answer.how_sure.endswith("6 blocks. Measure more blocks to narrow it.")
    assert {cell.cell.style for cell in answer.cells} == {"sync", "async"}


def test_cpu_time_that_is_decided_stands_with_what_is_too_close_to_call(tmp_path: Path) -> None:
    close = [100.0, 110.0, 95.0, 108.0, 97.0, 101.0]
    directory = a_directory(tmp_path / "run", {SYNC: [102.0] * 6, ASYNC: close})
    for trial in directory.read_trials():
        assert trial.measurement is not None
        cpu_s = trial.measurement.answered * (0.002 if trial.cell == ASYNC else 0.001)
        used = replace(trial.measurement.server, cpu_s=cpu_s)
        directory.write_trial(replace(trial, measurement=replace(trial.measurement, server=used)))
    (answer,) = answers_of(summarise(directory))
    assert answer.how_sure.endswith(
        "CPU time per request is decided: less CPU, 0.500 times (95 % interval 0.500 to 0.500, 6 blocks) that of the "
        "other. Measure more blocks to narrow it."
    )


def test_a_rival_with_too_few_blocks_does_not_hide_one_that_is_too_close(tmp_path: Path) -> None:
    close = [100.0, 110.0, 95.0, 108.0, 97.0, 101.0]
    (answer,) = found(tmp_path, {SYNC: [103.0] * 6, THREADS: [102.5] * 3, ASYNC: close})
    assert answer.sureness is Sureness.TOO_CLOSE
    assert answer.how_much == "No clear difference from: async on uvicorn, threads on uvicorn."
    assert answer.how_sure.startswith("Ratio to the first of them: 1.0")


def test_equals_within_three_percent_are_called_that(tmp_path: Path) -> None:
    (answer,) = found(tmp_path, {SYNC: around(100), ASYNC: around(101)})
    assert answer.sureness is Sureness.SAME
    assert answer.how_much == "The same within 3 %: sync on uvicorn."


def test_below_five_blocks_it_says_what_to_run(tmp_path: Path) -> None:
    (answer,) = found(tmp_path, {SYNC: [100.0] * 3, ASYNC: [200.0] * 3})
    assert answer.sureness is Sureness.FEW
    assert answer.how_sure == "3 common blocks; a verdict needs 5. Run with --blocks 5 or more."


def test_one_cell_alone_is_compared_with_nothing(tmp_path: Path) -> None:
    (answer,) = found(tmp_path, {SYNC: around(100)})
    assert (answer.sureness, answer.how_much) == (Sureness.ALONE, "No other cell has a number.")


def test_without_a_number_the_reason_stands_there(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: []})
    directory.write_trial(Trial(number=0, block=0, cell=SYNC, started="", failure="no server\nsecond line"))
    summary = summarise(directory)
    (answer,) = answers_of(summary)
    assert (answer.sureness, answer.how_much) == (Sureness.NOTHING, "no server")


def test_under_open_load_the_shorter_median_is_better(tmp_path: Path) -> None:
    quick, slow = (replace(cell, load=OPEN) for cell in (SYNC, ASYNC))
    directory = a_directory(tmp_path / "run", {quick: [100.0] * 5}, latencies_ms=[1.0, 2.0, 3.0])
    other = a_directory(tmp_path / "other", {slow: [100.0] * 5}, latencies_ms=[2.0, 4.0, 6.0])
    run = directory.read_run()
    directory.write_run(replace(run, cells=(quick, slow)))
    for trial in other.read_trials():
        assert trial.samples is not None
        (tmp_path / "other" / trial.samples).rename(tmp_path / "run" / "samples" / f"9{trial.number}.parquet")
        directory.write_trial(replace(trial, number=90 + trial.number, samples=f"samples/9{trial.number}.parquet"))
    summary = summarise(directory)
    (answer,) = answers_of(summary)
    assert answer.best == "sync on uvicorn, p50 2 ms"
    assert answer.how_much == "0.50 times the median latency of the next, async on uvicorn."
    assert answer.brief == "sync on uvicorn leads by 2.00 ×"


def test_cells_under_a_varying_rate_are_not_ranked(tmp_path: Path) -> None:
    ramp = OpenLoad(rate="10..20/1s", arrivals="poisson", connections=8)
    (answer,) = found(tmp_path, {replace(SYNC, load=ramp): [100.0] * 5})
    assert answer.sureness is Sureness.COURSE
    assert answer.cells == ()


def test_the_overview_counts_every_question_once(tmp_path: Path) -> None:
    rates = {
        a_cell(pattern=pattern, style=style): around(rate)
        for pattern, style, rate in (
            ("plain", "sync", 100),
            ("plain", "async", 150),
            ("cpu", "sync", 100),
            ("cpu", "async", 101),
            ("cache", "sync", 5),
        )
    }
    said = overview(found(tmp_path, rates))
    assert said == (
        "Of 3 questions (pattern × load), 1 has a clear answer, 1 has several that are the same within 3 %, "
        "1 has one cell alone."
    )


def test_cells_without_a_number_are_named_and_invalid_trials_counted_by_reason(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: [100.0, 100.0], ASYNC: []})
    number = 50
    for flags in (("noisy_neighbour",), ("noisy_neighbour", "arrival_lag")):
        number += 1
        directory.write_trial(
            Trial(
                number=number,
                block=0,
                cell=SYNC,
                started="",
                measurement=a_measurement(90),
                flags=flags,
                invalidated_by=flags,
            )
        )
    directory.write_trial(Trial(number=60, block=0, cell=ASYNC, started="", failure="it ended\nat once"))
    summary = summarise(directory)
    (first,) = without_numbers(summary.cells, labels(summary))
    assert first == "plain, 2 users: async on uvicorn has no number (failing): it ended."
    assert (
        not_counted(directory.read_trials())
        == "3 of 5 trials do not count: noisy_neighbour 2, arrival_lag 1, failed 1."
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\u202egnitirw", "gnitirw"),
        ("\u05d0\u05d1\u05d2", "\u2068\u05d0\u05d1\u05d2\u2069"),
        ("\u05d0\u2069\u202eb\u2066c", "\u2068\u05d0bc\u2069"),  # that ends its isolation to turn what follows
        ("\u05d0\u2029b\x1b", "\u2068\u05d0 b \u2069"),  # a paragraph's end would do so too
    ],
)
def test_a_name_cannot_turn_the_sentence_around_it(tmp_path: Path, name: str, shown: str) -> None:
    (answer,) = found(tmp_path, {a_cell(server=name): around(100)})
    assert answer.best.startswith(f"sync on {shown}, 100")
