"""What integration tests share: the command line as a subprocess, and a look at what it leaves behind."""

import io
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, sync_playwright

from runners.hosts.guard import MARK
from tests import ROOT
from tests.integration.environments import Environment

# What is tested is what djbench does, on whatever machine: in a window of a third of a second two clock ticks of
# somebody else's are enough for a trial not to count.
ANY_MACHINE = ("--accept", "all")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NEEDS_CHROMIUM = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium on PATH; get it with: apt-get install chromium (or your system's package)"
)
# A name that must appear as text on every page.
HOSTILE = '<img src="http://127.0.0.1:9/x" onerror="document.title=1"><script>document.title=2</script>'
# A run that is over in seconds.
SHORT = (
    "--blocks", "1", "--users", "2", "--warmup", "0.1", "--duration", "0.3", "--database", "sqlite", *ANY_MACHINE,
)  # fmt: skip


def djbench(
    *arguments: str,
    cwd: Path,
    timeout_s: float = 120,
    environment: dict[str, str] | None = None,
    command: Sequence[str | Path] = (sys.executable, "-P", "-m", "djbench"),
) -> subprocess.CompletedProcess[str]:
    """Run the command, of this checkout or another one, to its end."""
    return subprocess.run(
        [*command, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        env={**os.environ, **(environment or {})},
    )


def djbench_here(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The same in this process, for what starts nothing: where a second for each start of Python would add up."""
    from runners.cli.app import main

    out, err = io.StringIO(), io.StringIO()
    with chdir(cwd), redirect_stdout(out), redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["djbench", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
    assert isinstance(ended.value.code, int)
    return subprocess.CompletedProcess(arguments, ended.value.code, out.getvalue(), err.getvalue())


@contextmanager
def started(arguments: Sequence[str], cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the command in the background, in a session of its own; kill it at the end if it is still there."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "djbench", *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def marked() -> dict[int, str]:
    """Every process on this machine that belongs to some djbench run, by id: what it is."""
    found = {}
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) or "runners.hosts.guard" in process.cmdline():
                found[process.pid] = " ".join(process.cmdline())[:100]
        except psutil.Error:
            continue
    return found


def wait_until_gone(before: dict[int, str], timeout_s: float) -> dict[int, str]:
    """Wait until no process of a run is there that was not there before; what is left when the time is up."""
    deadline = time.monotonic() + timeout_s
    while (left := {pid: name for pid, name in marked().items() if pid not in before}) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def wait_for(path: Path, pattern: str, timeout_s: float = 60) -> None:
    """Wait until a file that matches is there."""
    deadline = time.monotonic() + timeout_s
    while not list(path.glob(pattern)):
        assert time.monotonic() < deadline, f"no {pattern} in {path} after {timeout_s} s"
        time.sleep(0.05)


def poll(condition: Callable[[], bool], timeout_s: float = 30) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not after {timeout_s} s"
        time.sleep(0.02)


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Fails the test that leaves a process of a run behind."""
    before = marked()
    yield
    assert not wait_until_gone(before, 5)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([sys.executable, "-m", "pip", *build], check=True, timeout=120)
    (found,) = folder.glob("djbench-*.whl")
    return found


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel, alone in a fresh environment."""
    environment = Environment.made(tmp_path_factory.mktemp("installed") / "venv")
    environment.install(wheel)
    assert environment.printed("import djbench; print(djbench.__file__)").startswith(str(environment.packages))
    return environment


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium of the system."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()
