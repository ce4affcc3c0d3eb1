"""Which calls leave this machine, and what becomes of them."""

import socket
from pathlib import Path
from typing import Any

import pytest
from djbench_shim.calls import CallWatch, is_here


class Internet:
    """As a socket of this family, in an audit event."""

    family = socket.AF_INET


@pytest.fixture
def watched(tmp_path: Path) -> CallWatch:
    return CallWatch(str(tmp_path / "calls"), ["api.example.org"])


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "0.0.0.0", "localhost", "LOCALHOST.", "", "::1%lo"]
)
def test_this_machine_is_here(host: str) -> None:
    assert is_here(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "2001:db8::1", "::ffff:8.8.8.8", "example.org", "localhost.example.org"])
def test_others_are_not_here(host: str) -> None:
    assert not is_here(host)


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("socket.getaddrinfo", ("example.com", 80, 0, 0, 0)),
        ("socket.getaddrinfo", (b"example.com", "http", 0, 0, 0)),
        ("socket.gethostbyname", ("example.com",)),
        ("socket.connect", (Internet, ("example.com", 80))),
        ("socket.sendto", (Internet, ("example.com", 514))),
        ("socket.sendmsg", (Internet, ("example.com", 514))),
    ],
)
def test_a_call_to_another_host_is_noted_once_and_refused(
    watched: CallWatch, tmp_path: Path, event: str, arguments: tuple[Any, ...]
) -> None:
    for _ in range(2):
        with pytest.raises(OSError, match=r"refuses the call to example\.com; allow it with: --may-call example"):
            watched.audit(event, arguments)
    assert (tmp_path / "calls").read_text() == "example.com\n"


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("open", ("example.com", "r", 0)),
        ("socket.getaddrinfo", (None, 80, 0, 0, 0)),
        ("socket.getaddrinfo", ("API.example.org", 443, 0, 0, 0)),
        ("socket.connect", (Internet, ("127.0.0.1", 5432))),
        ("socket.connect", (socket.socket(socket.AF_UNIX), "/run/postgres")),
        ("socket.sendmsg", (Internet, None)),
    ],
)
def test_other_calls_go_on(watched: CallWatch, tmp_path: Path, event: str, arguments: tuple[Any, ...]) -> None:
    watched.audit(event, arguments)
    assert not (tmp_path / "calls").exists()


def test_the_addresses_of_an_allowed_host_are_allowed_and_no_others(watched: CallWatch) -> None:
    watched.learn("api.example.org", {"203.0.113.7"})
    watched.learn("example.com", {"203.0.113.8"})
    watched.audit("socket.connect", (Internet, ("203.0.113.7", 443)))
    with pytest.raises(OSError, match=r"203\.0\.113\.8"):
        watched.audit("socket.connect", (Internet, ("203.0.113.8", 443)))


@pytest.mark.parametrize("address", ["localhost:6379", "127.0.0.1:6379"])
def test_a_server_here_that_settings_name_is_noted(watched: CallWatch, tmp_path: Path, address: str) -> None:
    watched.note_server(address)
    assert (tmp_path / "calls").read_text() == f"{address}\n"


@pytest.mark.parametrize("address", ["localhost:6380", "redis.example.com:6379", "an address that nobody can read"])
def test_a_server_that_is_allowed_or_elsewhere_is_not_noted_before_it_is_called(tmp_path: Path, address: str) -> None:
    CallWatch(str(tmp_path / "calls"), ["localhost:6380"]).note_server(address)
    assert not (tmp_path / "calls").exists()


def test_a_hostile_name_stays_on_one_line(watched: CallWatch, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="refuses"):
        watched.require("one\ntwo three")
    assert (tmp_path / "calls").read_text() == "one?two?three\n"
