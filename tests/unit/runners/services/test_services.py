"""What a target is told at a start."""

from dataclasses import replace
from typing import Any

import pytest

from djbench.errors import RunFailed
from djbench.target import Fact
from tests.unit.site import SITE, some_services


@pytest.mark.parametrize(
    ("fact", "change"),
    [
        (Fact.HANDICAP_US, {"handicap_us": 9.5}),
        (Fact.STACK, {"stack": "login"}),
        (Fact.CACHE_URL, {"cache": "redis://127.0.0.1:6379/0"}),
    ],
)
def test_what_has_to_change_a_target_must_reach_it(fact: Fact, change: dict[str, Any]) -> None:
    deaf = replace(SITE, variables={known: name for known, name in SITE.variables.items() if known != fact})
    place = replace(some_services().place(0), target=deaf)
    assert place.site_environment(pool_size=4)["DJBENCH_DATABASE_POOL_SIZE"] == "4"
    with pytest.raises(RunFailed, match=f"target_site cannot be told its {fact}: name a variable for it"):
        place.site_environment(pool_size=4, **change)
    told = some_services(environment={"A": "1"}).place(0).site_environment(pool_size=4, **change)
    (value,) = change.values()
    assert (told["A"], told[SITE.variables[fact]]) == ("1", str(value))
