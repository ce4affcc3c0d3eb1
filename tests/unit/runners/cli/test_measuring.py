"""How a command ends that has measured: the report cannot always be written."""

import errno
import re
import sys
from pathlib import Path

import pytest

from djbench.errors import RunFailed
from runners.cli import app, measuring
from tests.unit.runs import a_cell, a_directory

MADE = {a_cell(): [1.0] * 5}
AGAIN = "; the trials are kept: make room, then write the report with: djbench report "


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes no page."""

    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", refused)


@pytest.mark.usefixtures("full")
def test_a_report_that_finds_no_room_says_how_to_write_it_again(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", MADE)
    said = rf"cannot write .*: No space left on device{AGAIN}{re.escape(str(directory.path))}$"
    with pytest.raises(RunFailed, match=said):
        measuring.report(directory, directory.read_run(), quiet=True, as_json=False)
    with pytest.raises(RunFailed, match=said):
        measuring.write_anew(directory)
    assert len(directory.read_trials()) == 5


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize(("made", "code"), [(True, 1), (False, 2)], ids=["a full disk", "no run"])
def test_a_full_disk_is_no_bad_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], made: bool, code: int
) -> None:
    path = tmp_path / "run"
    if made:
        a_directory(path, MADE)
    monkeypatch.setattr(sys, "argv", ["djbench", "report", str(path)])
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert ended.value.code == code
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert (AGAIN in said) == made


def test_a_run_ends_with_the_sentences_of_the_first_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rates = {a_cell(style=style): [rate] * 5 for style, rate in (("sync", 1.0), ("async", 2.0))}
    directory = a_directory(tmp_path / "run", rates)
    assert measuring.report(directory, directory.read_run(), quiet=False, as_json=False) == 0
    said = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert "What to run    Run async on uvicorn for plain." in said
    assert "Which style    Against sync on the same server, async is faster for plain (2.00 times)." in said
    assert said[-1] == f"report: {directory.path / 'report.html'}"
    page = (directory.path / "report.html").read_text()
    assert "Against sync on the same server, async is faster for plain (2.00 times)." in page
