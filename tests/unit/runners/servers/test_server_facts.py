"""What a record keeps of a server: commands that suit the versions it was measured with."""

from pathlib import Path

import pytest

from djbench.deployed_project import YOUR_PROJECT
from djbench.supply import Overlay, Supply
from runners.servers.facts import facts_of
from runners.servers.lookup import parse_server

OVERLAY = Overlay(folder=Path("overlay"), packages={"uvloop": "0.22", "click": "8.1"})


@pytest.mark.parametrize(("version", "known"), [("0.34.0", False), ("0.35.0", True)])
def test_commands_have_no_option_that_the_measured_version_does_not_know(version: str, known: bool) -> None:
    facts = facts_of(parse_server("uvicorn"), YOUR_PROJECT, Supply(own={"uvicorn": version}))
    assert facts.deployment is not None
    assert ("--ws" in facts.command) == ("--ws" in facts.deployment.command) == known
    assert ("--ws websockets-sansio" in facts.deployment.text) == known
    assert "--http httptools" in facts.deployment.text


def test_the_versions_of_what_a_server_needs_are_kept_wherever_they_came_from() -> None:
    facts = facts_of(parse_server("uvicorn"), supply=Supply(own={"uvicorn": "0.35", "django": "4.2"}, overlay=OVERLAY))
    assert facts.packages == {"uvicorn": "0.35", "uvloop": "0.22"}
    assert facts_of(parse_server("uvicorn")).packages == {}
