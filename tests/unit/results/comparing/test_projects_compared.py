"""Two runs of one project are compared, with what differs about it; runs of two projects are not."""

from dataclasses import replace
from pathlib import Path

import pytest

from results.comparing.comparison import compare_runs, read
from results.records.store import RunDirectory, StoreError
from tests.unit.project_runs import MYSITE, a_project_run, project_cells
from tests.unit.runs import a_directory

RATES = {cell: [100.0] * 6 for cell in project_cells()}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    return a_project_run(tmp_path_factory.mktemp("project") / "base")


def test_another_description_and_commit_are_said(base: RunDirectory, tmp_path: Path) -> None:
    changed = replace(
        MYSITE,
        digest="e" * 64,
        commit="f" * 40,
        dirty=False,
        requests={**MYSITE.requests, "home view": "GET /start/"},
        runs="/elsewhere",
    )
    later = a_directory(tmp_path / "later", RATES, id="later", started="2026-01-02T00:00:00+00:00", target=changed)
    (run,) = compare_runs([read(base), read(later)]).others
    said = {difference.name: (difference.before, difference.after) for difference in run.differences}
    assert said["project.description"] == ("d" * 12, "e" * 12)
    assert said["project.commit"] == ("c" * 12, "f" * 12)
    assert said["project.dirty"] == ("yes", "no")
    assert said["project.requests.home view"] == ("GET /", "GET /start/")
    assert "project.runs" not in said
    assert len(run.cells) == len(project_cells())


def test_the_same_project_differs_in_nothing(base: RunDirectory, tmp_path: Path) -> None:
    later = a_project_run(tmp_path / "later", id="later", started="2026-01-02T00:00:00+00:00")
    (run,) = compare_runs([read(base), read(later)]).others
    assert run.differences == ()


@pytest.mark.parametrize(
    ("target", "name"), [(replace(MYSITE, name="shop"), "shop"), (None, "the built-in site")], ids=["project", "site"]
)
def test_another_project_is_one_clear_line(base: RunDirectory, tmp_path: Path, target: object, name: str) -> None:
    other = a_directory(tmp_path / "other", RATES, target=target)
    with pytest.raises(StoreError) as refused:
        compare_runs([read(base), read(other)])
    assert str(refused.value) == (f"{other.path} measured {name}, and {base.path} mysite; compare runs of one project")
