"""How to run a server as it was measured: the same settings as in the measurement, in a form that can be copied."""

import ast
import configparser
import itertools
import shlex
import tomllib

import pytest

from results.advising.deployment import NOT_FOR_PRODUCTION, deployment
from runners.servers.registry import SERVERS, parse_server

GUNICORN = [name for name in SERVERS if name.startswith("gunicorn")]
# What a measurement needs and a site does not.
ONLY_MEASURED = {"--no-control-socket", "--graceful-timeout", "--log-level"}


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
    found = deployment(str(spec), spec.server.interface)
    if name in NOT_FOR_PRODUCTION:
        assert found is None
    else:
        assert found is not None
        assert str(spec) in (found.text or "")
        assert f"yourproject.{spec.server.interface}:application" in f"{found.command} {found.text}"


@pytest.mark.parametrize("name", GUNICORN)
def test_a_gunicorn_file_sets_what_the_measured_command_line_set(name: str) -> None:
    spec = parse_server(f"{name}:workers=3")
    found = deployment(str(spec), spec.server.interface)
    assert found is not None
    settings = settings_of(found.text or "")
    words = [word for word in spec.shown_command() if word not in ("python", "-m", "gunicorn")]
    measured = dict(itertools.pairwise(words))
    options = {word for word in words if word.startswith("--")} - ONLY_MEASURED
    names = {option: option.removeprefix("--").replace("-", "_") for option in options}
    names["--keep-alive"] = "keepalive"
    assert {measured[option] for option in options} == {str(settings[names[option]]) for option in options}
    assert {names[option] for option in options} | {"wsgi_app"} == set(settings)


@pytest.mark.parametrize(
    "name",
    [n for n in SERVERS if n not in GUNICORN and n not in NOT_FOR_PRODUCTION and n not in ("hypercorn", "uwsgi")],
)
def test_a_unit_starts_the_server_as_it_was_measured(name: str) -> None:
    spec = parse_server(name)
    found = deployment(str(spec), spec.server.interface)
    assert found is not None
    program, *arguments = shlex.split(found.command)
    interpreter, *measured = spec.shown_command()
    assert interpreter == "python"
    if measured[0] == "-m":
        assert program.removesuffix("-serve") == measured[1]
        measured = measured[2:]
    assert arguments == measured
    (start,) = [line for line in (found.text or "").splitlines() if line.startswith("ExecStart=")]
    assert shlex.split(start)[0].endswith(f"/{program}")
    assert shlex.split(start)[1:] == arguments


def test_uwsgis_file_has_the_measured_options() -> None:
    spec = parse_server("uwsgi:workers=2,threads=8")
    found = deployment(str(spec), "wsgi")
    assert found is not None
    parser = configparser.ConfigParser(delimiters=("=",))
    parser.read_string(found.text or "")
    written = dict(parser["uwsgi"])
    words = [word for part in spec.shown_command()[1:] for word in part.split("=", 1)]
    measured = {}
    for word, following in itertools.zip_longest(words, words[1:], fillvalue="--"):
        if word.startswith("--"):
            measured[word.removeprefix("--")] = "true" if following.startswith("--") else following
    assert written == measured


def test_hypercorns_file_is_toml_with_the_measured_settings() -> None:
    spec = parse_server("hypercorn:workers=2,loop=uvloop")
    found = deployment(str(spec), "asgi")
    assert found is not None
    settings = tomllib.loads(found.text or "")
    words = spec.shown_command()
    assert settings["workers"] == 2
    assert settings["worker_class"] == "uvloop" == words[words.index("--worker-class") + 1]
    assert settings["keep_alive_timeout"] == int(words[words.index("--keep-alive") + 1])
    assert settings["backlog"] == int(words[words.index("--backlog") + 1])
    assert f"keep_alive_max_requests={settings['keep_alive_max_requests']}" in words[words.index("-c") + 1]


def test_a_server_from_outside_is_run_by_the_command_line_of_the_record() -> None:
    measured = ("python", "-m", "mine", "--bind", "127.0.0.1:8000", "yourproject.wsgi:application")
    found = deployment("./mine.toml:workers=2", "wsgi", measured)
    assert found is not None
    assert (found.command, found.file) == (shlex.join(measured), None)
    assert deployment("./mine.toml:workers=2", "wsgi") is None


@pytest.mark.parametrize(
    "server",
    [
        'gunicorn-sync:workers=__import__("os")',
        "gunicorn-sync:workers=1\nimport os",
        "gunicorn-sync",
        "uvicorn:workers=1",
    ],
)
def test_what_no_djbench_of_this_kind_wrote_gets_into_no_file(server: str) -> None:
    assert deployment(server, "wsgi") is None
