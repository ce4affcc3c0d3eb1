"""What servers need of an interpreter: which of them can run there, and what installs the rest."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from djbench.errors import UsageError
from djbench.server import Server, ServerSpec, Since
from djbench.supply import Supply
from runners.servers.installed import command_line
from runners.servers.lookup import parse_server
from runners.servers.packages.supplies import Lack, prospects, supplied
from runners.servers.registry import SERVERS
from runners.targets.built_in import built_in

INSTALL = f"a package is missing; install it with: {sys.executable} -m pip install"


def lacking(modules: dict[str, str]) -> Server:
    return replace(SERVERS["uvicorn"], name=f"with {', '.join(modules)}", modules=modules)


def lacks(*servers: Server, interpreter: str = sys.executable) -> dict[str, str]:
    """What the servers lack, by name, without those that lack nothing."""
    outlook = prospects(replace(built_in(), interpreter=interpreter), specs(*servers))
    return {name: str(prospect) for name, prospect in outlook.items() if isinstance(prospect, Lack)}


def specs(*servers: Server) -> list[ServerSpec]:
    return [server.spec({}) for server in servers]


def test_a_missing_package_is_named_with_the_command_that_installs_it() -> None:
    both = lacking({"no_such_module": "some-package", "uvicorn": "uvicorn"})
    assert lacks(both, SERVERS["uvicorn"]) == {both.name: f"{INSTALL} some-package"}


@pytest.mark.parametrize("module", ["no_such_package.part", "djbench.server.part"])
def test_a_module_of_a_package_that_is_not_there_is_missing(module: str) -> None:
    server = lacking({module: "some-package"})
    assert lacks(server) == {server.name: f"{INSTALL} some-package"}


def test_a_missing_program_is_named_with_where_to_put_it() -> None:
    server = replace(SERVERS["uwsgi"], program="no-such-program", modules={})
    assert lacks(server) == {"uwsgi": "there is no no-such-program; put no-such-program on the PATH"}


def test_packages_are_those_of_the_interpreter_that_serves(tmp_path: Path) -> None:
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    bare.chmod(0o755)
    assert lacks(SERVERS["uvicorn"]) == {}
    assert lacks(SERVERS["uvicorn"], interpreter=str(bare)) == {
        "uvicorn": f"a package is missing; install it with: {bare} -m pip install httptools uvicorn uvloop websockets"
    }


def test_an_interpreter_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none/python does not say what it is"):
        lacks(SERVERS["uvicorn"], interpreter=str(tmp_path / "none" / "python"))


def test_a_program_beside_the_interpreter_comes_before_one_on_the_path(tmp_path: Path) -> None:
    (tmp_path / "uwsgi").touch()
    target = replace(built_in(), interpreter=str(tmp_path / "python"))
    assert command_line(parse_server("uwsgi"), target, host="127.0.0.1", port=1)[0] == str(tmp_path / "uwsgi")


def test_a_server_that_is_too_old_for_an_option_is_named_with_it() -> None:
    since = {"--ws websockets-sansio": Since(package="uvicorn", version="1000")}
    (reason,) = lacks(replace(SERVERS["uvicorn"], since=since)).values()
    assert "does not know --ws websockets-sansio; it needs uvicorn 1000 or newer" in reason


def test_an_option_that_older_versions_can_do_without_is_not_given_to_them() -> None:
    since = {"--ws websockets-sansio": Since(package="uvicorn", version="1000", dispensable=True)}
    spec = replace(SERVERS["uvicorn"], since=since).spec({})
    target, nothing = supplied(built_in(), [spec], pytest.fail)
    assert nothing == {}
    assert "--ws" not in command_line(spec, target, host="127.0.0.1", port=1)
    assert target.supplies["uvicorn"].origins(["uvicorn"]) == [f"uvicorn {target.supplies['uvicorn'].own['uvicorn']}"]


def test_nothing_is_laid_beside_what_has_everything() -> None:
    target, _ = supplied(built_in(), specs(SERVERS["uvicorn"]), pytest.fail)
    assert target.supplies == {"uvicorn": Supply(own=target.supplies["uvicorn"].own)}
