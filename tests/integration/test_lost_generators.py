"""Load generators that end in the middle: what that makes of a trial and of a run."""

import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest

from djbench.errors import RunFailed
from results.records.store import RunDirectory
from runners.hosts.ports import free_port
from runners.hosts.workspace import Workspace
from runners.loading import load_generator
from runners.loading.load_generator import Generator
from tests.integration.conftest import ANY_MACHINE, poll, started, wait_for


@pytest.mark.usefixtures("nothing_left")
def test_a_lost_generator_makes_the_trial_invalid_and_the_run_goes_on(tmp_path: Path) -> None:
    """One of two workers is killed in the middle of a window: its half of the load must not be taken for the whole."""
    arguments = (
        "run", "--server", "uvicorn", "--pattern", "plain", "--style", "sync", "--rate", "200", "--users", "4",
        "--generators", "2", "--warmup", "0.2", "--duration", "2", "--blocks", "2", "--database", "sqlite",
        "--run-dir", "r", *ANY_MACHINE,
    )  # fmt: skip
    with started(arguments, tmp_path) as process:
        wait_for(tmp_path / "r" / "trials", "0000.json")
        time.sleep(1)  # the middle of the next trial
        _workers(process.pid)[0].kill()
        output, _ = process.communicate(timeout=120)
    trials = RunDirectory(tmp_path / "r").read_trials()
    assert sum("generator_lost" in trial.flags for trial in trials) == 1, output
    lost = trials[1]
    assert not lost.valid
    assert lost.measurement is None
    assert "generator worker" in (lost.failure or "")
    # The block's other trial was made before; this one was made again at its end; then came the second block.
    assert [(trial.block, trial.repeat) for trial in trials[:3]] == [(0, False), (0, False), (0, True)]
    assert lost.cell in [trial.cell for trial in trials if trial.repeat]
    assert {trial.measurement.generators for trial in trials if trial.measurement} == {2}
    assert process.returncode == 0, output


@pytest.mark.usefixtures("nothing_left")
def test_a_generator_that_is_lost_again_and_again_ends_the_run(tmp_path: Path) -> None:
    """One that ends by itself has been killed by somebody; a second one in a row has a fault."""
    arguments = (
        "run", "--server", "uvicorn", "--pattern", "plain", "--style", "sync", "--users", "2", "--isolation", "trial",
        "--warmup", "0.2", "--duration", "30", "--blocks", "5", "--database", "sqlite", "--run-dir", "r", *ANY_MACHINE,
    )  # fmt: skip
    with started(arguments, tmp_path) as process:
        for _ in range(2):
            poll(lambda: bool(_generators(process.pid)))
            victim = _generators(process.pid)[0]
            time.sleep(3)
            victim.kill()
            poll(lambda victim=victim: not victim.is_running() or process.poll() is not None)  # type: ignore[misc]
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 1, output
    assert "the load generator ended by itself; its log is empty" in output
    assert len(RunDirectory(tmp_path / "r").read_trials()) == 1


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("taken", [1, 2])
def test_a_master_gets_a_second_start_with_another_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    """Somebody else has taken its port; once, or at its second start, too."""
    with ExitStack() as stack:
        others = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(taken)]
        ports = [other.getsockname()[1] for other in others]
        monkeypatch.setattr(load_generator, "free_port", lambda: ports.pop(0) if ports else free_port())
        workspace = stack.enter_context(Workspace("test", tmp_path))
        generator = stack.enter_context(Generator(workspace, (), "generator", 2))
        if taken == 1:
            generator.wait_ready()
            assert len(generator.pids) == 3
        else:
            with pytest.raises(RunFailed, match="the load generator ended by itself"):
                generator.wait_ready()


def _generators(pid: int) -> list[psutil.Process]:
    return _children(pid, "scenarios.generator")


def _workers(pid: int) -> list[psutil.Process]:
    return _children(pid, "--worker")


def _children(pid: int, argument: str) -> list[psutil.Process]:
    found = []
    for child in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.Error):  # one that is just ending has no command line any more
            if argument in child.cmdline():
                found.append(child)
    return found
