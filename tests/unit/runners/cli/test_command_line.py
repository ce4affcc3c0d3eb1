"""What needs no server: secrets stay out of records, options replace the profile's keys, bad ones are named."""

import pytest

from djbench.errors import UsageError
from runners.cli.preparing import shown_command, with_overrides
from runners.cli.typer_options import Overrides
from runners.planning import profile
from runners.services import database


def test_a_password_is_not_stored() -> None:
    url = "postgresql://me:secret@db.example:5433/shop"
    for arguments in (["run", "--database", url], ["run", f"--database={url}"]):
        shown = shown_command(arguments)
        assert "secret" not in shown
        assert "db.example:5433/shop" in shown


def test_the_command_to_repeat_names_no_directory_that_is_taken() -> None:
    for arguments in (["run", "quick", "--run-dir", "r", "-q"], ["run", "quick", "--run-dir=r", "-q"]):
        assert shown_command(arguments) == "djbench run quick -q"


def test_options_replace_what_the_profile_says() -> None:
    changed = with_overrides(profile.load("quick"), Overrides({"users": [3], "blocks": 1}))
    assert (changed.users, changed.blocks) == ((3,), "1")
    assert changed.servers == profile.load("quick").servers


def test_a_budget_lets_the_blocks_be_as_many_as_it_has_time_for() -> None:
    assert with_overrides(profile.load("quick"), Overrides({"budget_s": "1h"})).blocks == "5..20"
    assert with_overrides(profile.load("quick"), Overrides({"budget_s": "1h", "blocks": "3..9"})).blocks == "3..9"


def test_another_warm_up_does_not_keep_the_limit_of_the_profiles() -> None:
    assert with_overrides(profile.load("quick"), Overrides({"warmup_s": 5.0})).longest_warmup_s == 20.0


@pytest.mark.parametrize(
    ("overrides", "complaint"),
    [
        ({"blocks": "0"}, "--blocks 0: give 1 to 1000, the lower number first"),
        ({"blocks": "2..many"}, "--blocks 2..many: give a number such as 10, or a range such as '6..20'"),
        ({"budget_s": "soon"}, "--budget soon: give a time such as 90s, 10m or 1h30m"),
        (
            {"warmup_s": 1.0, "warmup_limit_s": 0.5},
            "the longest warm-up is 0.5 s and the shortest 1 s; raise --warmup-limit",
        ),
        ({"users": [0]}, "--users 0: give a whole number from 1 to 10,000"),
        ({"duration_s": 0.0}, "--duration 0: give a number above 0, at most 3,600"),
        ({"budget_cores": 0}, "--budget-cores 0: give a whole number from 1 to 1,024"),
        (
            {"accept": ["errors"]},
            "--accept errors: give arrival_lag, noisy_neighbour, server_disturbed, support_limit or all",
        ),
        ({"isolation": "none"}, "--isolation none: give trial or block"),
        ({"rates": ["9"], "arrivals": "foo"}, "--arrivals foo: give poisson or constant"),
        ({"beside_users": 0}, "--beside-users 0: give a whole number from 1 to 10,000"),
        ({"beside_users": 4}, "give both --beside and --beside-users: the pattern and how many users request it"),
        ({"users": [], "rates": ["9"], "beside": "plain", "beside_users": 4}, "there is none; give --users"),
        ({"users": [2], "generators": 4}, "4 generators need at least 4 users; lower --generators"),
        ({"users": [], "hold": [3], "generators": 4}, "4 generators need at least 4 streams; lower --generators"),
        ({"budget_s": "1h", "blocks": "5"}, "--budget does nothing with a fixed number of blocks; give a range in --"),
    ],
)
def test_an_option_out_of_range_is_named(overrides: dict[str, object], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        with_overrides(profile.load("quick"), Overrides(overrides))


@pytest.mark.parametrize("choice", ["mysql", "sqlite3", "postgresql://[bad", "http://x"])
def test_a_database_that_is_none_is_refused(choice: str) -> None:
    with pytest.raises(UsageError, match="--database"):
        database.check_database(choice)
