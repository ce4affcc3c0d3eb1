"""The registry of servers: command lines, slots, and what is said when a spec is wrong."""

import pickle
import sys
from pathlib import Path
from typing import Any

import pytest

from djbench.spec import SpecError
from runners.servers import files as server_files
from runners.servers.installed import command_line
from runners.servers.lookup import parse_server
from runners.servers.registry import SERVERS
from runners.targets.built_in import built_in
from tests import ROOT
from tests.unit.site import PATTERNS


@pytest.mark.parametrize(
    ("text", "slots", "processes"),
    [
        ("gunicorn-sync:workers=3", 3, 3),
        ("gunicorn-gthread:workers=2,threads=8", 16, 2),
        ("uvicorn:workers=2", None, 2),
        ("daphne", None, 1),
        ("runserver", None, 1),
        ("gunicorn-gevent:connections=50", None, 1),
        ("gunicorn-asgi:workers=2", None, 2),
        ("granian-wsgi:workers=2,threads=4", 8, 2),
        ("granian-asgi", None, 1),
        ("waitress:threads=7", 7, 1),
        ("hypercorn:loop=uvloop", None, 1),
        ("uwsgi:workers=2,threads=3", 6, 2),
        ("cheroot:threads=5", 5, 1),
        ("runserver-asgi", None, 1),
    ],
)
def test_slots_are_printed_beside_every_result(text: str, slots: int | None, processes: int) -> None:
    spec = parse_server(text)
    assert (spec.slots, spec.processes) == (slots, processes)


@pytest.mark.parametrize(
    ("text", "slots", "becomes"),
    [
        ("gunicorn-sync", 4, "gunicorn-sync:workers=4"),
        ("gunicorn-gthread", 4, "gunicorn-gthread:workers=1,threads=4"),
        ("gunicorn-gthread:workers=2", 4, "gunicorn-gthread:workers=2,threads=2"),
        ("gunicorn-gevent", 4, "gunicorn-gevent:workers=1,connections=10000"),
        ("granian-wsgi", 4, "granian-wsgi:workers=1,threads=4"),
        ("waitress", 4, "waitress:threads=4"),
        ("cheroot", 4, "cheroot:threads=4"),
        ("uwsgi:workers=2", 4, "uwsgi:workers=2,threads=2"),
        ("daphne", 4, "daphne"),
    ],
)
def test_slots_are_set_by_what_each_server_has_for_it(text: str, slots: int, becomes: str) -> None:
    assert str(parse_server(text).with_slots(slots)) == becomes


def test_slots_that_workers_cannot_share_are_refused() -> None:
    with pytest.raises(SpecError, match="gunicorn-gthread:workers=3,threads=16: 4 slots cannot be shared evenly by 3"):
        parse_server("gunicorn-gthread:workers=3").with_slots(4)


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("gunicorn-sync:workers=3", "workers=3"),
        ("uwsgi:workers=2,threads=3", "workers=2 x threads=3"),
        ("waitress", "threads=16"),
        ("uvicorn", "an event loop"),
        ("gunicorn-gevent", "a greenlet per connection"),
        ("runserver", "a thread per connection"),
    ],
)
def test_a_server_says_how_it_comes_to_its_slots(text: str, how: str) -> None:
    assert parse_server(text).slots_by == how


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("gunicorn-gthread", "gunicorn-gthread:workers=3,threads=16"),
        ("gunicorn-sync", "gunicorn-sync:workers=3"),
        ("granian-asgi", "granian-asgi:workers=3,loop=uvloop"),
        ("waitress", "waitress:threads=16"),
        ("daphne", "daphne"),
    ],
)
def test_cores_are_used_by_as_many_processes_where_a_server_takes_them(text: str, becomes: str) -> None:
    assert str(parse_server(text).with_cores(3)) == becomes


@pytest.mark.parametrize("name", SERVERS)
def test_every_server_says_where_its_settings_are_documented(name: str) -> None:
    assert SERVERS[name].source.startswith("https://")


@pytest.mark.parametrize("name", SERVERS)
def test_every_server_stands_in_the_readme(name: str) -> None:
    assert f"`{name}`" in (ROOT / "README.md").read_text()


def test_equal_configurations_are_equal_however_they_were_written() -> None:
    assert str(parse_server("uvicorn")) == str(parse_server("uvicorn:http=httptools,workers=1"))


@pytest.mark.parametrize("name", SERVERS)
def test_every_command_line_is_complete(name: str) -> None:
    spec = parse_server(name)
    command = command_line(spec, built_in(), host="127.0.0.1", port=8123)
    assert command[0] == sys.executable or Path(command[0]).name == spec.server.program
    assert any("8123" in part for part in command)
    assert any("127.0.0.1" in part for part in command)
    assert not any("{" in part for part in command)


def test_the_parameters_reach_the_command_line() -> None:
    command = parse_server("gunicorn-gthread:workers=2,threads=7").arguments(
        host="127.0.0.1", port=1, application="a:b"
    )
    assert command[command.index("--threads") + 1] == "7"
    assert command[command.index("--workers") + 1] == "2"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("gunicon-sync", "unknown server 'gunicon-sync'; did you mean 'gunicorn-sync'"),
        ("uvicorn:wokers=2", "unknown parameter of uvicorn 'wokers'; did you mean 'workers'"),
        ("uvicorn:workers=0", "uvicorn: workers=0: must be a whole number from 1 to 1024"),
        ("daphne:workers=2", "unknown parameter of daphne 'workers' .known: none"),
    ],
)
def test_a_wrong_spec_is_refused_with_what_would_be_right(text: str, complaint: str) -> None:
    with pytest.raises(SpecError, match=complaint):
        parse_server(text)


@pytest.mark.parametrize(
    ("text", "most", "size"),
    [
        ("gunicorn-gthread:threads=64", 500, 64),  # one for each slot
        ("gunicorn-gthread:workers=2,threads=64", 500, 64),  # in each of the two
        ("gunicorn-gthread:threads=4", 500, 16),
        ("gunicorn-sync:workers=4", 500, 16),
        ("uvicorn:workers=4", 500, 16),  # unbounded
        ("gunicorn-gthread:workers=8,threads=64", 500, 60),  # all together no more than there are
        ("waitress:threads=600", 500, 480),
        ("uvicorn:workers=4", 30, 2),
        ("uvicorn:workers=4", 10, 1),
        ("waitress:threads=600", None, 600),
    ],
)
def test_a_pool_has_a_connection_for_each_slot_within_what_the_database_allows(
    text: str, most: int | None, size: int
) -> None:
    assert parse_server(text).pool_size(most) == size
    assert parse_server(text).pool_size(most, wanted=size) == size


@pytest.mark.parametrize("name", [name for name in SERVERS if not name.startswith("runserver")])  # told by settings
def test_what_is_asked_of_servers_from_outside_holds_for_ours(name: str) -> None:
    server_files.require_sound_server(SERVERS[name])


def test_uvicorn_has_the_websockets_that_its_way_to_be_installed_brings() -> None:
    def implementation(text: str) -> str:
        words = parse_server(text).shown_command()
        return words[words.index("--ws") + 1]

    assert implementation("uvicorn") == "websockets-sansio"
    assert implementation("uvicorn:ws=wsproto") == "wsproto"
    assert implementation("uvicorn-pure") == "none"
    for name in ("uvicorn", "gunicorn-uvicorn"):
        assert "websockets" in SERVERS[name].modules
        assert SERVERS[name].refuses(PATTERNS["websocket"], "async") is None
    for name in ("uvicorn-pure", "gunicorn-uvicorn-h11"):
        assert "does not bring" in (SERVERS[name].refuses(PATTERNS["websocket"], "async") or "")
        assert SERVERS[name].refuses(PATTERNS["plain"], "async") is None
    assert SERVERS["waitress"].refuses(PATTERNS["websocket"], "async") == "there are no WebSockets under WSGI"
    assert "event loop" in (SERVERS["gunicorn-gevent"].refuses(PATTERNS["plain"], "async") or "")


def test_hypercorns_workers_keep_connections_beyond_a_thousand_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    command = pytest.importorskip("hypercorn.__main__")
    monkeypatch.setattr(command, "Config", command.Config)  # the program puts another one in its place
    found: list[dict[str, Any]] = []

    def run(config: object) -> int:
        found.append(vars(pickle.loads(pickle.dumps(config))))  # what gets to the worker processes
        return 7

    monkeypatch.setattr(command, "run", run)
    _, option, program, *arguments = parse_server("hypercorn:workers=3").shown_command()
    assert option == "-c"
    monkeypatch.setattr(sys, "argv", ["-c", *arguments])
    with pytest.raises(SystemExit) as ended:
        exec(program, {})
    assert ended.value.code == 7
    (config,) = found
    assert (config["keep_alive_max_requests"], config["keep_alive_timeout"], config["workers"]) == (10**9, 75, 3)
    assert (config["_bind"], config["application_path"]) == (["127.0.0.1:8000"], "yourproject.asgi:application")
