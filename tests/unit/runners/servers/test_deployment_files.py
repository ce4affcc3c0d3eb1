"""The files that deploy our servers: the same settings as in the measurement, in a form that can be copied."""

import ast
import configparser
import itertools
import shlex
import tomllib

import pytest

from djbench.deployed_project import DeployedProject
from djbench.server import DeploymentFile, ServerSpec
from runners.servers.lookup import parse_server
from runners.servers.registry import SERVERS

GUNICORN = [name for name in SERVERS if name.startswith("gunicorn")]
MYSITE = DeployedProject(
    name="My site",
    settings="conf.production",
    applications={"wsgi": "conf.entry:serve"},
    working_directory="backend",
)
# What a measurement needs and a site does not.
ONLY_MEASURED = {"--no-control-socket", "--graceful-timeout", "--log-level"}


def written(spec: ServerSpec) -> DeploymentFile:
    """The file that deploys this configuration."""
    file = spec.deployment()
    assert file is not None
    return file


def settings_of(text: str) -> dict[str, object]:
    """The names that a Python file of assignments sets."""
    found = {}
    for node in ast.parse(text).body:
        assert isinstance(node, ast.Assign)
        (target,) = node.targets
        assert isinstance(target, ast.Name)
        found[target.id] = ast.literal_eval(node.value)
    return found


@pytest.mark.parametrize("name", SERVERS)
def test_every_server_of_ours_but_the_development_server_can_be_deployed(name: str) -> None:
    spec = parse_server(name)
    if spec.server.unfit:
        assert spec.server.deployment is None
    else:
        file = written(spec)
        assert str(spec) in file.text
        assert f"yourproject.{spec.server.interface}:application" in f"{file.command} {file.text}"


@pytest.mark.parametrize("name", GUNICORN)
def test_a_gunicorn_file_sets_what_the_measured_command_line_set(name: str) -> None:
    spec = parse_server(f"{name}:workers=3")
    file = written(spec)
    settings = settings_of(file.text)
    words = [word for word in spec.shown_command() if word not in ("python", "-m", "gunicorn")]
    measured = dict(itertools.pairwise(words))
    options = {word for word in words if word.startswith("--")} - ONLY_MEASURED
    names = {option: option.removeprefix("--").replace("-", "_") for option in options}
    names["--keep-alive"] = "keepalive"
    assert {measured[option] for option in options} == {str(settings[names[option]]) for option in options}
    assert {names[option] for option in options} | {"wsgi_app", "raw_env"} == set(settings)


@pytest.mark.parametrize(
    "name",
    [n for n in SERVERS if n not in GUNICORN and not SERVERS[n].unfit and n not in ("hypercorn", "uwsgi")],
)
def test_a_unit_starts_the_server_as_it_was_measured(name: str) -> None:
    spec = parse_server(name)
    file = written(spec)
    program, *arguments = file.command
    interpreter, *measured = spec.shown_command()
    assert interpreter == "python"
    if measured[0] == "-m":
        assert program.removesuffix("-serve") == measured[1]
        measured = measured[2:]
    assert arguments == measured
    (start,) = [line for line in file.text.splitlines() if line.startswith("ExecStart=")]
    assert shlex.split(start)[0].endswith(f"/{program}")
    assert shlex.split(start)[1:] == arguments


def test_uwsgis_file_has_the_measured_options() -> None:
    spec = parse_server("uwsgi:workers=2,threads=8")
    file = written(spec)
    parser = configparser.ConfigParser(delimiters=("=",))
    parser.read_string(file.text)
    options = dict(parser["uwsgi"])
    words = [word for part in spec.shown_command()[1:] for word in part.split("=", 1)]
    measured = {}
    for word, following in itertools.zip_longest(words, words[1:], fillvalue="--"):
        if word.startswith("--"):
            measured[word.removeprefix("--")] = "true" if following.startswith("--") else following
    assert options.pop("env") == "DJANGO_SETTINGS_MODULE=yourproject.settings"
    assert options == measured


@pytest.mark.parametrize("name", [name for name, server in SERVERS.items() if not server.unfit])
def test_a_file_names_the_readers_own_project(name: str) -> None:
    spec = parse_server(name)
    file = spec.deployment(MYSITE)
    assert file is not None
    application = {"wsgi": "conf.entry:serve", "asgi": "conf.asgi:application"}[spec.server.interface]
    assert application in f"{file.command} {file.text}"
    assert any(application in word for word in spec.shown_command(MYSITE))
    assert "yourproject" not in f"{file.name} {file.command} {file.text}"


def test_a_unit_starts_in_the_projects_folder_with_its_settings() -> None:
    file = parse_server("uvicorn").deployment(MYSITE)
    assert file is not None
    assert file.name == "My-site.service"
    lines = file.text.splitlines()
    assert "WorkingDirectory=/srv/My-site/backend" in lines
    assert "Environment=DJANGO_SETTINGS_MODULE=conf.production" in lines
    assert any(line.startswith("ExecStart=/srv/My-site/.venv/bin/uvicorn ") for line in lines)


def test_hypercorns_file_is_toml_with_the_measured_settings() -> None:
    spec = parse_server("hypercorn:workers=2,loop=uvloop")
    file = written(spec)
    settings = tomllib.loads(file.text)
    words = spec.shown_command()
    assert settings["workers"] == 2
    assert settings["worker_class"] == "uvloop" == words[words.index("--worker-class") + 1]
    assert settings["keep_alive_timeout"] == int(words[words.index("--keep-alive") + 1])
    assert settings["backlog"] == int(words[words.index("--backlog") + 1])
    assert f"keep_alive_max_requests={settings['keep_alive_max_requests']}" in words[words.index("-c") + 1]
