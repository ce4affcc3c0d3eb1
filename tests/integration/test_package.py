"""The wheel, alone in a fresh environment: what it holds, and that it works wherever it is installed and started."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests import ROOT
from tests.integration.conftest import SHORT
from tests.integration.environments import ROOMS, Environment, write_shop

MEASURE = ("run", "--server", "gunicorn-sync", "--pattern", "plain", "--style", "async", *SHORT)
# A request to each app of the project through its WSGI application, as a server makes it.
ASK = """
from wsgiref.util import setup_testing_defaults
from shop.wsgi import application

for name in ("results", "runners", "scenarios", "target_site"):
    environ = {"PATH_INFO": f"/{name}/", "HTTP_HOST": "testserver"}
    setup_testing_defaults(environ)
    print(b"".join(application(environ, lambda status, headers: print(status, end=" "))).decode())
"""


def contents(wheel: Path) -> dict[str, int]:
    """A wheel's files, each with its checksum, but for the list of them."""
    return {file.filename: file.CRC for file in zipfile.ZipFile(wheel).infolist() if "/RECORD" not in file.filename}


def test_the_wheel_holds_the_packages_and_their_data_and_nothing_else(wheel: Path) -> None:
    names = contents(wheel)
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"djbench"}
    for needed in (
        "djbench/py.typed",
        "djbench/_rooms/runners/planning/profiles/quick.toml",
        "djbench/_rooms/results/reporting/templates/report.html.jinja",
        "djbench/_rooms/results/reporting/templates/report.js",
        "djbench/_rooms/scenarios/locustfile.py",
        "djbench/_rooms/runners/targets/shim/djbench_shim/settings.py",
        "djbench/_site/target_site/templates/target_site/template.html",
    ):
        assert needed in names
    assert not [name for name in names if name.startswith("djbench/_rooms/results/runs") or "__pycache__" in name]


def test_a_source_distribution_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    build = "import sys; from hatchling.build import build_sdist; print(build_sdist(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    source = tmp_path / done.stdout.strip().splitlines()[-1]
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(source)], check=True, timeout=120)
    (rebuilt,) = tmp_path.glob("djbench-*.whl")
    assert contents(rebuilt) == contents(wheel)


def test_the_installed_wheel_runs_from_an_empty_directory(installed: Environment, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert len(json.loads(installed.run(installed.djbench, "list", "servers", "--json", cwd=empty).stdout)) >= 6
    lines = installed.run(installed.djbench, *MEASURE, cwd=empty).stdout.strip().splitlines()
    report = empty / lines[-1].removeprefix("report: ")
    assert report.is_file()
    assert report.parent.parent == empty / "results" / "runs"
    assert [path.name for path in empty.iterdir()] == ["results"]


@pytest.fixture(scope="module")
def shop(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A Django project with apps of our rooms' names, and the wheel installed in its environment.

    The project lies in ``shop`` in the environment's folder, and its apps can be imported from everywhere.
    """
    environment = Environment.made(tmp_path_factory.mktemp("shop") / "venv")
    environment.install(wheel)
    project = environment.folder / "project"
    project.mkdir()
    write_shop(project)
    environment.add_path("shop", project)
    return environment


def test_a_project_with_apps_of_our_rooms_names_works_beside_djbench(shop: Environment) -> None:
    project = shop.folder / "project"
    for command in (("makemigrations", *ROOMS), ("migrate",), ("check",)):
        shop.run(shop.python, "-W", "error", "manage.py", *command, cwd=project)
    (project / "asking.py").write_text(ASK)
    expected = [f"200 OK {app}.Row: 1" for app in ROOMS]
    assert shop.run(shop.python, "asking.py", cwd=project).stdout.splitlines() == expected


@pytest.mark.parametrize("isolated", [True, False], ids=["djbench", "python -m djbench"])
def test_djbench_measures_beside_such_a_project_and_in_its_directory(shop: Environment, isolated: bool) -> None:
    project = shop.folder / "project"
    command = (shop.djbench,) if isolated else (shop.python, "-m", "djbench")
    directory = f"run-{isolated}"
    shop.run(*command, *MEASURE, "--run-dir", directory, cwd=project)
    (trial, *_) = sorted((project / directory / "trials").glob("*.json"))
    assert json.loads(trial.read_text())["measurement"]["errors"] == {}
    assert (project / directory / "report.html").is_file()


def test_an_editable_install_sees_edits_and_leaves_no_copy(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    for file in subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines():
        (checkout / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, checkout / file)
    environment = Environment.made(tmp_path / "venv")
    environment.install("--editable", checkout)
    assert not [path for path in environment.packages.glob("djbench*") if ".dist-info" not in path.name]
    assert not (checkout / "djbench" / "_rooms").exists()
    listing = checkout / "runners" / "cli" / "commands" / "listing.py"
    listing.write_text(listing.read_text().replace('KINDS = ("servers"', 'KINDS = ("hosts", "servers"'))
    done = subprocess.run([environment.djbench, "list", "host"], cwd=tmp_path, capture_output=True, text=True)
    assert "did you mean 'hosts'" in done.stderr


PLUGIN = '''
"""A package's module that offers a server and a pattern, and a scenario for Locust."""

from djbench import Parameter, Pattern, Server, SpecError, Value
from djbench.lean import LeanHttpUser, Reply

BACKLOG = Parameter(name="backlog", default=2048, minimum=1, summary="connections waiting to be accepted")
SERVER = Server(
    name="mine",
    summary="mine",
    interface="asgi",
    arguments=("{host}:{port}", "{application}"),
    modules={"mine": "mine"},
    parameters=(BACKLOG,),
)
PATTERN = Pattern(name="mine", summary="mine", styles={"sync": "def view"}, views="mine_views")


def backlog(text: str) -> Value | None:
    try:
        return BACKLOG.parse(text)
    except SpecError:
        return None


class Visitor(LeanHttpUser):
    def visit(self) -> Reply:
        return self.client.get("/", expected_status=200)
'''
MISTAKE = """
from djbench.lean import LeanHttpUser

SERVER_OF_NO_KIND: Server = Pattern(name="mine", summary="mine", styles={})
Visitor.timeout_s = "long"
"""


def test_a_package_is_checked_against_our_types(installed: Environment, tmp_path: Path) -> None:
    def checked(text: str) -> "subprocess.CompletedProcess[str]":
        (tmp_path / "mine.py").write_text(text)
        mypy = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(installed.python), "mine.py"]
        return subprocess.run(mypy, cwd=tmp_path, capture_output=True, text=True, timeout=300)

    assert checked(PLUGIN).stdout == "Success: no issues found in 1 source file\n"
    mistakes = checked(PLUGIN + MISTAKE).stdout
    assert 'expression has type "Pattern", variable has type "Server"' in mistakes
    assert 'expression has type "str", variable has type "float"' in mistakes
