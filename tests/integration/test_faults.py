"""Bad input, and everything that can go wrong while a run goes on."""

import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from djbench.cell import Cell
from djbench.errors import RunFailed
from djbench.target import Target
from results.records.schema import Run, Trial
from results.records.store import CALIBRATION, RunDirectory
from runners.conducting.conductor import Conductor
from runners.conducting.ledger import Ledger
from runners.hosts.guard import MARK, Guard
from runners.hosts.process import ProcessFailed
from runners.hosts.workspace import Workspace
from runners.loading.waits import Wait
from runners.planning import profile
from runners.procedures.choice import procedure_of
from runners.procedures.progress import Progress
from runners.watching.observer import ObserverMaker
from runners.watching.observers import OBSERVERS
from tests import ROOT
from tests.integration.conftest import (
    ANY_MACHINE,
    SHORT,
    Traces,
    djbench,
    djbench_here,
    started,
    wait_for,
)
from tests.unit.runs import a_cell, a_directory
from tests.unit.site import SITE, plan_from

LONG = (
    "--server", "gunicorn-gthread", "--server", "uvicorn", "--pattern", "sleep:delay=0.01", "--warmup", "0.2",
    "--duration", "1", *ANY_MACHINE,
)  # fmt: skip
# Four servers side by side.
MANY = ("--server", "daphne", "--server", "waitress", "--style", "sync")


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("run", "quik"), "unknown profile 'quik'; did you mean 'quick'?"),
        (("run", "none.toml"), "cannot read the profile none.toml: No such file or directory"),
        (("run", "bad.toml"), "bad.toml: line 1: unknown key 'servrs'; did you mean 'servers'?"),
        (("run", "--server", "uvicron"), "unknown server 'uvicron'; did you mean 'uvicorn'?"),
        (("run", "--server", "uvicorn:worker=1"), "unknown parameter of uvicorn 'worker'; did you mean 'workers'?"),
        (("run", "--pattern", "sleep:delay=fast"), "sleep: delay=fast: must be a number of seconds from 0 to 60"),
        (("run", "--pattern", "plain", "--style", "threads"), "unknown style of plain 'threads'"),
        (("run", "--pattern", "plain", "--pattern", "plain"), "the pattern plain is given twice"),
        (("run", "--users", "many"), "--users many: give a whole number from 1 to 10,000"),
        (("run", "--users", "0"), "--users 0: give a whole number from 1 to 10,000"),
        (
            ("run", "--rate", "fast"),
            "--rate fast: fast is no rate; write a rate per second such as 200, a ramp",
        ),
        (("run", "--rate", "100..200"), "--rate 100..200: a ramp needs its length, such as 100..200/60s"),
        (("run", "--rate", "5", "--rate", "5.0"), "the rate 5 is given twice"),
        (("run", "--arrivals", "constant"), "--arrivals does nothing here; it needs --rate"),
        (("run", "--rate", "5/2s", "--duration", "9"), "--duration does nothing here: a rate that varies sets the"),
        (("run", "--rate", "5", "--arrivals", "often"), "--arrivals often: give poisson or constant"),
        (("run", "--rate", "5", "--connections", "0"), "--connections 0: give a whole number from 1 to 10,000"),
        (("run", "--users", "1", "--generators", "2"), "2 generators need at least 2 users; lower --generators"),
        (("run", "--generators", "0"), "--generators 0: give a whole number from 1 to 64"),
        (("run", "--blocks", "0"), "--blocks 0"),
        (("run", "--beside-users", "4"), "give both --beside and --beside-users: the pattern and how many users"),
        (("run", "--accept", "errors"), "--accept errors: give arrival_lag, noisy_neighbour, server_disturbed, "),
        (("run", "arrivals.toml"), "arrivals.toml: line 8: arrivals: give poisson or constant, not 'foo'"),
        (("run", "--cpus", "9999/0"), "there is no CPU 9999"),
        (
            ("run", "--database", "mysql"),
            "--database mysql: must be postgres, sqlite, a postgresql:// URL, or configured",
        ),
        (("run", "--run-dir", "full"), "full is not an empty directory; name another with --run-dir"),
        (("run", "--frobnicate"), "No such option: --frobnicate"),
        (("list", "server"), "unknown list 'server'; did you mean 'servers'?"),
        (("report", "nowhere"), "nowhere is not a run directory: it has no run.json"),
        (("serve", "nginx"), "unknown server 'nginx'"),
        (
            ("validate", "--offline", "--server", "uvicorn"),
            "--offline simulates; of the other options it takes --runs,",
        ),
        (("validate", "--runs", "5"), "--runs is for --offline; live, give --pairs and --blocks"),
        (("validate", "--handicap", "95"), "--handicap 95: give a number above 0, at most 90"),
        (("validate", "--blocks", "4"), "there is no verdict on fewer than 5 blocks: give --blocks 5 or more"),
        (("validate", "open.toml"), "validate compares the throughputs of a closed load; give --users"),
        (("validate", "--budget", "1m"), "--budget of 60 s: 6 blocks of 260 cells take about"),
        (
            ("run", "--rate", "5", "--warmup-limit", "3"),
            "--warmup-limit does nothing here; it needs --users or --hold",
        ),
        (("validate", "--pairs", "0"), "--pairs 0: give a whole number from 1 to 20"),
        (("run", "--blocks", "3..x"), "--blocks 3..x: give a number such as 10, or a range such as '6..20'"),
        (("run", "--budget", "soon"), "--budget soon: give a time such as 90s, 10m or 1h30m"),
        (("run", "--budget", "10s"), "--budget of 10 s: 5 blocks of 28 cells take about"),
        (
            ("run", "--budget", "9m", "--blocks", "5"),
            "--budget does nothing with a fixed number of blocks; give a range in --blocks, such as 5..20",
        ),
        (
            ("run", "--warmup", "2", "--warmup-limit", "1"),
            "longest warm-up is 1 s and the shortest 2 s; raise --warmup-limit",
        ),
        (("resume", "nowhere"), "nowhere is not a run directory: it has no run.json"),
        (("validate", "--offline", "--runs", "0"), "--runs 0: give a whole number from 1 to 100,000"),
        (("validate", "--offline", "--seed", "-1"), "--seed -1: give a whole number, 0 or more"),
        (("run", "--seed", "-1"), "--seed -1: give a whole number, 0 or more"),
        (("audit", "--seed", "-1"), "--seed -1: give a whole number, 0 or more"),
        (("report", "x" * 256), "xxx: File name too long"),
        (("open", "x" * 256), "xxx: File name too long"),
        (("resume", "x" * 256), "xxx: File name too long"),
        (("run", "--run-dir", "x" * 256), "xxx: File name too long"),
        (("resume", "locked"), "cannot write to locked: Is a directory"),
        (("report", "--mix", "plain=1", "locked"), "cannot write to locked: Is a directory"),
        (("resume", "killed"), "killed is a validation that was killed before it had measured anything but"),
        (("open", "killed/calibration"), "calibration has no report.html; write it with: djbench report killed/"),
        (
            ("compare",),
            "there are no two runs of one profile, with a cell in common, in results/runs; name them, the base first",
        ),
        (("report",), "there is no run in results/runs; name one, or make one with 'djbench run'"),
        (("resume",), "no run in results/runs has anything left to measure; name one, or make one with"),
        (("frob",), "No such command 'frob'"),
    ],
)
def test_bad_input_gets_one_clear_line_and_exit_code_2(
    tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    (tmp_path / "bad.toml").write_text('servrs = ["uvicorn"]\n')
    quick = profile.built_in_profiles()["quick"]
    (tmp_path / "open.toml").write_text(quick.replace("users = [16]", 'rates = ["100"]'))
    (tmp_path / "arrivals.toml").write_text(quick.replace("users = [16]", 'rates = ["9"]\narrivals = "foo"'))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    a_directory(tmp_path / "locked", {a_cell(): [1.0]}, status="interrupted")
    (tmp_path / "locked" / ".lock").mkdir()  # in the way of root, too
    a_directory(tmp_path / "killed" / CALIBRATION, {a_cell(): [1.0]})
    done = djbench_here(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert done.stderr.startswith("djbench: ")
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1
    assert (tmp_path / "full" / "thesis.txt").read_text() == "mine"


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = djbench("serve", "uvicorn", "--port", str(port), "--database", "sqlite", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"djbench: port {port} is in use; choose another with --port, or --port 0 for a free one\n"


@pytest.mark.usefixtures("nothing_left")
def test_a_database_that_is_not_there_fails_the_run(tmp_path: Path) -> None:
    url = "postgresql://me:secret@127.0.0.1:1/none"
    done = djbench_here("run", "--run-dir", "r", *LONG, "--pattern", "orm_read", "--database", url, cwd=tmp_path)
    assert done.returncode == 1
    assert "cannot use postgresql://127.0.0.1:1/none" in done.stderr
    files = [file for file in (tmp_path / "r").rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if b"secret" in file.read_bytes()]


@pytest.mark.alone
def test_ctrl_c_stops_within_two_seconds_leaves_nothing_and_keeps_what_was_measured(
    tmp_path: Path, traces: Traces
) -> None:
    with started(("run", "--run-dir", "r", *LONG, *MANY), tmp_path) as process:
        wait_for(tmp_path / "r", "trials/0002.json")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=2)
    assert process.returncode == 130
    assert "interrupted; what was measured is kept: djbench report r" in output
    assert traces.left(within_s=0) == []
    assert len(RunDirectory(tmp_path / "r").read_trials()) >= 3
    assert djbench_here("report", "r", cwd=tmp_path).returncode == 0
    assert json.loads((tmp_path / "r" / "summary.json").read_text())["run"]["status"] == "interrupted"


@pytest.mark.parametrize("moment", ["run.json", "logs/prepare.log", "trials/0000.json"])
def test_after_kill_9_nothing_is_left_after_five_seconds(tmp_path: Path, traces: Traces, moment: str) -> None:
    with started(("run", "--run-dir", "r", *LONG, *MANY, "--isolation", "trial"), tmp_path) as process:
        wait_for(tmp_path / "r", moment)
        assert moment == "run.json" or traces.folders()
        process.kill()
        process.wait()
        assert traces.left(within_s=5) == []
    RunDirectory(tmp_path / "r").read_run()
    if moment.startswith("trials"):
        assert djbench_here("report", "r", cwd=tmp_path).returncode == 0


class Watcher:
    """An observer that remembers, and can do something when a trial begins."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.trials: list[Trial] = []

    def says(self, message: str) -> None:
        self.said.append(message)

    def measuring(self, trial: int, cells: Sequence[Cell]) -> None:
        pass

    def waiting(self, wait: Wait, waited_s: float) -> None:
        """Nobody looks at it."""

    def more(self, trials: int) -> None:
        """The trials themselves say so."""

    def measured(self, trial: Trial) -> None:
        self.trials.append(trial)


def a_conductor(
    path: Path,
    watcher: Watcher,
    target: Target,
    observers: Sequence[ObserverMaker] = OBSERVERS,
    **changes: Any,
) -> Conductor:
    values: dict[str, Any] = {
        "description": "",
        "servers": ["uvicorn", "gunicorn-gthread"],
        "patterns": ["plain", "sleep:delay=0.01"],
        "styles": ["sync"],
        "users": [2],
        "blocks": 2,
        "warmup_s": 0.1,
        "duration_s": 0.3,
        "timeout_s": 2.0,
        "isolation": "block",
        "database": "sqlite",
        "accept": ["all"],
        **changes,
    }
    plan = plan_from(profile.checked(values), 1)
    run = Run(
        id="test",
        profile="test",
        seed=1,
        started="",
        command="",
        settings=plan.settings,
        machine={},
        cells=plan.cells,
        blocks=(),
    )
    directory = RunDirectory.create(path)
    return Conductor(
        plan=plan,
        procedure=procedure_of(plan),
        target=target,
        ledger=Ledger(run=run, directory=directory, progress=Progress(plan, directory), listener=watcher),
        database=values["database"],
        observers=observers,
    )


@pytest.mark.usefixtures("nothing_left")
def test_a_server_that_dies_at_start_is_left_out_with_its_log_and_the_others_go_on(tmp_path: Path) -> None:
    watcher = Watcher()
    target = replace(SITE, asgi_application="target_site.no_such_module:application")
    run = a_conductor(tmp_path / "r", watcher, target).conduct()
    assert run.status == "failed"
    assert "uvicorn ended by itself" in (run.failure or "")
    assert any("no_such_module" in message for message in watcher.said)
    for trial in watcher.trials:
        assert (trial.failure is None) == (trial.cell.interface == "wsgi")
    assert len(RunDirectory(tmp_path / "r").read_trials()) == 8


@pytest.mark.usefixtures("nothing_left")
def test_a_run_whose_every_server_dies_ends_at_once(tmp_path: Path) -> None:
    watcher = Watcher()
    target = replace(SITE, wsgi_application="nowhere:app", asgi_application="nowhere:app")
    with pytest.raises(RunFailed, match="no server is left to be measured"):
        a_conductor(tmp_path / "r", watcher, target, blocks=50).conduct()
    assert RunDirectory(tmp_path / "r").read_run().status == "failed"


@pytest.mark.usefixtures("nothing_left")
def test_a_server_that_answers_as_another_is_not_measured(tmp_path: Path) -> None:
    watcher = Watcher()
    target = replace(SITE, asgi_application="target_site.wsgi:application")
    run = a_conductor(tmp_path / "r", watcher, target, servers=["uvicorn", "gunicorn-sync"]).conduct()
    assert run.status == "failed"
    for trial in watcher.trials:
        assert (trial.failure is None) == (trial.cell.interface == "wsgi")
    assert any("health endpoint answers 500" in (trial.failure or "") for trial in watcher.trials)


@pytest.mark.usefixtures("nothing_left")
def test_a_trial_that_fails_does_not_take_its_server_out_of_the_run(tmp_path: Path) -> None:
    watcher = Watcher()
    target = replace(SITE, reset_path="/-/no-such-thing")  # needed by patterns that write, and only by them
    run = a_conductor(
        tmp_path / "r", watcher, target, servers=["uvicorn"], patterns=["orm_write", "plain"], isolation="trial"
    ).conduct()
    assert run.status == "finished"
    for trial in watcher.trials:
        assert (trial.failure is not None) == trial.cell.pattern.startswith("orm_write")
    assert len(watcher.trials) == 4
    assert "POST /-/no-such-thing failed" in watcher.said[0]


class Assassin(Watcher):
    """Kills the server, a moment after its second trial has begun; then looks for what that trial left behind."""

    def __init__(self) -> None:
        super().__init__()
        self._done = False
        self.raw: list[Path] = []

    def measured(self, trial: Trial) -> None:
        super().measured(trial)
        self.raw += Path(tempfile.gettempdir()).rglob("*.raw*") if trial.failure else []
        if not self._done and trial.failure is None:
            self._done = True
            server = next(child for child in psutil.Process().children() if "uvicorn" in child.cmdline())
            threading.Timer(0.2, server.kill).start()


@pytest.mark.usefixtures("nothing_left")
def test_a_server_that_dies_in_a_trial_fails_that_trial_and_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    watcher = Assassin()
    conductor = a_conductor(
        tmp_path / "r",
        watcher,
        SITE,
        servers=["uvicorn"],
        patterns=["plain", "cpu:rounds=10", "sleep:delay=0.01"],
        blocks=1,
        duration_s=0.6,
    )
    conductor.conduct()
    failures = [trial.failure for trial in watcher.trials]
    assert [failure is None for failure in failures] == [True, False, True]
    assert "uvicorn ended by itself" in (failures[1] or "")
    assert watcher.raw == []


class FillsTheDisk(Watcher):
    """From its second trial on this process may write files of two kilobytes at most, as if the disk were full."""

    def measured(self, trial: Trial) -> None:
        super().measured(trial)
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2048, most))


@pytest.fixture
def any_size() -> Iterator[None]:
    """Whatever limit a test sets for files, it is gone afterwards."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("nothing_left")
def test_a_full_disk_ends_the_run_in_one_line_and_it_can_go_on(tmp_path: Path, any_size: None) -> None:  # noqa: ARG001
    watcher = FillsTheDisk()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    conductor = a_conductor(tmp_path / "r", watcher, SITE, servers=["uvicorn"], blocks=1)
    with pytest.raises(RunFailed) as failed:
        conductor.conduct()
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    # A long path is cut at its beginning.
    assert re.match(r"cannot write \S+r/\w+/0001\.\w+: .*File too large", str(failed.value)), failed.value
    assert "\n" not in str(failed.value)
    assert len(watcher.trials) == 1
    done = djbench_here("resume", str(tmp_path / "r"), "-q", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    directory = RunDirectory(tmp_path / "r")
    assert directory.read_run().status == "finished"
    assert [trial.block for trial in directory.read_trials()] == [0, 0]
    assert not list((tmp_path / "r").rglob("*.partial"))


class CleansUp(Watcher):
    """Removes everybody's temporary files after the first trial, as some systems do now and then."""

    def measured(self, trial: Trial) -> None:
        super().measured(trial)
        for folder in Path(tempfile.gettempdir()).iterdir():
            shutil.rmtree(folder)


@pytest.mark.usefixtures("nothing_left")
def test_temporary_files_that_somebody_removes_end_the_run_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    conductor = a_conductor(tmp_path / "r", CleansUp(), SITE, servers=["uvicorn"], isolation="trial")
    with pytest.raises(RunFailed, match=r"No such file or directory: .*scratch"):
        conductor.conduct()
    run = RunDirectory(tmp_path / "r").read_run()
    assert (run.status, run.ended_by) == ("failed", None)


def test_no_place_for_temporary_files_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(RunFailed, match="cannot make a temporary folder: No such file or directory; name another"):
        Workspace("test").__enter__()


def test_a_log_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with Workspace("test", tmp_path / "nowhere") as workspace:
        process = workspace.process("child", ["true"], environment={})
        with pytest.raises(ProcessFailed, match=r"child could not be started: .*No such file or directory"):
            process.__enter__()


@pytest.mark.usefixtures("nothing_left")
def test_wrong_answers_are_counted_by_kind_and_make_the_trial_invalid(tmp_path: Path) -> None:
    """One slot that sleeps longer than the time-out: users behind it get no answer in time."""
    watcher = Watcher()
    a_conductor(
        tmp_path / "r",
        watcher,
        SITE,
        servers=["gunicorn-sync"],
        patterns=["sleep:delay=0.4"],
        users=[8],
        blocks=1,
        timeout_s=1.0,
    ).conduct()
    assert [trial.repeat for trial in watcher.trials] == [False, True]  # once more, and no third time
    for trial in watcher.trials:
        assert trial.measurement is not None
        assert trial.measurement.errors["timeout"] > 0
        assert "errors" in trial.flags
        assert not trial.valid
    assert RunDirectory(tmp_path / "r").read_trials() == watcher.trials


# Killed at the moment at which a folder has been made.
_KILLED = """
import os, signal
from pathlib import Path
from runners.hosts.workspace import Workspace

make = Path.mkdir

def make_and_die(*arguments, **options):
    make(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)

Path.mkdir = make_and_die
Workspace("test").__enter__()
"""


def test_a_conductor_killed_as_it_makes_its_folder_leaves_none(traces: Traces) -> None:
    done = subprocess.run([sys.executable, "-c", _KILLED], env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=30)
    assert done.returncode == -signal.SIGKILL
    assert traces.left(within_s=5) == []


def test_the_guard_finds_what_was_never_registered() -> None:
    """A child whose start was interrupted before anybody wrote down its id."""
    guard = Guard("test-mark")
    with subprocess.Popen(["sleep", "60"], env={**os.environ, MARK: "test-mark"}, start_new_session=True) as child:
        guard.close(clean=False)
        assert child.wait(timeout=5) == -signal.SIGKILL


SEGMENTS = Path("/proc/sysvipc/shm")


@pytest.mark.skipif(not SEGMENTS.exists(), reason="no other system lists its segments of shared memory")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_postgres_gives_its_shared_memory_back(tmp_path: Path, traces: Traces, number: signal.Signals) -> None:
    arguments = (
        "run", "--run-dir", "r", "--server", "uvicorn", "--pattern", "orm_read", "--users", "2", "--warmup", "0.1",
        "--duration", "0.3", *ANY_MACHINE,
    )  # fmt: skip
    with started(arguments, tmp_path) as process:
        wait_for(tmp_path / "r", "trials/0000.json")
        processes = set(traces.processes())
        assert _made_segments(processes)
        process.send_signal(number)
        process.wait()
        assert traces.left(within_s=5) == []
    assert not _made_segments(processes)


def _made_segments(processes: set[int]) -> list[str]:
    """The segments of System V shared memory that these processes have made, by id."""
    heading, *rows = (line.split() for line in SEGMENTS.read_text().splitlines())
    made_by, number = heading.index("cpid"), heading.index("shmid")
    return [row[number] for row in rows if int(row[made_by]) in processes]


def test_serve_serves_until_ctrl_c(tmp_path: Path, traces: Traces) -> None:
    with started(("serve", "uvicorn", "--port", "0", "--database", "sqlite"), tmp_path) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C ends it" in line:
                break
        address = lines[0].partition(" at ")[2].split()[0]
        assert httpx.get(f"{address}-/health", trust_env=False).json()["interface"] == "asgi"
        assert httpx.get(f"{address}sleep/async?delay=0", trust_env=False).json()["slept_s"] == 0
        assert "sleep/async" in httpx.get(address, trust_env=False).text
        bad = httpx.get(f"{address}sleep/async?delay=x", trust_env=False)
        assert (bad.status_code, bad.text.count("\n")) == (400, 1)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=5)
    assert traces.left(within_s=1) == []


def test_a_short_run_does_not_need_postgres(tmp_path: Path) -> None:
    done = djbench_here(
        "run", "-q", "--run-dir", "r", *SHORT, "--server", "daphne", "--pattern", "orm_read", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "r" / "logs" / "postgres.log").exists()
