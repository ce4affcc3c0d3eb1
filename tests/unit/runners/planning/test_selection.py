"""A selection is parsed once, whatever is made of it."""

import io
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from djbench.catalog import Catalog
from djbench.errors import UsageError
from djbench.pattern import PatternSpec
from runners.cli.preparing import prepare
from runners.cli.typer_options import Overrides
from runners.planning.plan import make_plan, plan_of
from runners.planning.selection import select
from runners.procedures.blocks import block_of
from runners.servers import lookup
from tests.unit.runners.planning.test_plan import a_profile
from tests.unit.runs import a_run
from tests.unit.site import SITE, plan_from

SERVER = """\
summary = "a server of a reader's own"
interface = "wsgi"
arguments = ["-m", "json", "{application}", "{host}:{port}", "{threads}"]
slots = ["threads"]

[[parameters]]
name = "threads"
default = 4
minimum = 1
summary = "how many threads"
"""


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each file was read, by its name."""
    counts: Counter[str] = Counter()
    read_text = Path.read_text

    def counted(path: Path, *arguments: Any, **options: Any) -> str:
        counts[path.name] += 1
        return read_text(path, *arguments, **options)

    monkeypatch.setattr(Path, "read_text", counted)
    return counts


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each spec of a pattern, and each name of a server, was parsed."""
    counts: Counter[str] = Counter()
    parse, server_named = Catalog.parse, lookup.server_named

    def counted(catalog: Catalog, text: str) -> PatternSpec:
        counts[text] += 1
        return parse(catalog, text)

    def counted_server(name: str) -> Any:
        counts[name] += 1
        return server_named(name)

    monkeypatch.setattr(Catalog, "parse", counted)
    monkeypatch.setattr("runners.planning.selection.server_named", counted_server)
    return counts


def test_a_plan_reads_a_servers_file_once(
    tmp_path: Path, reads: Counter[str], parsed: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Which packages there are, a process would tell.
    monkeypatch.setattr("runners.cli.preparing.supplied", lambda target, *_: (target, {}))
    file = tmp_path / "mine.toml"
    file.write_text(SERVER)
    overrides = {
        "servers": [f"{file}:threads=1|2", str(file), "gunicorn-sync"],
        "patterns": ["plain", "sleep:delay=0.1|0.2"],
        "users": [1, 2],
        "beside": "sleep:delay=1",
        "beside_users": 2,
        "database": "sqlite",
        "cpus": "off",
    }
    console = Console(file=io.StringIO())
    prepared = prepare(SITE, "quick", Overrides(overrides), seed=1, console=console)
    plan = prepared.plan
    assert len(plan.servers) == 4
    plan.require_time()
    for number in range(3):
        plan.block_s([index for session in block_of(plan, number) for index in session.cells])
    assert reads["mine.toml"] == 1
    expected = (str(file), "gunicorn-sync", "plain", "sleep:delay=0.1", "sleep:delay=0.2", "sleep:delay=1")
    assert parsed == dict.fromkeys(expected, 1)


def test_patterns_of_which_none_can_be_held_are_refused_once_with_one_to_add(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runners.cli.preparing.supplied", lambda target, *_: (target, {}))
    held = Overrides({"hold": [5], "users": [], "database": "sqlite", "cpus": "off"})
    complaint = "^none of the chosen patterns can be held open; sse, stream and websocket can: add --pattern sse$"
    with pytest.raises(UsageError, match=complaint):
        prepare(SITE, "quick", held, seed=1, console=Console(file=io.StringIO()))
    of_wsgi = Overrides({**held, "patterns": ["websocket"], "styles": ["all"], "servers": ["gunicorn-sync"]})
    with pytest.raises(UsageError, match="the chosen styles here: there are no WebSockets under WSGI"):
        prepare(SITE, "quick", of_wsgi, seed=1, console=Console(file=io.StringIO()))


def test_a_run_that_goes_on_parses_its_cells_once(parsed: Counter[str]) -> None:
    profile = a_profile(servers=["uvicorn", "daphne"], patterns=["plain", "sleep"], users=[1, 2], hold=[])
    cells = plan_from(profile, 1).cells
    parsed.clear()
    plan = plan_of(a_run(cells, 1), SITE)
    assert plan.expected_s(10) > 0
    assert parsed == {"uvicorn": 1, "daphne": 1, "plain": 1, "sleep:delay=0.05": 1}


def test_a_file_that_is_edited_after_it_was_parsed_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(SERVER)
    selection = select(a_profile(servers=[str(file)], styles=["sync"]), SITE)
    file.write_text(SERVER.replace('interface = "wsgi"', 'interface = "asgi"'))
    assert {candidate.cell.interface for candidate in selection.candidates()} == {"wsgi"}
    assert selection.cannot_run() == {}


def test_what_is_wrong_in_a_file_is_a_usage_error(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("summary = 1")
    with pytest.raises(UsageError, match=r"mine\.toml: "):
        select(a_profile(servers=[str(file)]), SITE)


def test_what_writes_needs_a_target_that_can_forget_it() -> None:
    forgetful = replace(SITE, reset_path=None)
    with pytest.raises(UsageError, match="orm_write:rows=1 under 1 user writes, and target_site cannot forget"):
        make_plan(select(a_profile(patterns=["orm_write"], users=[1]), forgetful), 1)
    with pytest.raises(UsageError, match="describe its reset_path"):
        make_plan(select(a_profile(users=[1], beside="orm_write", beside_users=1), forgetful), 1)
    assert make_plan(select(a_profile(patterns=["orm_read"], users=[1]), forgetful), 1).cells
