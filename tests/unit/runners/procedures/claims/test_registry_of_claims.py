"""The claims there are: every one can be measured, and its cells are those that a run has."""

import json
import re
from dataclasses import replace

import pytest

from djbench.errors import UsageError
from djbench.options import Profile
from djbench.spec import SpecError
from results.analysis.stats import SAME_BAND
from results.claims.claim import Claim
from results.claims.claim_checks import Bound, Loses, Works
from runners.cli.commands.claims import PROFILE, claims_command
from runners.hosts.cpus import CpuSets
from runners.planning.plan import NO_DATABASE
from runners.procedures.blocks import block_of
from runners.procedures.claims import chosen, registry
from runners.procedures.claims.claim_cells import BOTH, cell, holding, plan_of_claims
from tests import ROOT
from tests.unit.site import parse_pattern, plan_from

EXAMPLES = ROOT / "docs/examples.md"


@pytest.mark.parametrize("claim", registry().values(), ids=registry())
def test_a_claim_is_measured_on_cells_that_a_run_would_have(claim: Claim) -> None:
    """An unknown pattern, style or server raises in the registry itself; this is about the rest of each cell."""
    assert claim.checks
    for wanted in claim.cells:
        load = wanted.load
        profile = Profile(
            description="",
            servers=(wanted.server,),
            patterns=(wanted.pattern,),
            styles=(wanted.style,),
            users=() if load.endless else (load.alone.at_once,),
            hold=(load.at_once,) if load.endless else (),
            beside=load.beside,
            beside_users=load.beside_users or None,
            blocks="6",
            warmup_s=0.1,
            duration_s=1.0,
        )
        assert wanted in plan_from(profile, 1).cells


@pytest.mark.parametrize("claim", registry().values(), ids=registry())
def test_a_claim_says_what_it_expects_and_can_be_wrong(claim: Claim) -> None:
    assert claim.words.endswith(".")
    assert claim.why.endswith(".")
    assert len(claim.why) > 100
    for check in claim.checks:
        if isinstance(check, Bound):
            assert check.low is not None or check.high is not None
            assert (check.low or 0) < (check.high or float("inf"))


def test_every_example_has_a_claim_and_those_that_claim_nothing_are_shown_to_work() -> None:
    rows = re.findall(r"^\| (\d+) \|", EXAMPLES.read_text(encoding="utf-8"), re.MULTILINE)
    assert {claim.example for claim in registry().values()} == {int(row) for row in rows} == set(range(1, 19))
    for claim in registry().values():
        shown = all(isinstance(check, Works) for check in claim.checks)
        # A call to an API, WebSockets, servers: nothing is said of them but how it is done. Of a login behind an async
        # view it is said that it works.
        assert shown == (claim.example in {7, 15, 17, 11})


def test_a_ratio_is_of_two_styles_or_of_two_servers_and_says_so_when_it_is_of_both() -> None:
    """Else an async view on one server over a sync one on another would be taken for what async costs."""
    both = 0
    for claim in registry().values():
        ratios = [check for check in claim.checks if isinstance(check, Bound) and check.over]
        for check in ratios:
            assert check.over is not None
            changed = check.cell.server != check.over.server and check.cell.style != check.over.style
            assert check.says.startswith(BOTH) == changed
            both += changed
        if any(check.says.startswith(BOTH) for check in ratios) and claim.name != "trivial-view-moved":
            assert not all(check.says.startswith(BOTH) for check in ratios)
    assert both == 4


def test_no_gain_and_a_cost_begin_where_verdicts_have_them() -> None:
    bounds = {
        (check.low, check.high)
        for claim in registry().values()
        for check in claim.checks
        if isinstance(check, Bound) and check.over and check.quantity == "throughput"
    }
    low, high = 1 - SAME_BAND, 1 + SAME_BAND
    assert bounds == {(None, high), (None, low), (low, high)}


def test_lost_work_is_that_of_one_cell() -> None:
    """The record has it by style and server."""
    cells = {wanted for claim in registry().values() for wanted in claim.cells}
    losing = [check.cell for claim in registry().values() for check in claim.checks if isinstance(check, Loses)]
    assert losing
    for one in losing:
        assert parse_pattern(one.pattern).pattern.outlasts
        others = [each for each in cells if (each.style, each.server) == (one.style, one.server) and each != one]
        assert not any(parse_pattern(each.pattern).pattern.outlasts for each in others)


def test_a_claim_is_listed_with_all_that_there_is_before_it_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    (claim,) = chosen(["async-orm"])
    claims_command(["async-orm"], list_only=True)
    text = capsys.readouterr().out
    claims_command(["async-orm"], list_only=True, as_json=True)
    (listed,) = json.loads(capsys.readouterr().out)
    for said in (
        claim.name,
        claim.words,
        "example 3: ORM calls in a view",
        "throughput at most 0.970 times",
        claim.why,
    ):
        assert said in text
    commands = [command for check in listed["checks"] for command in check["commands"]]
    assert len(commands) == 2
    assert all(command in text for command in commands)
    assert commands[0].startswith("djbench run --server uvicorn:")
    assert "--pattern orm_read:rows=20 --style async --style sync --users 16 --blocks 6 " in commands[0]
    assert (listed["example"], listed["why"]) == (3, claim.why)


def test_a_window_too_short_to_see_events_is_refused() -> None:
    short = replace(PROFILE, duration_s=0.5)
    with pytest.raises(UsageError, match=r"--duration 0\.5: sse.* has an event every 0\.2 s"):
        plan_of_claims(chosen(["held-open"]), short, 3, cpus=CpuSets((), ()), database="postgres")


def test_the_plan_has_every_cell_once_and_what_stands_beside_others_alone_too() -> None:
    plan = plan_of_claims(chosen([]), PROFILE, 3, cpus=CpuSets((1,), (0,)), database="postgres")
    assert len(set(plan.cells)) == len(plan.cells)
    for claim in registry().values():
        assert set(claim.cells) <= set(plan.cells)
    beside = [each for each in plan.cells if each.load.beside]
    assert beside
    for each in beside:
        assert each.alone in plan.cells
    assert set(plan.servers) == {each.server for each in plan.cells}
    assert set(plan.patterns) == {each.pattern for each in plan.cells}
    assert sorted(index for session in block_of(plan, 0) for index in session.cells) == list(range(len(plan.cells)))
    assert plan.settings.database == "postgres"


def test_all_of_them_take_about_twenty_minutes() -> None:
    plan = plan_of_claims(chosen([]), PROFILE, 3, cpus=CpuSets((1,), (0,)), database="postgres")
    assert plan.expected_s(6) < 22 * 60


def test_a_claim_by_name_takes_its_own_cells_and_services_alone() -> None:
    plan = plan_of_claims(chosen(["cpu-bound"]), PROFILE, 3, cpus=CpuSets((), ()), database="postgres")
    assert {each.pattern for each in plan.cells} == {"cpu:rounds=50000"}
    assert plan.settings.database == NO_DATABASE


def test_an_unknown_claim_names_the_nearest() -> None:
    with pytest.raises(SpecError, match="unknown claim 'ten-cals'; did you mean 'ten-calls'"):
        chosen(["trivial-view", "ten-cals"])


@pytest.mark.parametrize(
    ("server", "pattern", "style"),
    [
        ("uvicorn", "plane", "async"),
        ("uvicorn", "plain", "threads"),
        ("uvcorn", "plain", "async"),
        ("gunicorn-gevent", "plain", "async"),
        ("gunicorn-gthread", "websocket", "async"),
        ("uvicorn", "websocket:events=5", "async"),
    ],
)
def test_a_cell_that_cannot_be_is_refused(server: str, pattern: str, style: str) -> None:
    with pytest.raises(SpecError):
        cell(server, pattern, style)


@pytest.mark.parametrize(("server", "beside"), [("gunicorn-gthread", "websocket"), ("uvicorn", "cbv_login")])
def test_what_cannot_stand_beside_a_cell_is_refused(server: str, beside: str) -> None:
    with pytest.raises(SpecError, match=f"plain sync cannot be measured under {server}:.*: {beside}.* cannot stand"):
        cell(server, "plain", "sync", beside=beside, beside_users=2)


@pytest.mark.parametrize(("server", "pattern", "style"), [("uvicorn", "plain", "async"), ("uvicorn", "sse", "sync")])
def test_what_cannot_be_held_open_is_refused(server: str, pattern: str, style: str) -> None:
    with pytest.raises(SpecError, match="cannot be held open"):
        holding(server, pattern, style, 3)


@pytest.mark.parametrize("claim", registry().values(), ids=registry())
def test_a_claim_names_what_it_compares(claim: Claim) -> None:
    for check in claim.checks:
        assert not re.search(r"\b(former|latter|likewise|are at|over)\b", check.says)
        if isinstance(check, Bound) and check.over:
            assert " compared with " in check.says
