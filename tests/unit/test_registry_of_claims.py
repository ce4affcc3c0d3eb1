"""The claims there are: every one can be measured, and its cells are those that a run has."""

import pytest

from results.claims import Bound, Claim
from runners.claims import chosen, registry
from runners.claims.cells import cell, holding, plan_of_claims
from runners.cli.claims import PROFILE
from runners.machine.cpus import CpuSets
from runners.plan import NO_DATABASE, make_plan
from runners.profile import Profile
from target_site.parameters import SpecError


@pytest.mark.parametrize("claim", registry().values(), ids=registry())
def test_a_claim_is_measured_on_cells_that_a_run_would_have(claim: Claim) -> None:
    """An unknown pattern, style or server raises in the registry itself; this is about the rest of each cell."""
    assert claim.checks
    for wanted in claim.cells:
        load = wanted.load
        profile = Profile(
            description="",
            servers=[wanted.server],
            patterns=[wanted.pattern],
            styles=[wanted.style],
            users=[load.users] if load.users else [],
            hold=[load.streams] if load.streams else [],
            beside=load.beside,
            beside_users=load.beside_users,
            blocks="6",
            warmup_s=0.1,
            duration_s=1.0,
        )
        assert wanted in make_plan(profile, 1).cells


@pytest.mark.parametrize("claim", registry().values(), ids=registry())
def test_a_claim_says_what_it_expects_and_can_be_wrong(claim: Claim) -> None:
    assert claim.words.endswith(".")
    assert claim.why.endswith(".")
    assert len(claim.why) > 100
    for check in claim.checks:
        if isinstance(check, Bound):
            assert check.low is not None or check.high is not None
            assert (check.low or 0) < (check.high or float("inf"))


def test_there_is_a_claim_about_each_example() -> None:
    assert {claim.example for claim in registry().values()} == set(range(1, 19))


def test_the_plan_has_every_cell_once_and_what_stands_beside_others_alone_too() -> None:
    plan = plan_of_claims(chosen([]), PROFILE, 3, cpus=CpuSets((1,), (0,)), database="postgres")
    assert len(set(plan.cells)) == len(plan.cells)
    for claim in registry().values():
        assert set(claim.cells) <= set(plan.cells)
    beside = [each for each in plan.cells if each.load.beside]
    assert beside
    for each in beside:
        assert cell(each.server, each.pattern, each.style, each.load.users or 0) in plan.cells
    assert set(plan.servers) == {each.server for each in plan.cells}
    assert set(plan.patterns) == {each.pattern for each in plan.cells}
    assert sorted(index for session in plan.block(0) for index in session.cells) == list(range(len(plan.cells)))
    assert plan.settings.database == "postgres"


def test_all_of_them_take_a_good_quarter_of_an_hour() -> None:
    plan = plan_of_claims(chosen([]), PROFILE, 3, cpus=CpuSets((1,), (0,)), database="postgres")
    assert plan.expected_s(6) < 20 * 60


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
    ],
)
def test_a_cell_that_cannot_be_is_refused(server: str, pattern: str, style: str) -> None:
    with pytest.raises(SpecError):
        cell(server, pattern, style)


@pytest.mark.parametrize(("server", "pattern", "style"), [("uvicorn", "plain", "async"), ("uvicorn", "sse", "sync")])
def test_what_cannot_be_held_open_is_refused(server: str, pattern: str, style: str) -> None:
    with pytest.raises(SpecError, match="cannot be held open"):
        holding(server, pattern, style, 3)
