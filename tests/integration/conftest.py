"""What integration tests share: the command line as a subprocess, and a look at what it leaves behind."""

import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import ROOT
from tests.integration.environments import Environment, interpreter_of

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
    """The same in this process, which has imported all of it: a start of Python takes a second."""
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


class Traces:
    """What runs leave behind, told apart from other people's by the temporary folder that all of a run inherits."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def processes(self) -> dict[int, str]:
        """Every process that is there, by id: what it is."""
        there = {}
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("TMPDIR") == str(self._folder):
                    there[process.pid] = " ".join(process.cmdline())[:100]
        return there

    def folders(self) -> list[Path]:
        """Every temporary folder of a run that is there."""
        return list(self._folder.glob("djbench-*"))

    def left(self, within_s: float) -> list[str]:
        """Wait until nothing is there; what is left when the time is up."""
        deadline = time.monotonic() + within_s
        while (there := [*self.processes().values(), *map(str, self.folders())]) and time.monotonic() < deadline:
            time.sleep(0.05)
        return there


@contextmanager
def traced() -> Iterator[Traces]:
    """What is run inside leaves its traces where they can be found."""
    with TemporaryDirectory(prefix="test-") as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name).resolve()
        folder.chmod(0o755)  # for the account that PostgreSQL runs as
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", str(folder))
        yield Traces(folder)


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
def traces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traces]:
    """What runs of this test leave behind."""
    tmp_path_factory.getbasetemp()  # made at first use, and not to be made in the temporary folder of one test
    with traced() as found:
        yield found


@pytest.fixture
def nothing_left(traces: Traces) -> Iterator[None]:
    """Fails the test that leaves a process or a temporary folder of a run behind."""
    yield
    assert traces.left(within_s=5) == []


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([sys.executable, "-m", "pip", *build], check=True, timeout=120)
    (built,) = folder.glob("djbench-*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel, alone in a fresh environment."""
    environment = Environment.made(tmp_path_factory.mktemp("installed") / "venv")
    environment.install(wheel)
    assert environment.printed("import djbench; print(djbench.__file__)").startswith(str(environment.packages))
    return environment


@pytest.fixture(scope="session")
def oldest(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Python 3.9 with Django 4.2: the oldest that a reader's project may have. With a server for each interface."""
    return _served_environment(tmp_path_factory.mktemp("oldest"), "3.9", "django~=4.2.0")


@pytest.fixture(scope="session")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Python 3.13 with Django 6.1 or later, which Python 3.11 does not run. With a server for each interface."""
    return _served_environment(tmp_path_factory.mktemp("newest"), "3.13", "django>=6.1")


def _served_environment(folder: Path, version: str, django: str) -> Environment:
    interpreter = interpreter_of(version)
    if interpreter is None:
        pytest.skip(f"no Python {version} here; get it with: uv python install {version}")
    return Environment.with_packages(folder / "venv", interpreter, django, "gunicorn", "uvicorn")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium of the system.

    For a module and no longer: while Playwright is there, an event loop runs, and no other can run beside it.
    """
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()
