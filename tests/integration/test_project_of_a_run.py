"""A stored run goes on with the project that it was made of, wherever in it the run lies."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from djbench.errors import UsageError
from results.records.schema import Run
from runners.cli.project import target_of
from runners.targets.recorded import description_digest

DESCRIPTION = 'settings = "site.settings"\n[requests.home]\npath = "/"\n'


def run_of(description: Path) -> Run:
    return cast("Run", SimpleNamespace(id="r", target=SimpleNamespace(digest=description_digest(description))))


@pytest.mark.parametrize("place", ["run", "djbench-runs/run", "somewhere/else/run"])
def test_it_is_found_around_the_run(tmp_path: Path, place: str) -> None:
    description = tmp_path / "djbench.toml"
    description.write_text(DESCRIPTION, encoding="utf-8")
    (tmp_path / place).mkdir(parents=True)
    assert target_of(run_of(description), tmp_path / place, None).description == description


def test_a_run_that_lies_elsewhere_goes_on_in_its_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    project.mkdir()
    description = project / "djbench.toml"
    description.write_text(DESCRIPTION, encoding="utf-8")
    run = run_of(description)
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(project)
    assert target_of(run, tmp_path / "run", None).description.resolve() == description
    description.write_text(DESCRIPTION + "weight = 2\n", encoding="utf-8")
    with pytest.raises(UsageError, match="has changed since r began; start a new run"):
        target_of(run, tmp_path / "run", None)
