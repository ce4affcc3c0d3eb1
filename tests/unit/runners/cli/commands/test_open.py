"""Which page 'djbench open' opens, and what it does without a browser."""

import webbrowser
from dataclasses import replace
from pathlib import Path

import pytest

from results.records.store import RunDirectory, StoreError
from runners.cli.commands.open import open_command, page_of
from tests.unit.runs import a_cell, a_run


def a_run_at(path: Path, page: str | None = "report.html") -> Path:
    path.mkdir(parents=True)
    RunDirectory(path).write_run(a_run((a_cell(),), 1))
    if page:
        (path / page).write_text("<!doctype html>")
    return path


def test_a_run_a_comparison_and_what_has_no_page(tmp_path: Path) -> None:
    assert page_of(a_run_at(tmp_path / "run")).name == "report.html"
    assert page_of(a_run_at(tmp_path / "compared", "comparison.html")).name == "comparison.html"
    tested = a_run_at(tmp_path / "claims")
    (tested / "claims.html").write_text("<!doctype html>")
    assert page_of(tested).name == "claims.html"
    without = a_run_at(tmp_path / "bare", None)
    with pytest.raises(StoreError, match=r"bare has no report.html; write it with: djbench report .*bare"):
        page_of(without)
    RunDirectory(without).write_run(a_run((replace(a_cell(), label="a"),), 1))
    with pytest.raises(StoreError, match="bare is a validation, which has no page; 'djbench report' writes its"):
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
    run = a_run_at(tmp_path / "a run")
    open_command(run)
    assert opened == [(run / "report.html").as_uri()]
    assert capsys.readouterr().out == f"{'opened ' if works else ''}{run / 'report.html'}\n"
