"""Advice for a reader's project: by its measured mix, and with a file that names its own application."""

from dataclasses import replace
from pathlib import Path

import pytest

from results.advising.advice import MIX_ASSUMES, MIX_MEASURED, Advised, advise
from results.advising.advice_text import deployment_heading
from results.analysis.summary import summarise
from tests.unit.project_runs import MYSITE, a_project_run, project_cells
from tests.unit.runs import a_directory

WEIGHTS = {"home": 3.0, "detail": 1.0}


@pytest.fixture(scope="module")
def advised(tmp_path_factory: pytest.TempPathFactory) -> Advised:
    return advise(summarise(a_project_run(tmp_path_factory.mktemp("project") / "run", mix=WEIGHTS)))


def test_a_mix_that_was_measured_is_not_computed_as_well(advised: Advised) -> None:
    assert advised.mixes == ()
    mix = advised.patterns[0]
    assert (mix.subject, mix.recommended is not None) == ("mix", True)
    assert MIX_MEASURED in mix.conditions
    assert not any(MIX_MEASURED in advice.conditions for advice in advised.patterns[1:])


def test_a_mix_that_was_not_measured_is_computed_from_the_weights_of_the_description(tmp_path: Path) -> None:
    rates = {cell: [100.0] * 6 for cell in project_cells() if cell.pattern in WEIGHTS}
    (mix,) = advise(summarise(a_directory(tmp_path / "run", rates, target=MYSITE, mix=WEIGHTS))).mixes
    assert mix.subject == "75 % home, 25 % detail"
    assert MIX_ASSUMES in mix.conditions


def test_weights_that_are_given_count_for_more_than_the_measured_mix(tmp_path: Path) -> None:
    (mix,) = advise(summarise(a_project_run(tmp_path / "run")), {"home": 1.0, "latest": 1.0}).mixes
    assert mix.subject == "50 % home, 50 % latest"
    assert mix.recommended is not None
    assert mix.recommended.name == "sync for latest on gunicorn-gthread:workers=1,threads=16"
    assert any(condition.startswith("Write each view in the style") for condition in mix.conditions)


def test_weights_that_the_run_was_given_count_for_more_than_those_of_the_description(tmp_path: Path) -> None:
    (mix,) = advise(summarise(a_project_run(tmp_path / "run", mix={"home": 1.0, "detail": 1.0}))).mixes
    assert mix.subject == "50 % home, 50 % detail"


def test_a_mix_of_views_in_one_style_each_asks_for_no_other_style(tmp_path: Path) -> None:
    styles = {"home": "sync", "detail": "async"}
    cells = [replace(cell, style=styles[cell.pattern]) for cell in project_cells() if cell.pattern in styles]
    rates = {cell: [100.0] * 6 for cell in cells}
    (mix,) = advise(summarise(a_directory(tmp_path / "run", rates, target=MYSITE, mix=WEIGHTS))).mixes
    assert not any("style" in condition for condition in mix.conditions)


def test_a_pattern_of_that_name_is_a_mix_in_a_project_alone(tmp_path: Path) -> None:
    rates = {cell: [100.0] * 6 for cell in project_cells() if cell.pattern == "mix"}
    (advice,) = advise(summarise(a_directory(tmp_path / "run", rates))).patterns
    assert MIX_MEASURED not in advice.conditions


def test_the_deployment_names_the_projects_application_folder_and_settings(advised: Advised) -> None:
    (deployment,) = advised.deployments
    assert deployment.text is not None
    assert 'wsgi_app = "mysite.wsgi:application"' in deployment.text
    assert deployment_heading(deployment) == (
        "To run gunicorn-gthread:workers=1,threads=16, in the project's folder, with "
        "DJANGO_SETTINGS_MODULE=mysite.settings:"
    )


def test_an_application_that_the_project_lacks_is_said(tmp_path: Path) -> None:
    project = replace(MYSITE, applications={}, working_directory="backend")
    (deployment,) = advise(summarise(a_project_run(tmp_path / "run", project))).deployments
    assert deployment.place == (
        "in backend/, with DJANGO_SETTINGS_MODULE=mysite.settings; the project names no WSGI application, "
        "so write one first"
    )


def test_packages_of_the_server_that_the_project_lacks_are_said(tmp_path: Path) -> None:
    directory = a_project_run(tmp_path / "run")
    run = directory.read_run()
    servers = {
        name: replace(facts, packages={"gunicorn": "27.0.1", "gevent": "26.1"}) for name, facts in run.servers.items()
    }
    overlays = {"gunicorn-gthread": {"gunicorn": "27.0.1", "not-named": "1"}, "uvicorn": {"gevent": "26.1"}}
    directory.write_run(replace(run, servers=servers, machine={**run.machine, "overlays": overlays}))
    (deployment,) = advise(summarise(directory)).deployments
    assert deployment_heading(deployment) == (
        "To run gunicorn-gthread:workers=1,threads=16, in the project's folder, with "
        "DJANGO_SETTINGS_MODULE=mysite.settings; the project lacks gunicorn 27.0.1, so install that first:"
    )
