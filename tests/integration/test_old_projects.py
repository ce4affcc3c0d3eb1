"""A project on Python 3.9 and Django 4.2, under every server that can run there; its environment stays as it is."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from djbench.server import ServerSpec
from djbench.target import Fact, Target
from runners.hosts.workspace import Workspace
from runners.servers.instance import running_server
from runners.servers.lookup import parse_server
from runners.servers.packages.supplies import Lack, supplied
from runners.servers.registry import SERVERS
from runners.targets.describing.description import read_target
from tests.integration.conftest import djbench_here
from tests.integration.environments import Environment, interpreter_of
from tests.integration.project_page import checksum

pytestmark = pytest.mark.usefixtures("nothing_left")

# What the project pins: its own version of a server, which lacks options of today.
PINNED = "gunicorn==21.2.0"
# Each way to start: -m that forks, -m and -c that spawn, a script, and an app of Django's.
KINDS = ("gunicorn-gthread:workers=2", "uvicorn-pure:workers=2", "hypercorn:workers=2", "uwsgi", "runserver-asgi")
FILES = {
    "shop/__init__.py": "",
    "shop/settings.py": """
SECRET_KEY = "a project of a test"
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["django.contrib.contenttypes"]
""",
    "shop/urls.py": """
from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("", lambda request: HttpResponse("open"))]
""",
    "djbench.toml": """
settings = "shop.settings"
python = "../venv/bin/python"
database = "none"
overrides = { ALLOWED_HOSTS = ["*"] }
requests.home.path = "/"
""",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, with its environment beside it."""
    interpreter = interpreter_of("3.9")
    if interpreter is None:
        pytest.skip("no Python 3.9 here; get it with: uv python install 3.9")
    place = tmp_path_factory.mktemp("old")
    Environment.with_packages(place / "venv", interpreter, "django~=4.2.0", PINNED)
    for name, text in FILES.items():
        (place / "shop" / name).parent.mkdir(parents=True, exist_ok=True)
        (place / "shop" / name).write_text(text)
    return place


@pytest.fixture(scope="module")
def lacks() -> dict[str, Lack]:
    """The servers that cannot run there."""
    return {}


@pytest.fixture(scope="module")
def target(folder: Path, lacks: dict[str, Lack]) -> Iterator[Target]:
    """The project with all servers; it and its environment are as before in the end."""
    before = checksum(folder)
    specs = [server.spec({}) for server in SERVERS.values()]
    target, lacking = supplied(read_target(folder / "shop" / "djbench.toml"), specs, print)
    lacks.update(lacking)
    yield target
    assert checksum(folder) == before


def answers(spec: ServerSpec, target: Target) -> bytes:
    """What it answers under a server."""
    with Workspace("old") as workspace:
        environment = {**target.environment, **target.variables_for({Fact.RUN: workspace.run})}
        with running_server(spec, target, workspace, environment=environment, cpus=(), log="server") as server:
            assert server.health["interface"] == spec.server.interface
            return server.ask(target.probe.request("view"), 10).body


def test_its_own_version_serves_and_what_that_lacks_is_named_with_the_option(
    target: Target, lacks: dict[str, Lack]
) -> None:
    reason = "gunicorn 21.2.0 does not know --worker-class asgi; it needs gunicorn 24.0 or newer"
    assert {name: str(lack) for name, lack in lacks.items()} == {"gunicorn-asgi": reason}
    assert target.supply("gunicorn-gthread").overlay is None
    assert target.supply("gunicorn-gevent").origins(["gunicorn"]) == ["gunicorn 21.2.0"]
    overlay = target.supply("gunicorn-gevent").overlay
    assert overlay is not None
    assert "gevent" in overlay.packages
    assert "gunicorn" not in overlay.packages


@pytest.mark.usefixtures("target")
def test_doctor_and_list_say_which_version_a_server_has_there(folder: Path) -> None:
    lines = djbench_here("doctor", cwd=folder / "shop").stdout.splitlines()
    assert "ok    server gunicorn-gthread: gunicorn 21.2.0" in lines
    assert any(re.fullmatch(r"ok    server waitress: waitress [\d.]+ \(overlay\)", line) for line in lines)
    assert any(re.match(r"ok    Python: 3\.9\..*, Django 4\.2\.", line) for line in lines)
    servers = json.loads(djbench_here("list", "servers", "--json", cwd=folder / "shop").stdout)
    assert [server["name"] for server in servers if not server["installed"]] == ["gunicorn-asgi"]


@pytest.mark.parametrize("spec", KINDS)
def test_a_server_of_each_kind_serves_it(target: Target, spec: str) -> None:
    assert answers(parse_server(spec), target) == b"open"


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in SERVERS if name != "gunicorn-asgi"])
def test_every_other_server_serves_it(target: Target, name: str) -> None:
    assert answers(SERVERS[name].spec({}), target) == b"open"
