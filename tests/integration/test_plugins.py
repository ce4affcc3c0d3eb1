"""What installed packages offer: used, listed with its origin, and refused in one line when it cannot be used."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from djbench.catalog import Catalog
from djbench.spec import SpecError
from runners.cli.commands.listing import list_command
from runners.planning import cells
from runners.servers.lookup import parse_server
from tests import ROOT
from tests.unit.site import PATTERNS, SITE, parse_pattern

PATTERN = """
from djbench import Pattern

PATTERN = Pattern(name="{name}", summary="mine", styles={{"sync": "mine"}}, views="{name}_views")
NO_VIEWS = Pattern(name="{name}", summary="mine", styles={{"sync": "mine"}})
OTHER = 3
"""
SERVER = """
from djbench import Server

COMMAND = ("{{port}}", "{{application}}")
SERVER = Server(name="{name}", summary="mine", interface="wsgi", arguments=COMMAND, modules={{}})
PORTLESS = Server(name="{name}", summary="mine", interface="wsgi", arguments=(), modules={{}})
"""


def install(folder: Path, group: str, name: str, value: str, **modules: str) -> None:
    """As an installer leaves a package: its modules, and the metadata with its entry point."""
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {value}\n")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def listed(what: str, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, object]]:
    list_command(what, as_json=True)
    found = {entry["name"] + ("!" if "error" in entry else ""): entry for entry in json.loads(capsys.readouterr().out)}
    list_command(what, as_json=False)
    shown = capsys.readouterr().out
    for entry in found.values():
        assert str(entry["name"]) in shown
        assert str(entry.get("error", "")) in shown
        assert str(entry["origin"] or "") in shown
    return found


def test_a_pattern_needs_no_django_and_leaves_its_views_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(
        folder, "djbench.patterns", "mine_a", "mine_a_pattern:PATTERN",
        mine_a_pattern=PATTERN.format(name="mine_a"), mine_a_views="raise RuntimeError('only the site imports this')",
    )  # fmt: skip
    assert parse_pattern("mine_a").pattern.views == "mine_a_views"
    found = listed("patterns", capsys)
    assert found["mine_a"]["origin"] == "mine_a 1.0, mine_a_pattern:PATTERN"
    assert found["plain"]["origin"] is None


@pytest.mark.parametrize(
    ("name", "value", "text", "complaint"),
    [
        ("mine_b", "mine_b_pattern:PATTERN", "import no_such_module", "cannot be loaded: ModuleNotFoundError: No"),
        (
            "mine_c",
            "mine_c_pattern:PATTERN",
            "from target_site.models import Article",
            "cannot be loaded: ImproperlyConfigured: Requested setting INSTALLED_APPS",
        ),
        ("mine_d", "mine_d_pattern:NONE", PATTERN, "cannot be loaded: AttributeError"),
        ("mine_e", "mine_e_pattern:OTHER", PATTERN, "is not a Pattern named mine_"),
        ("mine_f", "mine_f_pattern", PATTERN, "is not a Pattern named mine_"),
        ("mine_g", "mine_g_pattern:NO_VIEWS", PATTERN, "cannot be used: it does not name the module of its views"),
        ("mine_h", "mine_h_pattern:PATTERN", PATTERN.replace("views=", 'upload="x", views='), "cannot be loaded: Spec"),
        (
            "mine_i",
            "mine_i_pattern:PATTERN",
            PATTERN.replace("views=", 'stack="cors", views='),
            "cannot be loaded: SpecError: mine_i: stack can be 'cors'; write '', login, or KIND:DEPTH of none, sync",
        ),
        (
            "mine_j",
            "mine_j_pattern:PATTERN",
            PATTERN.replace("views=", 'uses=frozenset({{"databases"}}), views='),
            "cannot be used: mine_j: uses names databases; write some of database, files, upstream",
        ),
    ],
)
def test_a_pattern_that_cannot_be_used_is_one_clear_line(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, value: str, text: str, complaint: str
) -> None:
    install(folder, "djbench.patterns", name, value, **{f"{name}_pattern": text.format(name=name)})
    with pytest.raises(SpecError, match=complaint) as caught:
        parse_pattern(name)
    assert "\n" not in str(caught.value)
    assert f"the entry point {name} of djbench.patterns ({value})" in str(caught.value)
    entry = listed("patterns", capsys)[f"{name}!"]
    assert entry == {"name": name, "error": str(caught.value), "origin": f"{name} 1.0, {value}"}


def test_a_pattern_does_not_take_the_place_of_one_of_ours(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(folder, "djbench.patterns", "plain", "mine_p:PATTERN", mine_p=PATTERN.format(name="plain"))
    assert parse_pattern("plain").pattern is PATTERNS["plain"]
    assert PATTERNS["plain"].views == "target_site.patterns.plain"
    found = listed("patterns", capsys)
    assert found["plain"]["origin"] is None
    assert "has the name of a pattern of djbench's own" in str(found["plain!"]["error"])


def test_a_server_from_a_package_is_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(folder, "djbench.servers", "mine-s", "mine_s:SERVER", mine_s=SERVER.format(name="mine-s"))
    found = listed("servers", capsys)
    assert found["mine-s"]["origin"] == "mine-s 1.0, mine_s:SERVER"
    assert found["uvicorn"]["origin"] is None


@pytest.mark.parametrize(
    ("name", "value", "text", "complaint"),
    [
        ("mine-t", "mine_t:SERVER", "1 / 0", "cannot be loaded: ZeroDivisionError: division by zero"),
        ("mine-u", "mine_u:NONE", SERVER, "cannot be loaded: AttributeError"),
        ("mine-v", "mine_v", SERVER, "is not a Server named mine-v"),
        ("mine-w", "mine_w:PORTLESS", SERVER, "mine-w: no argument has {port}; add it where the server expects it"),
    ],
)
def test_a_server_that_cannot_be_used_is_one_clear_line(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, value: str, text: str, complaint: str
) -> None:
    install(folder, "djbench.servers", name, value, **{name.replace("-", "_"): text.format(name=name)})
    with pytest.raises(SpecError, match=complaint) as caught:
        parse_server(name)
    assert "\n" not in str(caught.value)
    assert listed("servers", capsys)[f"{name}!"]["error"] == str(caught.value)


def test_a_server_does_not_take_the_place_of_one_of_ours(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(folder, "djbench.servers", "daphne", "mine_x:SERVER", mine_x=SERVER.format(name="daphne"))
    assert "Twisted" in parse_server("daphne").server.summary
    assert "has the name of a server of djbench's own" in str(listed("servers", capsys)["daphne!"]["error"])


def test_what_can_be_held_is_named_from_outside_too(monkeypatch: pytest.MonkeyPatch) -> None:
    held = replace(PATTERNS["sse"], name="mine_l", views="mine_l_views")
    none = replace(PATTERNS["plain"], name="mine_m", views="mine_m_views")
    found = {"mine_l": held, "mine_m": none, "mine_b": SpecError("it cannot be loaded")}
    monkeypatch.setattr(Catalog, "offered", lambda _: found)
    assert cells.holdable_patterns.__wrapped__(SITE.catalog) == ("mine_l", "sse", "stream", "websocket")


SOCKET = """
from djbench import Parameter, Pattern

PATTERN = Pattern(
    name="mine_k", summary="mine", styles={"async": "mine"}, views="mine_k_views", websocket=True,
    parameters=(Parameter(name="size", default=16, summary="mine"),), needs={"async": ("asgi", "mine")},
)
"""
ASKED = """
import asyncio

import django
from django.test import Client

django.setup()

from target_site import sockets

async def receive():
    return {"type": "websocket.connect"}

async def send(message):
    print(message["type"], message["code"])

scope = {"type": "websocket", "path": "/mine_k/async", "query_string": b""}
asyncio.run(sockets.beside(None)(scope, receive, send))
for path in ("/plain/sync", "/mine_y/sync", "/mine_z/sync", "/", "/mine_n/sync"):
    response = Client(raise_request_exception=False).get(path)
    print(response.status_code, response.content.decode().splitlines()[0])
"""


def test_the_site_starts_beside_what_is_broken_and_says_why(folder: Path) -> None:
    install(
        folder, "djbench.patterns", "mine_y", "mine_y:PATTERN",
        mine_y=PATTERN.format(name="mine_y"), mine_y_views="import no_such_module",
    )  # fmt: skip
    install(
        folder, "djbench.patterns", "mine_n", "mine_n:PATTERN",
        mine_n=PATTERN.format(name="mine_n"), mine_n_views="sync_view = None",
    )  # fmt: skip
    install(folder, "djbench.patterns", "mine_k", "mine_k:PATTERN", mine_k=SOCKET, mine_k_views="import no_such_module")
    install(folder, "djbench.patterns", "mine_z", "mine_z:PATTERN", mine_z="import no_such_module")
    done = subprocess.run(
        [sys.executable, "-c", ASKED],
        env={"PYTHONPATH": f"{folder}:{ROOT}", "DJANGO_SETTINGS_MODULE": "target_site.settings"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    socket, *said = done.stdout.splitlines()
    assert socket == "websocket.close 1011"
    assert "mine_k_views of the pattern mine_k cannot be used: ModuleNotFoundError" in done.stderr
    assert said[0].startswith("200 ")
    assert said[1] == (
        "500 mine_y_views of the pattern mine_y cannot be used: ModuleNotFoundError: No module named 'no_such_module'"
    )
    assert said[2].startswith("404 ")
    assert said[3].startswith("200 ")
    assert said[4] == (
        "500 mine_n_views of the pattern mine_n cannot be used: TypeError: sync_view is a NoneType and no function"
    )
    assert "the entry point mine_z of djbench.patterns (mine_z:PATTERN) cannot be loaded" in done.stderr
