"""The harness tested on itself: equals under two labels, and a handicap that is known."""

import json
import re
import signal
from pathlib import Path

import pytest

from results.records.schema import Purpose
from results.records.store import RunDirectory
from tests.integration.conftest import ANY_MACHINE, djbench, djbench_here, started, wait_for

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.mark.long
@pytest.mark.alone
def test_equals_and_a_handicap_live(tmp_path: Path) -> None:
    done = djbench(
        "validate", "quick", "--server", "gunicorn-gthread:threads=2", "--pattern", "cpu", "--style", "sync",
        "--users", "2", "--blocks", "5", "--warmup", "0.1", "--duration", "0.4", "--handicap", "50", "--pairs", "2",
        "--run-dir", "v", "--json", *ANY_MACHINE, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for rates in (found["live"], found["live_cpu"]):
        assert set(rates) == {"false_alarm_rate", "coverage", "power", "coverage_of_handicaps"}
        of_handicaps = (*rates["power"].values(), *rates["coverage_of_handicaps"].values())
        for share in (rates["false_alarm_rate"], rates["coverage"], *of_handicaps):
            assert set(share) == {"value", "low", "high", "n"}
        assert rates["false_alarm_rate"]["n"] == 2
        assert rates["coverage_of_handicaps"]["0.5"]["n"] == 1
    assert [each["other"] for each in found["comparisons"]] == ["b1", "b2", "50 % slower"]
    slower = found["comparisons"][-1]
    assert slower["verdict"] == "faster"
    assert 1.5 < slower["ratio"]["mean"] < 2.5
    assert slower["cpu"]["verdict"] == "less CPU"
    assert 1 / 2.5 < slower["cpu"]["ratio"]["mean"] < 1 / 1.5
    assert slower["cpu"]["true_ratio"] == pytest.approx(1 / slower["true_ratio"], rel=0.01)

    directory = RunDirectory(tmp_path / "v")
    assert {trial.cell.handicap_us for trial in directory.read_trials()} == {0.0, slower["handicap_us"]}
    for trial in RunDirectory(tmp_path / "v/calibration").read_trials():
        assert (trial.purpose, trial.cell.handicap_us) == (Purpose.CALIBRATE, 0)

    (tmp_path / "v" / "validation.json").unlink()
    again = djbench_here("report", "v", cwd=tmp_path)
    assert again.stdout == "v/validation.json\n"
    assert json.loads((tmp_path / "v" / "validation.json").read_text()) == found


def test_what_waits_for_something_else_gets_no_handicap(tmp_path: Path) -> None:
    done = djbench_here(
        "validate", "quick", "--server", "uvicorn", "--pattern", "sleep:delay=0.05", "--style", "async", "--users", "2",
        "--blocks", "5", "--warmup", "0.05", "--duration", "0.2", "--run-dir", "v", *ANY_MACHINE, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "1 of the cells, which do not use all of their CPU, get no handicap" in done.stderr
    assert re.search(r"containing 1\W+[01] of 1\b", done.stdout)  # one in twenty does not
    assert "slower, found" not in done.stdout


@pytest.mark.parametrize("existed", [True, False])
def test_interrupted_while_it_calibrates_it_leaves_nothing_of_its_own(tmp_path: Path, existed: bool) -> None:
    """The reader's directory, and what somebody put there meanwhile, stay."""
    directory = tmp_path / "v"
    if existed:
        directory.mkdir()
    arguments = (
        "validate", "quick", "--server", "uvicorn", "--pattern", "plain", "--style", "sync", "--blocks", "5",
        "--duration", "20", "--run-dir", "v", *ANY_MACHINE,
    )  # fmt: skip
    with started(arguments, tmp_path) as process:
        wait_for(directory / "calibration", "run.json")
        if existed:
            (directory / "notes.txt").write_text("mine", encoding="utf-8")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "interrupted; start it again" in output
    assert directory.exists() == existed
    if existed:
        assert [file.name for file in directory.iterdir()] == ["notes.txt"]
