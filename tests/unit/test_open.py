"""Which page 'djbench open' opens, and what it does without a browser."""

import os
import webbrowser
from pathlib import Path

import pytest

from results.store import StoreError
from runners.cli.open import newest_run, open_command, page_of
from runners.errors import UsageError


def a_run_at(path: Path, time_s: int, page: str | None = "report.html") -> Path:
    path.mkdir(parents=True)
    (path / "run.json").write_text("{}")
    if page:
        (path / page).write_text("<!doctype html>")
    os.utime(path, (time_s, time_s))
    return path


def test_the_newest_run_is_the_one_that_was_written_to_last(tmp_path: Path) -> None:
    a_run_at(tmp_path / "b", 1000)
    newest = a_run_at(tmp_path / "a", 2000)
    (tmp_path / "not-a-run").mkdir()
    assert newest_run(tmp_path) == newest


@pytest.mark.parametrize("exists", [True, False])
def test_without_any_run_it_says_so(tmp_path: Path, exists: bool) -> None:
    runs = tmp_path / "runs"
    if exists:
        runs.mkdir()
    with pytest.raises(UsageError, match=r"there is no run in .*runs; name one, or make one with 'djbench run'"):
        newest_run(runs)


def test_a_run_a_comparison_and_what_has_no_page(tmp_path: Path) -> None:
    assert page_of(a_run_at(tmp_path / "run", 1)).name == "report.html"
    assert page_of(a_run_at(tmp_path / "compared", 1, "comparison.html")).name == "comparison.html"
    tested = a_run_at(tmp_path / "claims", 1)
    (tested / "claims.html").write_text("<!doctype html>")
    assert page_of(tested).name == "claims.html"
    without = a_run_at(tmp_path / "bare", 1, None)
    with pytest.raises(StoreError, match=r"bare has no report.html; write it with: djbench report .*bare"):
        page_of(without)
    with pytest.raises(StoreError, match="elsewhere is neither a run's directory nor a comparison's"):
        page_of(tmp_path / "elsewhere")


@pytest.mark.parametrize("works", [True, False])
def test_the_page_is_opened_or_else_its_path_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], works: bool
) -> None:
    opened: list[str] = []

    def browser(url: str) -> bool:
        opened.append(url)
        return works

    monkeypatch.setattr(webbrowser, "open", browser)
    run = a_run_at(tmp_path / "a run", 1)
    open_command(run)
    assert opened == [(run / "report.html").as_uri()]
    assert capsys.readouterr().out == f"{'opened ' if works else ''}{run / 'report.html'}\n"
