"""What a run's record has of a project: from which commit, by which description, and what was replaced."""

import subprocess
from pathlib import Path

import pytest

from djbench.deployed_project import YOUR_PROJECT
from runners.targets.built_in import built_in
from runners.targets.describing.description import read_target
from runners.targets.recorded import deployed, facts_of_target

DESCRIPTION = """\
settings = "shop.settings"
wsgi = "shop.wsgi:application"
database = "sqlite"
may_call = ["api.example.org"]
working_directory = "backend"
[overrides]
DEBUG = false
ALLOWED_HOSTS = ["*"]
[requests.home]
path = "/"
[requests.list]
path = "/products/?page={page}"
[values.page]
list = [1, 2]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project under version control whose description is not committed yet."""
    folder = tmp_path / "work" / "shop"
    (folder / "backend").mkdir(parents=True)
    (folder / "views.py").write_text("ONE = 1\n")

    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path / "work", check=True, capture_output=True)

    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    (folder / "djbench.toml").write_text(DESCRIPTION)
    return folder


def test_a_project_is_recorded_by_commit_description_and_requests(project: Path) -> None:
    facts = facts_of_target(read_target(project / "djbench.toml"))
    assert facts is not None
    assert (facts.name, facts.settings, facts.database, facts.data) == ("shop", "shop.settings", "sqlite", "empty")
    assert (len(facts.commit), facts.dirty) == (40, False)
    assert facts.replaced == ("DEBUG", "ALLOWED_HOSTS")
    assert facts.requests["list view"] == "GET /products/?page={page}"
    assert facts.requests["mix view: home"] == "GET /"
    assert facts.weights == {"home": 1, "list": 1}
    assert facts.working_directory == "backend"


def test_code_that_differs_from_the_commit_is_said(project: Path) -> None:
    (project / "views.py").write_text("ONE = 2\n")
    facts = facts_of_target(read_target(project / "djbench.toml"))
    assert facts is not None
    assert facts.dirty


def test_a_project_without_version_control_has_no_commit(tmp_path: Path) -> None:
    (tmp_path / "backend").mkdir()
    (tmp_path / "djbench.toml").write_text(DESCRIPTION)
    facts = facts_of_target(read_target(tmp_path / "djbench.toml"))
    assert facts is not None
    assert (facts.commit, facts.dirty) == ("", False)


def test_deployment_files_name_the_projects_own_application_and_the_usual_one_where_it_has_none(project: Path) -> None:
    named = deployed(facts_of_target(read_target(project / "djbench.toml")))
    assert named.application("wsgi") == "shop.wsgi:application"
    assert named.application("asgi") == "shop.asgi:application"
    assert (named.slug, named.folder) == ("shop", "/srv/shop/backend")


def test_of_the_built_in_site_reports_know_all_there_is_to_say() -> None:
    assert facts_of_target(built_in()) is None
    assert deployed(None) == YOUR_PROJECT
