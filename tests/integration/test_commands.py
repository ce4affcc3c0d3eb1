"""Commands that are printed for somebody to type: djbench understands them, and they measure what they say."""

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from djbench.cell import Cell
from djbench.errors import UsageError
from djbench.load import ClosedLoad, OpenLoad
from results.advising.mix import MixError
from results.wording.commands import command_for
from runners.cli.app import app
from runners.cli.commands.run import run_command as run
from runners.hosts.cpus import parse_cpu_sets, within_budget
from runners.planning import profile
from runners.planning.plan import settings_of
from runners.procedures.claims.claim_cells import cell
from tests.unit.runs import a_directory, a_run
from tests.unit.site import plan_from

OPEN = OpenLoad(rate="200", arrivals="constant", connections=8)
RAMP = replace(OPEN, rate="10..20/5s")
BASE = a_run((), 0).settings
ASYNC, SYNC = cell("uvicorn", "sleep:delay=0.1", "async", 8), cell("gunicorn-gthread", "sleep:delay=0.1", "sync", 8)
BESIDE = cell("uvicorn", "sleep:delay=0.1", "async", 8, beside="plain", beside_users=3)


def planned(command: str, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """What ``djbench run --plan`` makes of the command."""
    program, *arguments = shlex.split(command)
    assert program == "djbench"
    app([*arguments, "--plan", "--json"], standalone_mode=False)
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    ("cells", "measured"),
    [
        ([ASYNC], 1),
        ([ASYNC, SYNC], 4),
        ([ASYNC, replace(ASYNC, load=ClosedLoad(users=64))], 2),
        ([BESIDE], 2),
        ([cell("uvicorn", "fan_out", "threads", 1)], 1),
        ([replace(ASYNC, load=OPEN)], 1),
        ([replace(ASYNC, load=RAMP)], 1),
    ],
)
def test_a_command_measures_its_cells(cells: list[Cell], measured: int, capsys: pytest.CaptureFixture[str]) -> None:
    settings = replace(BASE, warmup_s=0.5, warmup_limit_s=1.5, duration_s=2.5, timeout_s=30.0)
    plan = planned(command_for(cells, settings, "7"), capsys)
    assert plan["min_blocks"] == plan["max_blocks"] == 7
    assert isinstance(plan["cells"], list)
    found = [(each["server"], each["pattern"], each["style"], each["load"]) for each in plan["cells"]]
    assert len(found) == measured
    for each in cells:
        assert (each.server, each.pattern, each.style, each.load.to_json()) in found


def test_a_command_keeps_how_it_was_measured() -> None:
    settings = replace(
        BASE,
        warmup_s=0.5,
        duration_s=2.5,
        timeout_s=30.0,
        generators=2,
        database="sqlite",
        accept=("arrival_lag", "support_limit"),
    )
    assert (
        "--generators 2 --blocks 6..20 --warmup 0.5 --duration 2.5 --timeout 30 --isolation block "
        "--accept arrival_lag --accept support_limit --database sqlite"
    ) in command_for([ASYNC], settings, "6..20", isolation="block")
    without = command_for([ASYNC], replace(settings, database="none, for no pattern of the run uses one"), "6")
    assert "--database" not in without


@pytest.mark.parametrize("asked_for", ["auto", "off", "1/0"])
@pytest.mark.parametrize("budget_cores", [None, 1])
def test_a_command_pins_as_the_run_did(asked_for: str, budget_cores: int | None) -> None:
    """A profile's settings, as a run records them, and the sets that its command asks for."""
    cores = ((0,), (1,))
    sets = parse_cpu_sets(asked_for, cores)
    if budget_cores is not None and sets.server:
        sets = within_budget(sets, budget_cores, cores)
    settings = settings_of(profile.load("quick"), sets, "sqlite")
    words = shlex.split(command_for([ASYNC], settings, "6"))
    assert ("--cpus" in words) == (asked_for != "auto")
    if asked_for != "auto":
        assert words[words.index("--cpus") + 1] == asked_for
    plan = plan_from(profile.load("quick"), 1, cpus=sets)
    assert (plan.settings.cpus, plan.cpus.asked_for) == (asked_for, asked_for)


def test_a_run_of_an_older_djbench_is_read_as_one_with_automatic_sets(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {ASYNC: [1.0]}, settings=replace(BASE, cpus="off"))
    file = tmp_path / "run" / "run.json"
    record = json.loads(file.read_text())
    assert record["settings"].pop("cpus") == "off"
    file.write_text(json.dumps(record))
    assert directory.read_run().settings.cpus == "auto"


def a_plan(mix: str | None, **overrides: object) -> int:
    return run(
        "quick",
        mix=mix,
        seed=1,
        cpus="off",
        run_dir=None,
        plan_only=True,
        quiet=True,
        as_json=True,
        **overrides,
    )


@pytest.mark.parametrize(
    ("mix", "complaint"),
    [("plain=80,orm_write=20", "the run has no pattern orm_write"), ("plain=0", "must be a number above 0")],
)
def test_a_mix_is_checked_before_anything_is_measured(mix: str, complaint: str) -> None:
    with pytest.raises(MixError, match=complaint):
        a_plan(mix)


def test_a_mix_without_closed_loads_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="--mix is computed from closed loads alone"):
        a_plan("plain=1", rates=["100"])
    held: dict[str, object] = {"hold": [10], "patterns": ["sse:delay=0.1"]}
    for rates in ([], ["100"]):
        with pytest.raises(UsageError, match="--mix is computed from closed loads alone"):
            a_plan("sse=1", rates=rates, **held)
    assert a_plan("plain=80,orm_read=15,fan_out=5") == 0
    assert capsys.readouterr().out
