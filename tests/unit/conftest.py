"""Unit tests are pure: none of them starts a process or uses a socket."""

import socket
import subprocess
from typing import NoReturn

import pytest


def _refuse(*_: object, **__: object) -> NoReturn:
    pytest.fail("a unit test starts no process and uses no socket; put the test in tests/integration")


@pytest.fixture(autouse=True)
def pure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the test that is not."""
    monkeypatch.setattr(subprocess.Popen, "_execute_child", _refuse)
    for method in ("bind", "connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, method, _refuse)
