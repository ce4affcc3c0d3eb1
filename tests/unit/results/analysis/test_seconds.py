"""A trial second by second, from raw samples and telemetry that are known."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from results.analysis.seconds import Second, seconds_of
from results.records.schema import TelemetrySample, Trial
from results.records.store import TELEMETRY, RunDirectory
from results.reporting.report import write_report
from tests.unit.runs import OUTCOMES, a_cell, a_directory, a_sample, samples_of

Row = tuple[float, float, str]


def trial_of(
    path: Path, rows: list[Row], length_s: float, series: list[TelemetrySample], batches: int = 1
) -> tuple[RunDirectory, Trial]:
    """A run of one trial. rows: when a request was due, when its answer came (s since the opening), its outcome."""
    directory = a_directory(path / "run", {a_cell(): [1.0]})
    samples = samples_of([0.0] * len(rows), [outcome for _, _, outcome in rows])
    samples["intended_ns"] = np.round([1e9 * due for due, _, _ in rows])
    samples["done_ns"] = np.round([1e9 * done for _, done, _ in rows])
    directory.write_samples(0, np.array_split(samples, batches), {"outcome": OUTCOMES})
    (trial,) = directory.read_trials()
    assert trial.measurement is not None
    trial = replace(
        trial,
        measurement=replace(trial.measurement, actual_s=length_s),
        artefacts={TELEMETRY: directory.write_telemetry(0, series)} if series else {},
    )
    directory.write_trial(trial)
    return directory, trial


def found(path: Path, rows: list[Row], length_s: float, series: list[TelemetrySample] | None = None) -> list[Second]:
    return seconds_of(*trial_of(path, rows, length_s, series or []))


def test_answers_count_where_they_came_and_latencies_where_requests_were_due(tmp_path: Path) -> None:
    first, second = found(
        tmp_path,
        [
            (-0.2, 0.1, "ok"),  # due before the window: an answer, no latency
            (0.1, 0.4, "ok"),
            (0.8, 1.9, "ok"),
            (1.1, 1.2, "timeout"),
            (1.5, 2.5, "ok"),  # comes after the last whole second: a latency, no answer
            (2.1, 2.2, "ok"),
            (2.1, 2.3, "reset"),
        ],
        2.4,
    )
    assert (first.second, first.answered, first.errors) == (0, 2, 0)
    assert (second.second, second.answered, second.errors) == (1, 1, 1)
    assert (first.p50_ms, second.p50_ms) == pytest.approx((300, 1000))


def test_an_answer_that_comes_with_the_end_belongs_to_the_second_it_ends(tmp_path: Path) -> None:
    """As the last one of a window does that closes with an answer."""
    first, second = found(tmp_path, [(0.5, 1.0, "ok"), (1.0, 2.0, "ok")], 2.0)
    assert (first.answered, second.answered) == (1, 1)
    assert (first.p50_ms, second.p50_ms) == pytest.approx((500, 1000))


def test_high_percentiles_need_their_samples(tmp_path: Path) -> None:
    rows = [(number / 1000, number / 1000 + 0.01 * (number + 1), "ok") for number in range(1000)]
    first, second = found(tmp_path, [*rows, *((1 + number / 400, 3.0, "ok") for number in range(199))], 2.0)
    assert (first.p50_ms, first.p95_ms, first.p99_ms) == pytest.approx((5000, 9500, 9900))
    assert second.p50_ms is not None
    assert (second.p95_ms, second.p99_ms) == (None, None)


def test_batches_make_no_difference(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    rows = [(due, due + wait, "ok") for due, wait in zip(chance.random(500) * 3, chance.random(500), strict=True)]
    (tmp_path / "one").mkdir()
    one = trial_of(tmp_path / "one", rows, 3.0, [])
    many = trial_of(tmp_path, rows, 3.0, [], batches=7)
    assert seconds_of(*one) == seconds_of(*many)
    assert sum(second.answered for second in seconds_of(*one)) == sum(done <= 3 for _, done, _ in rows)


def test_a_second_without_anything_is_a_row_of_its_own(tmp_path: Path) -> None:
    rows = found(tmp_path, [(0.5, 2.5, "ok")], 3.0)
    assert [row.answered for row in rows] == [0, 0, 1]
    assert [row.p50_ms for row in rows] == [pytest.approx(2000), None, None]
    assert rows[0].server_cpu_cores is None
    assert rows[0].rss_mib is None


def test_under_a_second_there_is_no_row(tmp_path: Path) -> None:
    assert found(tmp_path, [(0.1, 0.2, "ok")], 0.99) == []


def test_telemetry_is_laid_over_the_seconds(tmp_path: Path) -> None:
    """Between samples at 0.5 and 1.5 s the CPU time goes from 0.2 to 1.0 s: half of it in each second."""
    first, second = found(
        tmp_path,
        [(0.5, 0.6, "ok")],
        2.1,
        [
            a_sample(0.0, cpu_s=0.0, voluntary_switches=0),
            a_sample(0.5, cpu_s=0.2, voluntary_switches=10, rss_mib=70.0, threads=3),
            a_sample(1.5, cpu_s=1.0, voluntary_switches=30, open_files=40),
            a_sample(2.0, cpu_s=1.1, voluntary_switches=40, rss_mib=90.0),
        ],
    )
    assert (first.server_cpu_cores, second.server_cpu_cores) == pytest.approx((0.6, 0.5))
    assert (first.voluntary_switches, second.voluntary_switches) == pytest.approx((20, 20))
    assert (first.rss_mib, first.threads, first.open_files) == (70.0, 4, 9)
    assert (second.rss_mib, second.open_files) == (60.0, 40)


def test_the_report_writes_every_trial_s_seconds(tmp_path: Path) -> None:
    directory, trial = trial_of(tmp_path, [(0.5, 0.6, "ok")], 2.0, [a_sample(0.0), a_sample(2.0)])
    assert trial.measurement is not None
    invalid = replace(trial, number=1, block=1, flags=("errors",), invalidated_by=("errors",))
    directory.write_trial(invalid)
    directory.write_trial(Trial(number=2, block=1, cell=a_cell(), started="", failure="died"))
    write_report(directory)
    with (directory.path / "seconds.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["trial"], row["block"], row["valid"], row["second"], row["answered"]) for row in rows] == [
        ("0", "0", "True", "0", "1"),
        ("0", "0", "True", "1", "0"),
        ("1", "1", "False", "0", "1"),
        ("1", "1", "False", "1", "0"),
    ]
    assert {(row["server"], row["pattern"], row["style"], row["load"]) for row in rows} == {
        ("uvicorn:workers=1", "plain", "sync", "2 users")
    }
    assert rows[0]["p50_ms"] == "100.0"
    assert rows[0]["p99_ms"] == ""
