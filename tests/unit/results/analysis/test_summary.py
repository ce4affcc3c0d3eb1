"""From trials to the summary of each cell."""

import json
import statistics
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from djbench.cell import Cell
from djbench.load import ClosedLoad
from results.analysis.figures.usage import server_cpu_ms, server_rss_mib, server_threads
from results.analysis.summary import summarise
from results.records.schema import Trial
from results.records.store import TELEMETRY, RunDirectory, StoreError
from results.records.target_facts import TargetFacts
from results.reporting.frames import cells, labels
from results.reporting.tables import comparison_table
from tests.unit.answered import answers_of
from tests.unit.runs import OPEN, OUTCOMES, a_cell, a_directory, a_measurement, samples_of, served

SYNC, ASYNC = a_cell(), a_cell(style="async")


def test_a_cell_is_the_mean_over_its_trials_and_percentiles_over_all_samples(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: [90, 100, 110]}, latencies_ms=[1, 2, 3, 4])
    (cell,) = summarise(directory).cells
    assert cell.throughput_rps is not None
    assert cell.throughput_rps.mean == pytest.approx(statistics.geometric_mean([90, 100, 110]))
    assert cell.throughput_rps.n == cell.trials == 3
    assert cell.requests == 300
    assert cell.latency_samples == 12
    assert cell.latency_ms == {"p50": 2, "p90": 4, "p95": 4, "p99": 4, "p999": 4, "max": 4}
    assert server_cpu_ms(cell) == pytest.approx(1000 * 1.5 / 300)
    assert (server_rss_mib(cell), server_threads(cell)) == (60, 4)
    assert cell.status == "measured"


def test_ratios_are_paired_by_block(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: [10, 20, 40], ASYNC: [30, 60, 120]})
    (ratio,) = summarise(directory).ratios
    assert (ratio.cell, ratio.estimate.n) == (ASYNC, 3)
    assert ratio.estimate.mean == pytest.approx(3)
    assert ratio.estimate.low == pytest.approx(3)


def test_an_invalid_trial_counts_as_such_and_not_in_the_mean(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: [100, 100, 100]})
    directory.write_trial(
        Trial(
            number=99,
            block=2,
            cell=SYNC,
            started="",
            measurement=a_measurement(900),
            flags=("generator_limit", "no_steady_state"),
            invalidated_by=("generator_limit",),
        )
    )
    (cell,) = summarise(directory).cells
    assert (cell.trials, cell.invalid_trials) == (3, 1)
    assert cell.throughput_rps is not None
    assert cell.throughput_rps.mean == pytest.approx(100)
    assert cell.flags == ("generator_limit",)


def test_wrong_answers_make_a_cell_failing_and_not_fast(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: [1000]})
    samples = directory.write_samples(9, samples_of([0.1], ["status"]), {"outcome": OUTCOMES})
    measurement = a_measurement(5000, {"status": 50})
    directory.write_trial(
        Trial(
            number=9,
            block=0,
            cell=SYNC,
            started="",
            measurement=measurement,
            flags=("errors",),
            invalidated_by=("errors",),
            samples=samples,
        )
    )
    (cell,) = summarise(directory).cells
    assert cell.status == "failing"
    assert cell.throughput_rps is None
    assert cell.errors == {"status": 50}
    assert cell.requests == 6050
    assert (cell.latency_ms, server_cpu_ms(cell), server_rss_mib(cell)) == (None, None, None)
    assert "0.826 % of 6050 answers were wrong or missing" in (cell.reason or "")


def a_starving_directory(path: Path, starving: int) -> RunDirectory:
    """Five trials; in the first ``starving`` of them one of the two users had no answer."""
    directory = a_directory(path, {SYNC: [1000] * 5})
    for trial in directory.read_trials()[:starving]:
        assert trial.measurement
        measurement = replace(trial.measurement, starved=1, errors={"timeout": 12})
        flags = ("errors", "starved")
        directory.write_trial(replace(trial, measurement=measurement, flags=flags, invalidated_by=flags))
    return directory


def test_a_server_that_starves_users_is_failing_and_says_how_many(tmp_path: Path) -> None:
    (cell,) = summarise(a_starving_directory(tmp_path / "run", 5)).cells
    assert cell.status == "failing"
    assert cell.reason == (
        "the server starved 1 of 2 users: they got no answer while the others got several each; "
        "1.19 % of 5060 answers were wrong or missing"
    )
    assert cell.doubts == ("errors", "starved 1 of 2 users")


def test_users_who_starve_in_few_trials_do_not_name_the_cell(tmp_path: Path) -> None:
    (cell,) = summarise(a_starving_directory(tmp_path / "run", 2)).cells
    assert cell.reason == "0.478 % of 5024 answers were wrong or missing"


def test_a_stall_is_told_with_its_length(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: [1000] * 2})
    for trial in directory.read_trials():
        assert trial.measurement
        measurement = replace(trial.measurement, stalled_s=1.25 + 3 * trial.number)
        directory.write_trial(replace(trial, measurement=measurement, flags=("stalled",)))
    (cell,) = summarise(directory).cells
    assert (cell.status, cell.flags, cell.doubts) == ("measured", ("stalled",), ("stalled for 4.2 s",))


def test_only_right_answers_to_requests_due_inside_count_as_latency(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: [100]})
    rows = samples_of([5, 7, 900], ["ok", "ok", "timeout"])
    rows["intended_ns"][0] = -1  # due during the warm-up, answered inside the window
    directory.write_samples(0, [rows], {"outcome": OUTCOMES})
    (cell,) = summarise(directory).cells
    assert cell.latency_ms is not None
    assert set(cell.latency_ms.values()) == {7}


def test_a_cell_whose_server_never_came_up_says_why(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: [100], ASYNC: []})
    directory.write_trial(Trial(number=9, block=0, cell=ASYNC, started="", failure="daphne ended by itself"))
    _, cell = summarise(directory).cells
    assert (cell.status, cell.reason, cell.trials, cell.invalid_trials) == ("failing", "daphne ended by itself", 0, 1)


@pytest.mark.parametrize("failed", [1, 5])
def test_a_server_that_fails_in_some_trials_has_no_figures(tmp_path: Path, failed: int) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: [100.0] * 10})
    for trial in directory.read_trials()[:failed]:
        directory.write_trial(replace(trial, measurement=None, samples=None, failure=f"server {trial.number} died"))
    (cell,) = summarise(directory).cells
    assert (cell.status, cell.reason) == ("failing", f"{failed} of 10 trials failed: server 0 died")
    assert (cell.throughput_rps, cell.by_block, cell.latency_ms, cell.valid) == (None, {}, None, ())


def test_a_generator_that_was_lost_once_leaves_the_cell_its_figures(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: [100.0] * 5})
    lost = ("generator_lost",)
    directory.write_trial(
        Trial(number=9, block=0, cell=SYNC, started="", failure="gone", flags=lost, invalidated_by=lost)
    )
    (cell,) = summarise(directory).cells
    assert (cell.status, cell.trials) == ("measured", 5)


def test_one_doubtful_trial_in_three_is_no_flag_of_the_cell(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: [100, 100, 100]})
    trials = directory.read_trials()
    for doubtful, expected in ((1, ()), (2, ("no_steady_state",))):
        for trial in trials[:doubtful]:
            directory.write_trial(
                Trial(
                    number=trial.number,
                    block=trial.block,
                    cell=SYNC,
                    started="",
                    measurement=trial.measurement,
                    flags=("no_steady_state",),
                    samples=trial.samples,
                )
            )
        assert summarise(directory).cells[0].flags == expected


def test_an_interrupted_run_can_be_summarised(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: [100], ASYNC: []}, status="interrupted", finished=None)
    measured, unmeasured = summarise(directory).cells
    assert measured.trials == 1
    assert unmeasured.reason == "not measured: the run ended before its first trial"


def test_the_json_has_the_promised_keys(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: [90, 100, 110], ASYNC: []})
    content = json.loads(json.dumps(summarise(directory).to_json(), allow_nan=False))
    assert {"id", "profile", "seed", "started", "finished", "command"} <= set(content["run"])
    cell = content["cells"][0]
    assert set(cell["throughput_rps"]) == {"mean", "low", "high"}
    assert set(cell["latency_ms"]) == {"p50", "p90", "p95", "p99", "p999", "max"}
    assert cell["errors"] == {"count": 0, "by_kind": {}}
    assert cell["load"] == {"kind": "closed", "users": 2}
    assert cell["slots"] is None
    assert {
        "server", "pattern", "style", "interface", "processes", "trials", "invalid_trials", "requests",
        "server_cpu_ms_per_request", "server_rss_mib_peak", "server_threads_peak", "flags",
    } <= set(cell)  # fmt: skip
    assert content["cells"][1]["throughput_rps"] is None


def test_what_telemetry_tells_of_a_cell_is_the_most_of_its_valid_trials(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: [100, 300], ASYNC: [100]})
    first, second, _ = directory.read_trials()
    for trial, pss_mib, switches, backends in (
        (first, 40.0, 500, {"peak": {"site": 3, "else": 1}, "left": {"site": 3}}),
        (second, 50.0, 1100, {"peak": {"site": 2}, "left": {}}),
    ):
        assert trial.measurement is not None
        usage = replace(
            trial.measurement.server,
            pss_mib=pss_mib,
            voluntary_switches=switches,
            involuntary_switches=100,
            open_files_peak=switches,
        )
        measurement = replace(
            trial.measurement, server=usage, database_backends=backends, telemetry_share=pss_mib / 10_000
        )
        directory.write_trial(replace(trial, measurement=measurement, artefacts={TELEMETRY: "telemetry/0000.parquet"}))
    summary = summarise(directory)
    cell, without = summary.to_json()["cells"]
    assert cell["server_pss_mib"] == 50
    assert cell["context_switches_per_request"] == {"voluntary": 4.0, "involuntary": 0.5}
    assert cell["open_files_peak"] == 1100
    assert cell["database_backends"] == {"peak": {"site": 3, "else": 1}, "left": {"site": 3}}
    assert summary.to_json()["run"]["telemetry_share_max"] == 0.005
    # Of one that was made before there was any, nothing is made up.
    names = ("server_pss_mib", "context_switches_per_request", "open_files_peak", "database_backends")
    assert [without[name] for name in names] == [None] * 4
    rows = cells(summary)
    columns = ("database_backends_peak", "database_backends_left", "voluntary_switches_per_request")
    assert [rows[name].iloc[0] for name in columns] == [4, 3, 4.0]
    assert rows["server_pss_mib"].isna().tolist() == [False, True]


def sentences(directory: RunDirectory) -> tuple[str, ...]:
    summary = summarise(directory)
    (answer,) = answers_of(summary)
    return answer.details


def test_a_cell_that_failed_for_no_reason_is_named_all_the_same(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: [100.0], ASYNC: []})
    directory.write_trial(Trial(number=9, block=0, cell=ASYNC, started="", failure=""))
    assert any("async on uvicorn" in said and "has no number (failing)" in said for said in sentences(directory))


DRIFT = [100.0, 200.0, 400.0, 100.0, 300.0, 150.0]


def test_details_tell_cells_apart_by_their_ratio_and_not_by_overlapping_intervals(tmp_path: Path) -> None:
    """Both drift by a factor of four over the blocks, one is always 10 % ahead: far overlapping, yet told apart."""
    directory = a_directory(tmp_path / "run", {SYNC: DRIFT, ASYNC: [1.1 * rate for rate in DRIFT]})
    best, behind, against_sync, least_cpu = sentences(directory)
    assert best.startswith("The best: async on uvicorn, ")
    assert behind.startswith(
        "Faster than sync on uvicorn: 1.100 times (95 % interval 1.100 to 1.100, 6 blocks) its throughput, "
    )
    assert against_sync == (
        "async against sync on uvicorn: faster, 1.100 times (95 % interval 1.100 to 1.100, 6 blocks) the throughput; "
        "less CPU, 0.909 times (95 % interval 0.909 to 0.909, 6 blocks) the CPU time per request."
    )
    assert least_cpu == (
        "Least CPU time per request: async on uvicorn. It takes 0.909 times (95 % interval 0.909 to 0.909, 6 blocks) "
        "that of the next, sync on uvicorn: less CPU."
    )


def test_details_name_each_verdict(tmp_path: Path) -> None:
    close, far = a_cell(server="daphne"), a_cell(server="runserver")
    directory = a_directory(
        tmp_path / "run",
        {
            SYNC: DRIFT,
            ASYNC: [0.99 * rate for rate in DRIFT],
            close: [factor * rate for factor, rate in zip([0.8, 1.1, 0.9, 0.7, 1.05, 1.0], DRIFT, strict=True)],
            far: [0.5 * rate for rate in DRIFT],
        },
    )
    details = sentences(directory)[1:]
    assert details[0] == "The same within 3 %: async on uvicorn."
    assert details[1] == "Too close to call: sync on daphne."
    assert details[2].startswith("Faster than sync on runserver: 2.000 times")
    assert details[3].startswith("async against sync on uvicorn: same, 0.990 times")


def with_cpu(directory: RunDirectory, cell: Cell, cpu_s: list[float]) -> None:
    """Give the cell's trials this CPU time, a value per block."""
    for trial in directory.read_trials():
        if trial.cell == cell and trial.measurement:
            usage = replace(trial.measurement.server, cpu_s=cpu_s[trial.block])
            directory.write_trial(replace(trial, measurement=replace(trial.measurement, server=usage)))


NOISY = [80.0, 120.0, 90.0, 115.0, 100.0, 95.0]


def test_cpu_time_has_verdicts_of_its_own_where_throughput_is_too_close_to_call(tmp_path: Path) -> None:
    """CPU time per request goes with the machine's speed; paired, what one style takes more than the other stays."""
    directory = a_directory(tmp_path / "run", {SYNC: [100.0] * 6, ASYNC: NOISY})
    with_cpu(directory, ASYNC, [0.5 * 1.3 * rate / 100 for rate in NOISY])
    content = summarise(directory).to_json()
    assert [ratio["verdict"] for ratio in content["ratios_to_sync"]] == ["too close to call"]
    (to_sync,), (lead,) = content["cpu_ratios_to_sync"], content["cpu_leads_of_the_cheapest"]
    assert (to_sync["verdict"], to_sync["quantity"]) == ("more CPU", "server CPU per request")
    assert to_sync["ratio"]["mean"] == pytest.approx(1.3)
    assert (lead["style"], lead["other"]["style"], lead["verdict"]) == ("sync", "async", "less CPU")
    assert lead["ratio"]["high"] == pytest.approx(1 / 1.3)


@pytest.mark.parametrize("busy_s", [0.85, 0.95])
def test_cpu_time_predicts_the_throughput_of_servers_that_keep_their_core_busy(tmp_path: Path, busy_s: float) -> None:
    """Of a window of one second on one core."""
    directory = a_directory(tmp_path / "run", {SYNC: [100.0] * 6, ASYNC: NOISY})
    with_cpu(directory, SYNC, [busy_s] * 6)
    with_cpu(directory, ASYNC, [1.2 * busy_s * rate / 100 for rate in NOISY])
    against_sync = next(detail for detail in sentences(directory) if detail.startswith("async against sync"))
    assert "too close to call" in against_sync
    assert "more CPU, 1.200 times" in against_sync
    predicted = "Both kept their cores busy, so throughput should differ as CPU time per request does."
    assert against_sync.endswith(predicted) is (busy_s > 0.9)


def test_the_same_cpu_time_is_called_that(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: NOISY, ASYNC: NOISY})
    (ratio,) = summarise(directory).cpu_ratios
    assert ratio.verdict == "the same CPU"


def test_the_families_of_cpu_time_are_adjusted_apart_from_those_of_throughput(tmp_path: Path) -> None:
    """Two comparisons of throughput that are nowhere near 1 leave the one of CPU time its own p value."""
    others = [a_cell(pattern=pattern, style=style) for pattern in ("cpu", "cache") for style in ("sync", "async")]
    rates = {cell: [100.0 + place * block for block in range(6)] for place, cell in enumerate(others, start=1)}
    directory = a_directory(tmp_path / "run", rates)
    for cell in others[2:]:
        with_cpu(directory, cell, [0.0] * 6)
    (ratio,) = summarise(directory).cpu_ratios
    assert ratio.comparison.adjusted_p == ratio.comparison.p


def test_with_few_blocks_nothing_is_called(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: [50, 51, 52, 53], ASYNC: [100, 101, 102, 103]})
    details = sentences(directory)[1:]
    assert details[0] == "Too few common blocks (under 5): sync on uvicorn."
    assert details[1].startswith("async against sync on uvicorn: insufficient, ")
    verdicts = [ratio["verdict"] for ratio in summarise(directory).to_json()["ratios_to_sync"]]
    assert verdicts == ["insufficient"]


def test_details_say_when_the_fastest_may_be_among_what_could_not_be_measured(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: [], ASYNC: [100, 101, 102]})
    for block in range(3):
        directory.write_trial(
            Trial(
                number=90 + block,
                block=block,
                cell=SYNC,
                started="",
                measurement=a_measurement(9000),
                flags=("generator_limit",),
                invalidated_by=("generator_limit",),
            )
        )
    assert [cell.status for cell in summarise(directory).cells] == ["invalid", "measured"]
    best, *_, last = sentences(directory)
    assert best.startswith("The best of what could be measured: async on uvicorn")
    assert last == "sync on uvicorn has no number (invalid): no trial counts: generator_limit."


def test_more_than_one_process_always_shows(tmp_path: Path) -> None:
    four = served(a_cell(server="uvicorn:workers=4"), processes=4)
    directory = a_directory(tmp_path / "run", {four: [1.0], a_cell(server="daphne"): [1.0]})
    assert labels(summarise(directory)) == {"uvicorn:workers=4": "uvicorn (4 processes)", "daphne": "daphne"}


def test_configurations_of_one_server_are_told_apart(tmp_path: Path) -> None:
    few, many = a_cell(server="gunicorn-gthread:threads=2"), a_cell(server="gunicorn-gthread:threads=8")
    directory = a_directory(tmp_path / "run", {few: [1.0], many: [1.0]})
    assert set(labels(summarise(directory)).values()) == {few.server, many.server}


def test_a_trial_of_a_foreign_cell_is_named(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: [100]})
    directory.write_trial(Trial(number=7, block=0, cell=ASYNC, started=""))
    with pytest.raises(StoreError, match="trial 7 is of a cell that the run's plan does not have"):
        summarise(directory)


def open_cell(style: str = "sync", rate: str = "100") -> Cell:
    return replace(a_cell(style=style), load=replace(OPEN, rate=rate))


def test_under_open_load_the_lowest_median_latency_is_the_best(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {open_cell("sync"): [100] * 6, open_cell("async"): [101] * 6})
    for number in range(6):  # of the sync cell
        directory.write_samples(number, [samples_of([11.0, 20.0, 31.0])], {"outcome": OUTCOMES, "request": ["r"]})
    best, ahead, against_sync, _ = sentences(directory)
    assert best == "The best: async on uvicorn, p50 2 ms, over 18 requests."
    assert ahead.startswith(
        "Faster than sync on uvicorn: 0.100 times (95 % interval 0.100 to 0.100, 6 blocks) its median latency"
    )
    assert against_sync.startswith("async against sync on uvicorn: faster, 0.100 times")
    cell = summarise(directory).to_json()["cells"][0]
    assert cell["load"] == {"kind": "open", "rate": "100", "arrivals": "poisson", "connections": 8}
    assert cell["sent_share"] == 1


def test_latency_counts_from_when_a_request_was_due_and_service_time_from_when_it_was_sent(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {open_cell(): [100]})
    samples = samples_of([10.0, 20.0])
    samples["sent_ns"] = 4e6
    directory.write_samples(0, [samples], {"outcome": OUTCOMES, "request": ["r"]})
    (cell,) = summarise(directory).cells
    assert cell.latency_ms is not None
    assert cell.service_ms is not None
    assert (cell.latency_ms["max"], cell.service_ms["max"]) == (20.0, 16.0)


def test_a_varying_rate_has_a_timeline(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {open_cell(rate="10..90/1s"): [100]})
    samples = samples_of([5.0] * 80 + [50.0] * 320)
    samples["intended_ns"] = np.linspace(0, 1e9, 400, endpoint=False) + 1
    samples["sent_ns"] = samples["intended_ns"]
    samples["done_ns"] += samples["intended_ns"]
    directory.write_samples(0, [samples], {"outcome": OUTCOMES, "request": ["r"]})
    (cell,) = summarise(directory).cells
    assert cell.timeline is not None
    assert [step.at_s for step in cell.timeline] == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9])
    assert {step.due_rps for step in cell.timeline} == {400.0}
    # Answers come later than they are due, by half a step: what falls out of the window came after it.
    assert sum(step.right_rps for step in cell.timeline) == pytest.approx(380 * len(cell.timeline), rel=0.01)
    assert [step.p50_ms for step in cell.timeline] == pytest.approx([5.0] + [50.0] * 4)
    assert summarise(directory).to_json()["cells"][0]["timeline"][0]["p95_ms"] is None


@pytest.mark.parametrize(
    ("samples", "quantity", "ratio"),
    [
        (1000, "p99", 5.0),
        (999, "p95", 4.0),
        (199, "p90", 3.0),
        (99, "p50", 2.0),
        (3, "p50", 2.0),
        (1, "p50", 2.0),
    ],
)
def test_interference_is_of_the_highest_percentile_that_both_can_show(
    tmp_path: Path, samples: int, quantity: str, ratio: float
) -> None:
    """Whoever waits for others is answered seldom: where interference is worst there are few samples."""
    beside = replace(SYNC, load=ClosedLoad(users=2, beside="sleep", beside_users=8))
    directory = a_directory(tmp_path / "run", {SYNC: [100] * 2, beside: [10] * 2}, latencies_ms=[1.0] * 2000)
    slow = np.full(samples, 2.0)
    for share, latency_ms in ((90, 3.0), (95, 4.0), (99, 5.0)):
        if samples >= 100:
            slow[-(-samples * share // 100) - 1 :] = latency_ms
    for number, latencies_ms in ((2, np.full(2000, 2.0)), (3, slow)):  # the last trial decides for all
        chunks = [samples_of(latencies_ms.tolist())]
        directory.write_samples(number, chunks, {"outcome": OUTCOMES, "request": ["plain sync"]})
    summary = summarise(directory)
    (found,) = summary.interference
    assert (found.cell, found.other, found.quantity.title) == (beside, SYNC, quantity)
    assert found.estimate.n == 2
    assert found.estimate.mean == pytest.approx((2.0 * ratio) ** 0.5)
    assert summary.to_json()["interference"][0]["quantity"] == quantity
    details = (detail for answer in answers_of(summary) for detail in answer.details)
    disturbed = next(detail for detail in details if "that of the cell alone" in detail)
    assert f"sync on uvicorn with background users: its {quantity}" in disturbed
    assert ("too few requests for a higher percentile" in disturbed) == (quantity != "p99")
    table = comparison_table(summary, labels(summary))
    assert table is not None
    assert [field.shown for field in table.rows[-1]][5:7] == ["itself alone", quantity]


def test_of_a_cell_beside_others_that_was_never_answered_there_is_no_ratio(tmp_path: Path) -> None:
    beside = replace(SYNC, load=ClosedLoad(users=2, beside="sleep", beside_users=8))
    directory = a_directory(tmp_path / "run", {SYNC: [100], beside: []})
    assert summarise(directory).interference == ()


def test_a_ramp_is_not_ranked(tmp_path: Path) -> None:
    ramps: dict[Cell, list[float]] = {open_cell(style, "10..90/1s"): [100, 101, 102] for style in ("sync", "async")}
    directory = a_directory(tmp_path / "run", ramps)
    assert summarise(directory).ratios == ()
    assert all("p50 2 ms at first, at most 2 ms" in sentence for sentence in sentences(directory))


def test_a_lost_generator_is_not_held_against_the_server(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {SYNC: []} | {ASYNC: [1.0]})
    lost = ("generator_lost",)
    directory.write_trial(
        Trial(number=9, block=0, cell=SYNC, started="", failure="gone", flags=lost, invalidated_by=lost)
    )
    cell = summarise(directory).cells[0]
    assert (cell.status, cell.reason) == ("invalid", "no trial counts: generator_lost")


def test_a_projects_pair_without_sync_is_compared_with_the_style_that_is_first(tmp_path: Path) -> None:
    old, new = (a_cell(pattern="latest", style=style) for style in ("old", "new"))
    rates = {old: [10.0, 10, 10], new: [20.0, 20, 20]}
    project = a_directory(tmp_path / "project", rates, target=TargetFacts(name="mysite"))
    (ratio,) = summarise(project).ratios
    assert (ratio.cell, ratio.other) == (new, old)
    assert ratio.estimate.mean == pytest.approx(2)
    assert summarise(a_directory(tmp_path / "ours", rates)).ratios == ()


def test_a_projects_pair_with_sync_is_compared_with_sync(tmp_path: Path) -> None:
    rates = {ASYNC: [20.0, 20, 20], SYNC: [10.0, 10, 10]}
    (ratio,) = summarise(a_directory(tmp_path / "run", rates, target=TargetFacts(name="mysite"))).ratios
    assert (ratio.cell, ratio.other) == (ASYNC, SYNC)
