"""Work that goes on after the answer: what is lost at the server's end is said."""

from pathlib import Path

import pytest

from results.records.store import RunDirectory
from tests.integration.conftest import ANY_MACHINE, djbench_here

pytestmark = pytest.mark.usefixtures("nothing_left")


def run(cwd: Path, server: str, style: str, delay: str) -> tuple[int, int]:
    """How much was lost, of how much; as it stands in the record of a short run."""
    done = djbench_here(
        "run", "--server", server, "--pattern", f"background:delay={delay}", "--style", style, "--users", "2",
        "--blocks", "1", "--warmup", "0.1", "--duration", "0.3", "--cpus", "off", "--run-dir", "r",
        *ANY_MACHINE, cwd=cwd,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (lost_work,) = RunDirectory(cwd / "r").read_run().lost_work.values()
    return lost_work


def test_threads_are_awaited_by_a_server_that_comes_to_its_end(tmp_path: Path) -> None:
    lost, begun = run(tmp_path, "gunicorn-gthread", "threads", "0.5")
    assert begun > 10
    assert lost == 0


@pytest.mark.parametrize(("server", "style"), [("uvicorn", "async"), ("daphne", "async"), ("uvicorn", "threads")])
def test_what_a_server_does_not_await_is_lost_and_said(tmp_path: Path, server: str, style: str) -> None:
    lost, begun = run(tmp_path, server, style, "30")
    assert lost == begun > 1
    (key,) = RunDirectory(tmp_path / "r").read_run().lost_work
    assert key.startswith(f"background:delay=30 {style} on {server}")
    report = (tmp_path / "r" / "report.md").read_text()
    assert f"{lost} of {begun} pieces of background work were lost when the server ended" in report
