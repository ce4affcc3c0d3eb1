"""Overlays: what an interpreter lacks, in a folder of djbench's, installed by uv from wheels of the test's own."""

import os
import subprocess
import venv
from dataclasses import replace
from pathlib import Path

import pytest

from djbench.supply import Overlay
from runners.machine.software import interpreter_facts
from runners.servers.packages.overlays import overlay_with
from runners.servers.packages.supplies import supplied
from runners.servers.packages.wheels import NoIndex, NoWheels
from runners.servers.registry import SERVERS
from runners.targets.built_in import built_in
from runners.targets.shim_contract import LAUNCHER, PACKAGES, SHIM_FOLDER
from tests.integration.environments import Environment, write_wheel
from tests.integration.project_page import checksum

SERVER = """
import multiprocessing, sys, beside_it, of_the_project

def child(which):
    import beside_it
    print(which, beside_it.NAME, flush=True)

def main():
    print(*sys.argv[1:], of_the_project.NAME, flush=True)
    for start in ("fork", "spawn"):
        process = multiprocessing.get_context(start).Process(target=child, args=(start,))
        process.start()
        process.join()

if __name__ == "__main__":
    main()
"""
SCRIPT = "#!python\nfrom the_server import main\nif __name__ == '__main__':\n    main()\n"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """An environment with one package, without pip."""
    venv.create(tmp_path / "venv", with_pip=False)
    made = Environment(folder=tmp_path / "venv")
    made.install(wheel(tmp_path, "of_the_project", {"of_the_project.py": "NAME = 'own'"}))
    return made


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which pip is told to look, and nowhere else. It has a server, and what that needs."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    server = {"the_server.py": SERVER, "the_server-1.data/scripts/the-server": SCRIPT}
    wheel(folder, "the_server", server, needs=("of-the-project>=1", "beside-it"))
    wheel(folder, "of_the_project", {"of_the_project.py": "NAME = 'newer'"}, version=2)
    wheel(folder, "beside_it", {"beside_it.py": "NAME = 'overlay'", "of_the_project.py": "NAME = 'hidden'"})
    return folder


def wheel(folder: Path, name: str, files: dict[str, str], version: int = 1, needs: tuple[str, ...] = ()) -> Path:
    write_wheel(folder, name, files, version, needs)
    return folder / f"{name}-{version}-py3-none-any.whl"


def overlay_of(environment: Environment, *wanted: str) -> Overlay:
    interpreter = str(environment.python)
    return overlay_with(frozenset(wanted), interpreter, interpreter_facts(interpreter))


def kept(tmp_path: Path) -> list[str]:
    """What is in the cache."""
    return [path.name for path in (tmp_path / "cache" / "djbench" / "overlays").glob("*")]


@pytest.mark.usefixtures("wheels")
def test_it_has_what_the_interpreter_lacks_and_nothing_that_it_has(environment: Environment, tmp_path: Path) -> None:
    before = checksum(environment.folder)
    overlay = overlay_of(environment, "the-server")
    assert overlay.packages == {"the-server": "1", "beside-it": "1"}
    assert checksum(environment.folder) == before
    assert kept(tmp_path) == [overlay.folder.name]


def test_it_is_made_once_for_the_same_packages_and_again_for_others(environment: Environment, wheels: Path) -> None:
    overlay = overlay_of(environment, "the-server")
    (wheels / "the_server-1-py3-none-any.whl").unlink()
    assert overlay_of(environment, "the-server") == overlay
    assert overlay_of(environment, "beside-it").folder != overlay.folder
    environment.install(wheels / "beside_it-1-py3-none-any.whl")
    with pytest.raises(NoWheels, match="the-server"):
        overlay_of(environment, "the-server")


def test_a_server_that_needs_another_version_of_a_package_than_the_project_has_is_named_with_it(
    environment: Environment, wheels: Path, tmp_path: Path
) -> None:
    wheel(wheels, "the_server", {}, needs=("of-the-project>=2",))
    with pytest.raises(NoWheels) as refused:
        overlay_of(environment, "the-server")
    assert "the-server depend on of-the-project>=2 and of-the-project==1" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert kept(tmp_path) == []


@pytest.mark.usefixtures("wheels")
def test_an_index_that_does_not_answer_is_one_line_without_its_address(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "0")
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:secret@127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(NoIndex, match=r"^(Request failed|Failed to fetch).*refused") as refused:
        overlay_of(environment, "the-server")
    assert "127.0.0.1" not in str(refused.value)
    assert "\n" not in str(refused.value)
    assert kept(tmp_path) == []


@pytest.mark.usefixtures("wheels")
def test_a_package_that_is_installed_and_cannot_be_imported_is_not_installed_again(environment: Environment) -> None:
    with pytest.raises(NoWheels, match="they are installed there, and Python does not find their modules"):
        overlay_of(environment, "of-the-project")


@pytest.mark.usefixtures("wheels")
def test_what_a_killed_process_has_left_is_removed(environment: Environment, tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "djbench" / "overlays"
    old, new = (
        folder / "0123.unfinished-a",
        folder / "0123.unfinished-b",
    )  # another djbench can be at work on the new one
    for leftover in (old, new):
        leftover.mkdir(parents=True)
    os.utime(old, (0, 0))
    overlay = overlay_of(environment, "the-server")
    assert sorted(kept(tmp_path)) == sorted([new.name, overlay.folder.name])


@pytest.mark.usefixtures("wheels")
def test_a_cache_that_cannot_be_written_is_one_line(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(NoWheels, match=r"^Not a directory: "):
        overlay_of(environment, "the-server")


@pytest.mark.usefixtures("wheels")
@pytest.mark.parametrize("kind", ["module", "code", "script"])
def test_a_server_of_an_overlay_finds_the_project_s_packages_first_in_each_of_its_processes(
    environment: Environment, tmp_path: Path, kind: str
) -> None:
    overlay = overlay_of(environment, "the-server")
    program = overlay.program("the-server")
    commands = {
        "module": ("-m", "the_server"),
        "code": ("-c", "import the_server; the_server.main()"),
        "script": (str(program),),
    }
    done = subprocess.run(
        [environment.python, "-m", LAUNCHER, *commands[kind], "--port", "1"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SHIM_FOLDER), PACKAGES: str(overlay.folder)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["--port 1 own", "fork overlay", "spawn overlay"]


@pytest.mark.usefixtures("wheels")
def test_servers_of_a_project_are_left_out_with_the_reason_and_the_others_remain(environment: Environment) -> None:
    project = replace(built_in(), interpreter=str(environment.python), overlaid=True)
    servers = [
        replace(SERVERS["uvicorn-pure"], name=name, modules={name.replace("-", "_"): name})
        for name in ("the-server", "no-such-server", "of-the-project")
    ]
    said: list[str] = []
    target, lacks = supplied(project, [server.spec({}) for server in servers], said.append)
    assert len(said) == 1
    assert said[0].startswith("installing no-such-server, the-server for Python 3.")
    assert list(target.supplies) == ["the-server", "of-the-project"]
    assert target.supply("the-server").origins(["the-server", "of-the-project"]) == [
        *("the-server 1 (overlay)", "of-the-project 1"),
    ]
    assert target.supply("of-the-project").overlay is None
    assert list(lacks) == ["no-such-server"]
    assert lacks["no-such-server"].reason.startswith("no-such-server cannot be installed for Python 3.")
