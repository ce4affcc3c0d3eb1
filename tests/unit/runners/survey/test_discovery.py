"""Where a project is found on disk, and what is found first of several."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from djbench.errors import UsageError
from runners.survey.discovery import DJBENCHS_OWN, find_project, settings_in
from tests.unit.trees import a_tree

MANAGE = """
import os
def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings.dev")
"""
PROJECT: Mapping[str, str] = {
    "manage.py": MANAGE,
    "mysite/settings/dev.py": "",
    "mysite/wsgi.py": "application = get_wsgi_application()",
    "mysite/asgi.py": "from mysite.routing import application",
}
AN_ENVIRONMENT = {"pyvenv.cfg": "", "bin/python": ""}


def environment_in(name: str) -> dict[str, str]:
    return {f"{name}/{file}": text for file, text in AN_ENVIRONMENT.items()}


@pytest.mark.parametrize(
    ("source", "module"),
    [
        (MANAGE, "mysite.settings.dev"),
        ("import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'", "shop.settings"),
        ("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', name)", ""),
        ("import os\nos.environ.setdefault('LANG', 'C')", ""),
        ("def broken(:", ""),
        ("\0", ""),
    ],
)
def test_the_settings_that_a_manage_py_names(source: str, module: str) -> None:
    assert settings_in(source) == module


def test_a_project_is_found(tmp_path: Path) -> None:
    project = find_project(a_tree(tmp_path, PROJECT), {})
    assert (project.folder, project.home, project.managed) == (tmp_path, tmp_path, True)
    assert (project.settings, project.settings_source) == ("mysite.settings.dev", "manage.py")
    assert project.python == Path(sys.executable)
    assert project.check_command == f"cd {tmp_path} && {sys.executable} manage.py check --settings mysite.settings.dev"


def test_the_command_that_shows_why_can_be_typed_in_a_folder_with_spaces(tmp_path: Path) -> None:
    folder = tmp_path / "my shop"
    folder.mkdir()
    assert find_project(a_tree(folder, PROJECT), {}).check_command.startswith(f"cd '{folder}' && ")


def test_applications_are_where_settings_name_them_or_beside_the_settings(tmp_path: Path) -> None:
    project = find_project(a_tree(tmp_path, {**PROJECT, "other/entry.py": "app = 1"}), {})
    assert project.application("wsgi", "") == "mysite.wsgi:application"
    assert project.application("asgi", "") == "mysite.asgi:application"
    assert project.application("wsgi", "other.entry.app") == "other.entry:app"
    assert project.application("wsgi", "other.entry.missing") == "mysite.wsgi:application"
    assert project.application("wsgi", "installed.wsgi.application") == "installed.wsgi:application"
    (tmp_path / "mysite" / "asgi.py").write_text("print('no application here')")
    assert project.application("asgi", "") is None


def test_settings_that_are_deployed_are_known_by_the_application(tmp_path: Path) -> None:
    project = find_project(a_tree(tmp_path, PROJECT), {})
    applications = ("mysite.wsgi:application", "mysite.asgi:application")
    assert project.deployed_settings(applications) == ""
    (tmp_path / "mysite" / "wsgi.py").write_text(MANAGE.replace("dev", "production"))
    assert project.deployed_settings(applications) == "mysite.settings.production"


def test_what_somebody_chose_counts_before_what_is_there(tmp_path: Path) -> None:
    tree = a_tree(tmp_path, {**PROJECT, "pyproject.toml": '[tool.django-stubs]\ndjango_settings_module = "a.b"'})
    variables = {"DJANGO_SETTINGS_MODULE": "mysite.settings.variable"}
    assert find_project(tree, variables, settings="mysite.settings.chosen").settings == "mysite.settings.chosen"
    assert find_project(tree, variables).settings == "mysite.settings.variable"
    (tree / "manage.py").unlink()
    project = find_project(tree, {})
    assert (project.settings, project.settings_source, project.managed) == ("a.b", "pyproject.toml", False)
    assert project.check_command.endswith("-c 'import a.b'")


def test_a_manage_py_in_the_one_folder_below_is_found(tmp_path: Path) -> None:
    tree = a_tree(tmp_path, {f"src/{name}": text for name, text in PROJECT.items()})
    project = find_project(tree, {})
    assert (project.folder, project.home) == (tmp_path, tmp_path / "src")
    assert project.application("wsgi", "") == "mysite.wsgi:application"


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({"README": ""}, r"has no Django project: there is no manage.py in it or in a folder below; name the project"),
        ({"a/manage.py": MANAGE, "b/manage.py": MANAGE}, r"has several projects \(a, b\); name one: djbench init a"),
        ({"manage.py": "print()"}, r"manage.py names no settings module; name it with --settings"),
    ],
)
def test_what_is_no_project_is_refused(tmp_path: Path, files: Mapping[str, str], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        find_project(a_tree(tmp_path, files), {})


def test_a_folder_inside_a_project_names_the_project(tmp_path: Path) -> None:
    tree = a_tree(tmp_path, PROJECT)
    with pytest.raises(UsageError, match=f"did you mean {tree}"):
        find_project(tree / "mysite", {})


@pytest.mark.parametrize(
    ("folders", "variables", "python"),
    [
        ((".venv", "venv"), {}, ".venv/bin/python"),
        (("venv",), {"VIRTUAL_ENV": "{tmp}/active"}, "venv/bin/python"),
        ((".uv", ".venv"), {"UV_PROJECT_ENVIRONMENT": ".uv"}, ".uv/bin/python"),
        (("active",), {"VIRTUAL_ENV": "{tmp}/active"}, "active/bin/python"),
    ],
)
def test_which_environment_is_the_projects(
    tmp_path: Path, folders: tuple[str, ...], variables: dict[str, str], python: str
) -> None:
    files = {name: text for folder in folders for name, text in environment_in(folder).items()}
    tree = a_tree(tmp_path, {**PROJECT, **files})
    variables = {name: value.format(tmp=tmp_path) for name, value in variables.items()}
    assert find_project(tree, variables).python == tmp_path / python


@pytest.mark.parametrize("variables", [{}, {"VIRTUAL_ENV": sys.prefix}])
def test_without_an_environment_of_the_project_djbenchs_own_python_is_taken(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    project = find_project(a_tree(tmp_path, PROJECT), variables)
    assert (project.python, project.python_source) == (Path(sys.executable), DJBENCHS_OWN)


def test_an_environment_at_the_top_of_the_checkout_is_found(tmp_path: Path) -> None:
    inside = {f"services/shop/{name}": text for name, text in PROJECT.items()}
    tree = a_tree(tmp_path, {**inside, **environment_in(".venv"), ".git/HEAD": ""})
    assert find_project(tree / "services" / "shop", {}).python == tmp_path / ".venv/bin/python"


def test_an_interpreter_can_be_chosen_by_its_environment_or_its_name(tmp_path: Path) -> None:
    tree = a_tree(tmp_path, {**PROJECT, **environment_in("mine")})
    assert find_project(tree, {}, python=str(tree / "mine")).python == tmp_path / "mine/bin/python"
    assert find_project(tree, {}, python="sh").python.name == "sh"
    with pytest.raises(UsageError, match=r"--python nowhere/python: there is no such interpreter; give a path"):
        find_project(tree, {}, python="nowhere/python")
