"""Journeys in a plan: under which loads, in which windows, for how long."""

from dataclasses import replace
from typing import Any

import pytest

from djbench.catalog import Catalog
from djbench.errors import UsageError
from djbench.journey import Journey, Step
from djbench.load import ClosedLoad, OpenLoad
from djbench.pattern import Pattern
from djbench.request import Request, Workload
from djbench.target import Target
from runners.planning.plan import Plan, make_plan
from runners.planning.profile import checked
from runners.planning.selection import Selection, select
from tests.unit.site import SITE


def project(think_s: float = 0.0, locustfile: str = "") -> Target:
    """A project with a request and a journey."""
    one = Workload(requests=(Request(name="a", path="/a/"),))
    steps = () if locustfile else (Step(think_s=(0.0, 2 * think_s)),)
    journey = replace(one, journey=Journey(steps=steps, locustfile=locustfile))
    patterns = {
        name: Pattern(name=name, summary="", styles={"view": ""}, workloads={"view": workload})
        for name, workload in (("page", one), ("visit", journey))
    }
    return replace(SITE, catalog=Catalog(own=patterns))


def selection(target: Target, **changes: Any) -> Selection:
    profile = {
        "description": "",
        "servers": ["uvicorn", "gunicorn-gthread"],
        "patterns": ["page", "visit"],
        "styles": ["all"],
        "users": [4],
        "blocks": 1,
        "warmup_s": 1.0,
        "duration_s": 1.0,
    }
    return select(checked(profile | changes), target)


def plan(target: Target, **changes: Any) -> Plan:
    return make_plan(selection(target, **changes), 1)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (project(think_s=0.1), "users think on their journey for longer than a slice lasts"),
        (project(locustfile="/x.py"), "the users of a locustfile cannot rest"),
    ],
)
def test_users_who_cannot_rest_have_one_window(target: Target, reason: str) -> None:
    planned = plan(target)
    assert {planned.cells[index].pattern: why for index, why in planned.by_themselves().items()} == {"visit": reason}


def test_journeys_without_think_time_take_turns() -> None:
    assert not plan(project()).by_themselves()


def test_a_journey_has_users_and_no_schedule() -> None:
    chosen = selection(project(), rates=["10"])
    cells = [candidate.cell for candidate in chosen.candidates() if candidate.why_not is None]
    assert {(cell.pattern, type(cell.load)) for cell in cells} == {
        ("page", ClosedLoad),
        ("visit", ClosedLoad),
        ("page", OpenLoad),
    }
    reason = "visit is a journey, whose users wait for each answer: give --users instead of --rate"
    assert chosen.cannot_run() == {f"{name} visit view": reason for name in ("uvicorn", "gunicorn-gthread")}


def test_the_users_of_a_locustfile_run_in_one_process_with_nobody_beside_them() -> None:
    target = project(locustfile="/x/locustfile.py")
    assert plan(target).locustfiles == ("/x/locustfile.py",)
    with pytest.raises(UsageError, match="--generators 2: the users of /x/locustfile"):
        plan(target, generators=2)
    reasons = selection(target, beside="page", beside_users=2).cannot_run()
    assert "visit has the users of a locustfile" in reasons["uvicorn visit view beside page"]


def test_nothing_of_a_project_can_be_held_open() -> None:
    reasons = selection(project(), users=[], hold=[3]).cannot_run()
    assert reasons["uvicorn page view held open"] == "page cannot be held open; each request of this target has an end"


def test_users_who_think_take_longer_to_gather() -> None:
    without, with_ = (plan(project(think_s), patterns=["visit"], by_turns="off") for think_s in (0.0, 1.5))
    # Two trials, in each of which users gather for 1.5 s, and the warm-up had 1 s.
    assert with_.expected_s(1) - without.expected_s(1) == pytest.approx(2 * 0.5, abs=0.01)
