"""What servers need of an interpreter: which of them can run there, and what installs the rest."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from djbench.errors import UsageError
from djbench.server import Server
from runners.servers.installed import command_line, missing
from runners.servers.lookup import parse_server
from runners.servers.registry import SERVERS

INSTALL = f"{sys.executable} -m pip install"


def lacking(modules: dict[str, str]) -> Server:
    return replace(SERVERS["uvicorn"], name=f"with {', '.join(modules)}", modules=modules)


def test_a_missing_package_is_named_with_the_command_that_installs_it() -> None:
    both = lacking({"no_such_module": "some-package", "uvicorn": "uvicorn"})
    assert missing([both, SERVERS["uvicorn"]], sys.executable) == {both.name: f"{INSTALL} some-package"}


@pytest.mark.parametrize("module", ["no_such_package.part", "djbench.server.part"])
def test_a_module_of_a_package_that_is_not_there_is_missing(module: str) -> None:
    server = lacking({module: "some-package"})
    assert missing([server], sys.executable) == {server.name: f"{INSTALL} some-package"}


def test_a_missing_program_is_named_with_where_to_put_it() -> None:
    server = replace(SERVERS["uwsgi"], program="no-such-program-here", modules={})
    assert missing([server], sys.executable) == {"uwsgi": "put no-such-program-here on the PATH"}


def test_packages_are_those_of_the_interpreter_that_serves(tmp_path: Path) -> None:
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    bare.chmod(0o755)
    assert missing([SERVERS["uvicorn"]], sys.executable) == {}
    assert missing([SERVERS["uvicorn"]], str(bare)) == {
        "uvicorn": f"{bare} -m pip install httptools uvicorn uvloop websockets"
    }


def test_an_interpreter_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none/python does not say which modules it has"):
        missing([SERVERS["uvicorn"]], str(tmp_path / "none" / "python"))


def test_a_program_beside_the_interpreter_comes_before_one_on_the_path(tmp_path: Path) -> None:
    (tmp_path / "uwsgi").touch()
    beside = command_line(parse_server("uwsgi"), str(tmp_path / "python"), host="127.0.0.1", port=1, application="a:b")
    assert beside[0] == str(tmp_path / "uwsgi")
