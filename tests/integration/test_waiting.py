"""What a run says of a server that leaves users waiting: all of them for a while, some of them for good, or many."""

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from results.analysis.summary import summarise
from results.records.schema import Measurement, Trial
from results.records.store import RunDirectory
from runners.loading.waits import Wait
from runners.watching.observer import Observer, ObserverMaker, Scene
from runners.watching.observers import OBSERVERS
from tests.integration.test_faults import Watcher, a_conductor
from tests.unit.site import SITE

FROZEN_S = 1.2

# As people write it: at most 16 requests at a time, and the others wait in the backlog for as long as those are kept.
BACKPRESSURE = """
summary = "granian with backpressure"
interface = "wsgi"
arguments = [
    "-m", "granian", "--interface", "wsgi", "--host", "{host}", "--port", "{port}", "--workers", "1",
    "--blocking-threads", "{threads}", "--backpressure", "16", "--no-ws", "--log-level", "warning", "{application}",
]
slots = ["threads"]

[modules]
granian = "granian"

[[parameters]]
name = "threads"
default = 4
minimum = 1
summary = "threads that run views"
"""


class Freezes(Observer):
    """Stops the server for a while, in the middle of the window."""

    def __init__(self, scene: Scene) -> None:
        self._server_pid = scene.server_pid

    def opened(self) -> None:
        threading.Timer(0.3, self._signal, (signal.SIGSTOP,)).start()
        threading.Timer(0.3 + FROZEN_S, self._signal, (signal.SIGCONT,)).start()

    def _signal(self, number: signal.Signals) -> None:
        os.killpg(self._server_pid, number)


def measured(path: Path, *makers: ObserverMaker, **changes: Any) -> list[tuple[Trial, Measurement]]:
    """The trials of one block of one cell."""
    watcher = Watcher()
    a_conductor(path, watcher, SITE, (*OBSERVERS, *makers), **{"patterns": ["plain"], "blocks": 1, **changes}).conduct()
    return [(trial, trial.measurement) for trial in watcher.trials if trial.measurement]


@pytest.mark.usefixtures("nothing_left")
def test_a_frozen_server_is_flagged_with_the_length_of_the_stall(tmp_path: Path) -> None:
    """A single slow answer among thousands, which no percentile but the maximum shows."""
    ((trial, measurement), *_) = measured(
        tmp_path / "r", Freezes, servers=["gunicorn-gthread"], users=[1], duration_s=2.5, timeout_s=10.0
    )
    assert "stalled" in trial.flags
    assert measurement.stalled_s >= 0.9 * FROZEN_S
    (cell,) = summarise(RunDirectory(tmp_path / "r")).cells
    assert f"stalled for {measurement.stalled_s:.1f} s" in cell.doubts


@pytest.mark.usefixtures("nothing_left")
def test_users_whom_backpressure_keeps_waiting_are_counted(tmp_path: Path) -> None:
    server = tmp_path / "granian-backpressure.toml"
    server.write_text(BACKPRESSURE)
    trials = measured(tmp_path / "r", servers=[str(server)], users=[64], duration_s=1.0, timeout_s=2.0)
    for trial, measurement in trials:
        assert measurement.starved == 48
        assert "starved" in trial.invalidated_by
        assert not {"littles_law", "stalled"} & set(trial.flags)
    (cell,) = summarise(RunDirectory(tmp_path / "r")).cells
    assert cell.status == "failing"
    assert (cell.reason or "").startswith("the server starved 48 of 64 users: they got no answer while")


@pytest.mark.usefixtures("nothing_left")
def test_clients_that_give_up_early_do_not_fail_the_verification(tmp_path: Path) -> None:
    """The answer is right; what the load's short time-out finds is that it comes too late."""
    trials = measured(
        tmp_path / "r", servers=["gunicorn-gthread"], patterns=["sleep:delay=0.2"], users=[2], timeout_s=0.02
    )
    assert [trial.repeat for trial, _ in trials] == [False, True]
    for trial, measurement in trials:
        assert set(measurement.errors) == {"timeout"}
        assert "nothing_answered" in trial.flags


class Interrupts(Watcher):
    """As somebody who presses Ctrl-C while the run waits for something."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self._what = what
        self.at_s = 0.0

    def waiting(self, wait: Wait, waited_s: float) -> None:  # noqa: ARG002  the listener's signature
        if wait.what == self._what and not self.at_s:
            self.at_s = time.monotonic()
            signal.raise_signal(signal.SIGINT)


@pytest.mark.alone
@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("what", ["connecting 4 users", "measuring", "waiting for the last answers"])
def test_ctrl_c_ends_each_wait_at_once(tmp_path: Path, what: str) -> None:
    """Four users behind one worker: each wait lasts for seconds."""
    watcher = Interrupts(what)
    conductor = a_conductor(
        tmp_path / "r",
        watcher,
        SITE,
        servers=["gunicorn-sync"],
        patterns=["sleep:delay=1"],
        users=[4],
        blocks=1,
        timeout_s=60.0,
    )
    with pytest.raises(KeyboardInterrupt):
        conductor.conduct()
    assert watcher.at_s
    assert time.monotonic() - watcher.at_s < 2
    assert watcher.trials == []
    assert RunDirectory(tmp_path / "r").read_run().status == "interrupted"


@pytest.mark.usefixtures("nothing_left")
def test_a_window_of_many_users_ends_in_time(tmp_path: Path) -> None:
    """More users than the threads can answer in the window, each on a connection of its own."""
    for _, measurement in measured(tmp_path / "r", servers=["gunicorn-gthread"], users=[600], duration_s=0.5):
        assert measurement.answered
        assert 0.5 <= measurement.actual_s <= 0.5 + 2.0
        assert measurement.warmup_s <= 0.1 + 2.0
