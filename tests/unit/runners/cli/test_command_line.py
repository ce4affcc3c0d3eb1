"""What needs no server: secrets stay out of records, options replace the profile's keys, bad ones are named."""

import pytest

from djbench.errors import UsageError
from runners.cli.app import COMMANDS, app
from runners.cli.preparing import shown_command, with_overrides
from runners.cli.typer_options import Overrides, overrides_of
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


def test_only_what_was_given_replaces_something() -> None:
    given = {"users": ["3", "4"], "duration_s": "2.5", "blocks": "6", "cpus": "", "beside": None, "servers": []}
    assert overrides_of(given) == {
        "users": [3, 4], "rates": (), "hold": (), "duration_s": 2.5, "blocks": "6", "cpus": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("run", "--users", "x"), "--users x: give a whole number from 1 to 10,000"),
        (("run", "--users", "4", "--users", "4.5"), "--users 4.5: give a whole number from 1 to 10,000"),
        (("run", "--duration", "1,5"), "--duration 1,5: give a number above 0, at most 3,600"),
        (("run", "--seed", "x"), "--seed x: give a whole number, 0 or more"),
        (("run", "--seed", "-1"), "--seed -1: give a whole number, 0 or more"),
        (("serve", "uvicorn", "--port", "99999"), "--port 99999: give a whole number from 0 to 65,535"),
        (("serve", "uvicorn", "--port", "http"), "--port http: give a whole number from 0 to 65,535"),
        (("audit", "--rounds", "0"), "--rounds 0: give a whole number from 1 to 100"),
        (("audit", "--duration", "nan"), "--duration nan: give a number from 0.1 to 600"),
        (("validate", "--pairs", "x"), "--pairs x: give a whole number from 1 to 20"),
        (("validate", "--handicap", "5", "--handicap", "95"), "--handicap 95: give a number above 0, at most 90"),
        (("validate", "--offline", "--runs", "0"), "--runs 0: give a whole number from 1 to 100,000"),
    ],
)
def test_what_is_no_number_or_none_of_the_range_gets_one_line_with_the_range(
    arguments: tuple[str, ...], complaint: str
) -> None:
    with pytest.raises(UsageError, match=f"^{complaint}$"):
        app(arguments, standalone_mode=False)


@pytest.mark.parametrize("command", [name for commands in COMMANDS.values() for name in commands])
def test_a_usage_has_each_bracket_once(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    app([command, "--help"], standalone_mode=False)
    usage = next(line for line in capsys.readouterr().out.splitlines() if "Usage:" in line)
    assert "[[" not in usage
    assert usage.count("...") <= 1


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
