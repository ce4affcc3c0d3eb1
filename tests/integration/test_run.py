"""A run from the command line, end to end, and what it leaves in its directory."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from results.records.store import RunDirectory
from tests.integration.conftest import ANY_MACHINE, SHORT, djbench, djbench_here

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:  # type: ignore[type-arg]
    """A run of two servers and two patterns on PostgreSQL, and its summary as printed."""
    folder = tmp_path_factory.mktemp("run")
    done = djbench_here(
        "run", "--json", "--run-dir", "r", "--blocks", "3", "--users", "2", "--warmup", "0.1", "--duration", "0.3",
        "--server", "uvicorn", "--server", "gunicorn-gthread:threads=2", "--pattern", "orm_write", "--pattern",
        "fan_out:calls=2,delay=0.01", "--style", "sync", "--style", "async", "--seed", "5", *ANY_MACHINE, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "r", json.loads(done.stdout)


def test_every_cell_is_measured_in_every_block(run: tuple[Path, dict]) -> None:  # type: ignore[type-arg]
    _, summary = run
    assert len(summary["cells"]) == 8
    for cell in summary["cells"]:
        # One in each block, and one more in a block where somebody else had the machine.
        assert 3 <= cell["trials"] + cell["invalid_trials"] <= 6
        assert cell["errors"] == {"count": 0, "by_kind": {}}
        assert cell["requests"] > 0
        if cell["trials"]:  # a trial on a shared machine may not count; what it measured is in its record
            rate, latency = cell["throughput_rps"], cell["latency_ms"]
            assert (rate["low"] is None) == (cell["trials"] < 3)
            assert rate["low"] is None or rate["low"] <= rate["mean"] <= rate["high"]
            assert latency["p50"] <= latency["p99"] <= latency["max"]
            assert cell["server_cpu_ms_per_request"] > 0
            assert cell["server_rss_mib_peak"] > 10
            assert cell["server_threads_peak"] >= 1
    assert summary["run"]["status"] == "finished"
    assert summary["run"]["seed"] == 5
    assert {cell["slots"] for cell in summary["cells"]} == {None, 2}


def test_records_agree_with_their_raw_samples(run: tuple[Path, dict]) -> None:  # type: ignore[type-arg]
    directory, _ = run
    for trial in RunDirectory(directory).read_trials():
        assert trial.measurement is not None
        table = pq.read_table(directory / (trial.samples or ""))
        lengths_s = np.array([one.length_s for one in trial.measurement.slices] or [trial.measurement.actual_s])
        done_s, number = table["done_ns"].to_numpy() / 1e9, table["slice"].to_numpy()
        inside = (done_s > 0) & (done_s <= lengths_s[number])
        assert inside.sum() == trial.measurement.answered
        assert list(np.bincount(number[inside])) == [
            one.answered for one in trial.measurement.slices or [trial.measurement]
        ]
        assert trial.measurement.throughput_rps == pytest.approx(inside.sum() / trial.measurement.actual_s)
        assert (table["sent_ns"].to_numpy() <= table["done_ns"].to_numpy()).all()
        assert set(table["outcome"].to_pylist()) == {"ok"}
        assert trial.measurement.actual_s >= 0.3


def test_a_trial_has_the_course_of_its_telemetry(run: tuple[Path, dict]) -> None:  # type: ignore[type-arg]
    directory, summary = run
    for trial in RunDirectory(directory).read_trials():
        assert trial.measurement is not None
        series = RunDirectory(directory).read_telemetry(trial)
        assert series[-1].at_s >= trial.measurement.actual_s
        # By turns the course has the lead-ins of slices, too.
        assert series[-1].cpu_s >= trial.measurement.server.cpu_s > 0
        assert (series[-1].cpu_s == trial.measurement.server.cpu_s) is (not trial.measurement.slices)
        assert max(sample.open_files for sample in series) == trial.measurement.server.open_files_peak
        assert trial.measurement.telemetry_share > 0
        uses_database = trial.cell.pattern.startswith("orm")
        assert (trial.measurement.database_backends is not None) == uses_database
    assert summary["run"]["telemetry_share_max"] > 0
    assert summary["machine"]["database"]["settings"]["max_connections"] == "500"
    for cell in summary["cells"]:
        if cell["trials"]:
            assert 0 < cell["server_pss_mib"] <= cell["server_rss_mib_peak"] * 1.2  # not of the same moment
            assert set(cell["context_switches_per_request"]) == {"voluntary", "involuntary"}
            assert cell["open_files_peak"] > 3
            if cell["pattern"].startswith("orm"):
                assert cell["database_backends"]["peak"]["djbench site"] >= 1


def test_the_report_is_rebuilt_from_the_directory_alone(run: tuple[Path, dict], tmp_path: Path) -> None:  # type: ignore[type-arg]
    directory, _ = run
    before = (directory / "report.html").read_bytes()
    for name in ("summary.json", "summary.csv", "report.md", "report.html"):
        (directory / name).unlink()
    done = djbench_here("report", str(directory), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(directory / "report.html")
    assert (directory / "report.html").read_bytes() == before


def test_isolation_by_trial_answers_from_a_new_process_each_time(tmp_path: Path) -> None:
    done = djbench_here(
        "run", "-q", "--run-dir", "r", *SHORT, "--isolation", "trial", "--server", "uvicorn", "--pattern", "plain",
        "--pattern", "cpu:rounds=10", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    trials = RunDirectory(tmp_path / "r").read_trials()
    assert len(list((tmp_path / "r" / "logs").glob("*-uvicorn.log"))) == len(trials)  # one for each start
    assert sum(not trial.repeat for trial in trials) == 4


def test_without_a_terminal_the_output_is_plain_lines(tmp_path: Path) -> None:
    done = djbench(
        "run", "--run-dir", "r", *SHORT, "--server", "gunicorn-sync", "--pattern", "plain", "--style", "sync",
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert "1 cell x 1 block = 1 trial, " in done.stderr
    assert "block 1 of 1" in done.stderr
    assert "gunicorn-sync" in done.stdout
    assert "report: r/report.html" in done.stdout
    trial = RunDirectory(tmp_path / "r").read_trials()[0]
    assert trial.measurement is not None
    # The sync worker closes the connection after each answer, and each reconnect is counted.
    assert trial.measurement.reconnects > 0
    assert trial.measurement.errors == {}


def test_the_plan_starts_nothing(tmp_path: Path) -> None:
    done = djbench_here("run", "--plan", "--seed", "1", cwd=tmp_path)
    assert done.returncode == 0
    assert "28 cells x 5 blocks = 140 trials" in done.stdout
    assert "plain (16 users): sync, async on " in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_plan_as_json_and_its_seed(tmp_path: Path) -> None:
    first, second = (
        json.loads(djbench_here("run", "--plan", "--json", "--seed", "9", cwd=tmp_path).stdout) for _ in range(2)
    )
    assert first == second
    assert len(first["cells"]) == 28
    assert len(first["blocks"]) == 5
    assert first["seed"] == 9


def test_open_load_is_reported_apart_from_closed(tmp_path: Path) -> None:
    done = djbench_here(
        "run", "--json", "--run-dir", "r", "--blocks", "3", "--users", "2", "--rate", "100", "--rate", "50..200/0.6s",
        "--arrivals", "constant", "--connections", "8", "--warmup", "0.1", "--duration", "0.5", "--database", "sqlite",
        "--server", "gunicorn-gthread:threads=4", "--pattern", "plain", "--style", "sync", "--style", "async",
        *ANY_MACHINE, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    cells = json.loads(done.stdout)["cells"]
    steady = {"kind": "open", "rate": "100", "arrivals": "constant", "connections": 8}
    assert [cell["load"] for cell in cells if cell["style"] == "sync"] == [
        {"kind": "closed", "users": 2},
        steady,
        {**steady, "rate": "50..200/0.6s"},
    ]
    for trial in RunDirectory(tmp_path / "r").read_trials():
        measurement = trial.measurement
        assert measurement is not None
        assert measurement.errors == {}
        if trial.cell.load.kind == "open":
            assert measurement.planned == measurement.sent == (75 if trial.cell.load.varies else 50)
            assert measurement.arrival_lag_ms is not None
            assert measurement.actual_s == (0.6 if trial.cell.load.varies else 0.5)
            assert measurement.latency_mean_ms is not None
    charts = {file.stem for file in (tmp_path / "r" / "charts").glob("*.png")}
    assert {"throughput", "spectrum", "cost", "spectrum-open", "cost-open", "timeline", "noise"} <= charts
    assert "throughput-open" not in charts
    page = (tmp_path / "r" / "report.html").read_text()
    assert "open load, 100/s, constant" in page
    assert "Latency counts from" in page


def test_validation_offline_as_json_and_as_a_table(tmp_path: Path) -> None:
    arguments = ("validate", "--offline", "--runs", "5", "--seed", "1")
    found = json.loads(djbench_here(*arguments, "--json", cwd=tmp_path).stdout)
    shared = {"shared, one by one", "shared, by turns", "shared, CPU by turns"}
    assert set(found["offline"]) == {"normal", "heavy-tailed", "drifting", *shared}
    for by_blocks in found["offline"].values():
        assert set(by_blocks) == {"6", "10", "20", "6..20"}
        assert 6 <= by_blocks["6..20"]["blocks_used"] <= 20
        assert set(by_blocks["6..20"]["same_verdict"]) == {"value", "low", "high", "n"}
        for rates in by_blocks.values():
            for share in (rates["false_alarm_rate"], rates["coverage"], *rates["power"].values()):
                assert set(share) == {"value", "low", "high", "n"}
            assert set(rates["power"]) == {"0.02", "0.05", "0.1"}
    done = djbench_here(*arguments, cwd=tmp_path)
    assert done.returncode == 0
    assert "heavy-tailed" in done.stdout


@pytest.mark.alone
def test_users_in_step_are_measured_by_whole_rounds(tmp_path: Path) -> None:
    """Eight users who wait half a second each, in a window that is shorter: a round of answers, not one."""
    done = djbench_here(
        "run", "--server", "uvicorn", "--pattern", "sleep:delay=0.5", "--style", "async", "--users", "8",
        "--blocks", "1", "--warmup", "0.1", "--duration", "0.3", "--cpus", "off", "--run-dir", "r",
        *ANY_MACHINE, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (trial,) = RunDirectory(tmp_path / "r").read_trials()
    assert trial.measurement is not None
    assert trial.measurement.answered >= 8
