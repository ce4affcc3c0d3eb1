"""A run's directory: whole files, read back equal, and one line for each thing that can be wrong with it."""

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from results.records.request_figures import RequestFigures
from results.records.schema import Purpose, Trial
from results.records.store import CALIBRATION, TELEMETRY, DiskFull, RunDirectory, StoreError, replacing
from results.records.target_facts import TargetFacts
from tests.unit.runs import OUTCOMES, a_cell, a_directory, a_measurement, a_run, a_sample, samples_of


def test_records_read_back_equal(tmp_path: Path) -> None:
    directory = RunDirectory.create(tmp_path / "run")
    run = a_run((a_cell(), a_cell(style="async")), 3)
    trial = Trial(number=0, block=1, cell=a_cell(), started="x", measurement=a_measurement(10), flags=("a", "b"))
    failed = Trial(number=1, block=1, cell=a_cell(), started="x", failure="died")
    directory.write_run(run)
    directory.write_trial(failed)
    directory.write_trial(trial)
    assert directory.read_run() == run
    assert directory.read_trials() == [trial, failed]


def test_statistics_read_only_what_measures(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {a_cell(): [1.0]})
    calibrates = Trial(number=1, block=1, cell=a_cell(), started="", purpose=Purpose.CALIBRATE, failure="died")
    directory.write_trial(calibrates)
    run = directory.read_run()
    assert [trial.number for trial in directory.read_trials_of(run)] == [0]
    assert directory.read_trials_of(run, Purpose.CALIBRATE) == [calibrates]
    assert [trial.number for trial in directory.read_trials_of(run, purpose=None)] == [0, 1]


def test_samples_read_back_with_their_words(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {a_cell(): [1.0]})
    relative = directory.write_samples(
        5, [samples_of([]), samples_of([1], ["ok"]), samples_of([2], ["timeout"])], {"outcome": OUTCOMES}
    )
    trial = Trial(number=5, block=0, cell=a_cell(), started="", samples=relative)
    rows = [row for batch in directory.read_samples(trial, ("outcome", "done_ns")) for row in batch.to_pylist()]
    assert rows == [{"outcome": "ok", "done_ns": 1_000_000}, {"outcome": "timeout", "done_ns": 2_000_000}]


def test_telemetry_reads_back_equal(tmp_path: Path) -> None:
    directory = RunDirectory.create(tmp_path / "run")
    series = [a_sample(0.0), a_sample(0.25, threads=9), a_sample(0.5, cpu_s=0.25)]
    artefacts = {TELEMETRY: directory.write_telemetry(3, series)}
    trial = Trial(number=3, block=0, cell=a_cell(), started="", artefacts=artefacts)
    directory.write_trial(trial)
    (stored,) = directory.read_trials()
    assert directory.read_telemetry(stored) == series
    assert directory.read_telemetry(replace(stored, artefacts={})) == []
    (directory.path / "telemetry" / "0003.parquet").write_bytes(b"half of it")
    with pytest.raises(StoreError, match=r"cannot read .*telemetry/0003\.parquet"):
        directory.read_telemetry(stored)


def test_a_record_made_before_there_was_telemetry_is_read(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {a_cell(): [1.0]})
    file = tmp_path / "run" / "trials" / "0000.json"
    record = json.loads(file.read_text())
    del record["artefacts"], record["purpose"]
    for name in ("server_processes_gone", "support_busy_share", "telemetry_share", "database_backends"):
        del record["measurement"][name]
    for name in ("pss_mib", "voluntary_switches", "involuntary_switches", "open_files_peak"):
        del record["measurement"]["server"][name]
    file.write_text(json.dumps(record))
    (trial,) = directory.read_trials()
    assert (trial.artefacts, trial.purpose) == ({}, Purpose.MEASURE)
    assert trial.measurement is not None
    assert trial.measurement.server.voluntary_switches is None
    assert trial.measurement.database_backends is None


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text("old")

    def write() -> None:
        with replacing(file) as partial:
            partial.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_disk_that_became_read_only_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    directory = RunDirectory.create(tmp_path / "run")
    monkeypatch.setattr(Path, "write_bytes", refused)
    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(StoreError, match=r"cannot write .*run\.json: Read-only file system"):
        directory.write_run(a_run((a_cell(),), 1))


def test_a_full_disk_is_told_from_a_path_that_is_wrong(tmp_path: Path) -> None:
    def write(file: Path, number: int) -> None:
        with replacing(file):
            raise OSError(number, os.strerror(number))

    for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        with pytest.raises(DiskFull, match=r"cannot write .*file: "):
            write(tmp_path / "file", number)
    with pytest.raises(StoreError) as refused:
        write(tmp_path / "file", errno.EACCES)
    assert not isinstance(refused.value, DiskFull)


def test_a_directory_in_use_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(StoreError, match="is not an empty directory; name another with --run-dir"):
        RunDirectory.create(tmp_path)
    with pytest.raises(StoreError, match="is not an empty directory"):
        RunDirectory.create(tmp_path / "thesis.txt")


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"is not a run directory: it has no run\.json"):
        RunDirectory(tmp_path).read_run()


def test_a_directory_that_nobody_may_write_to_is_named(tmp_path: Path) -> None:
    """Something is in the way, which stops root as well."""
    directory = a_directory(tmp_path / "run", {a_cell(): [1.0]})
    (tmp_path / "run" / ".lock").mkdir()
    with pytest.raises(StoreError, match=r"cannot write to .*run: Is a directory"), directory.alone():
        pytest.fail("nobody else keeps out")
    (tmp_path / "run" / ".run.json.partial").symlink_to(tmp_path / "nowhere" / "file")
    with pytest.raises(StoreError, match=r"cannot write .*run\.json: No such file or directory"):
        directory.write_run(directory.read_run())


def test_a_name_that_no_directory_can_have_is_refused(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 256)
    with pytest.raises(StoreError, match=r"cannot read .*: File name too long"):
        RunDirectory(long).read_run()
    with pytest.raises(StoreError, match=r"cannot make the run directory .*…x+: File name too long"):
        RunDirectory.create(long)


def test_a_validation_that_was_killed_in_its_calibration_says_how_to_begin_again(tmp_path: Path) -> None:
    RunDirectory.create(tmp_path / CALIBRATION).write_run(a_run((a_cell(),), 1, command="djbench validate quick"))
    with pytest.raises(StoreError, match=r"is a validation that was killed .*; delete it and begin again: djbench val"):
        RunDirectory(tmp_path).read_run()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"id": 1}'])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(StoreError, match=r"run\.json is damaged: ") as caught:
        RunDirectory(tmp_path).read_run()
    assert "\n" not in str(caught.value)


def test_another_schema_is_refused(tmp_path: Path) -> None:
    directory = RunDirectory.create(tmp_path / "run")
    directory.write_run(a_run((a_cell(),), 1, schema=99))
    with pytest.raises(StoreError, match="has schema 99; this djbench reads 1 to 3"):
        directory.read_run()


def test_a_project_and_its_requests_read_back_equal(tmp_path: Path) -> None:
    directory = RunDirectory.create(tmp_path / "run")
    project = TargetFacts(name="mysite", digest="ab", requests={"mix view: home": "GET /"}, replaced=("DEBUG",))
    run = a_run((cell := a_cell(pattern="mix", style="view"),), 1, target=project)
    figures = RequestFigures(name="mix view: home", answered=3, errors={"status": 1})
    measurement = replace(a_measurement(3), by_request=(figures,))
    trial = Trial(number=0, block=0, cell=cell, started="x", measurement=measurement, compared={"mix view: home": 0.9})
    directory.write_run(run)
    directory.write_trial(trial)
    assert directory.read_run() == run
    assert directory.read_trials() == [trial]


def test_a_trial_measures_its_own_requests_and_none_that_begin_alike() -> None:
    trial = Trial(number=0, block=0, cell=a_cell(pattern="mix", style="view"), started="")
    names = ["mix view", "mix view: home", "mix viewer", "mix view, beside", "remix view: home"]
    assert [name for name in names if trial.measures(name)] == ["mix view", "mix view: home"]
