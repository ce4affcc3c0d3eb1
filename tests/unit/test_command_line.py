"""What needs no server: secrets stay out of records, options replace the profile's keys, bad ones are named."""

import pytest

from runners import database, profile
from runners.cli.run import Overrides, _shown_command, _with_overrides
from runners.errors import UsageError


def test_a_password_is_not_stored() -> None:
    url = "postgresql://me:secret@db.example:5433/shop"
    for arguments in (["run", "--database", url], ["run", f"--database={url}"]):
        shown = _shown_command(arguments)
        assert "secret" not in shown
        assert "db.example:5433/shop" in shown


def test_the_command_to_repeat_names_no_directory_that_is_taken() -> None:
    for arguments in (["run", "quick", "--run-dir", "r", "-q"], ["run", "quick", "--run-dir=r", "-q"]):
        assert _shown_command(arguments) == "djbench run quick -q"


def test_options_replace_what_the_profile_says() -> None:
    changed = _with_overrides(profile.load("quick"), Overrides({"users": [3], "blocks": 1}))
    assert (changed.users, changed.blocks) == ([3], 1)
    assert changed.servers == profile.load("quick").servers


@pytest.mark.parametrize(
    ("overrides", "complaint"),
    [
        ({"blocks": 0}, "--blocks 0: input should be greater than or equal to 1"),
        ({"users": [0]}, "--users 0: input should be greater than or equal to 1"),
        ({"duration_s": 0.0}, "--duration 0.0: input should be greater than 0"),
        ({"isolation": "none"}, "--isolation none: input should be 'trial' or 'block'"),
    ],
)
def test_an_option_out_of_range_is_named(overrides: dict[str, object], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        _with_overrides(profile.load("quick"), Overrides(overrides))


@pytest.mark.parametrize("choice", ["mysql", "sqlite3", "postgresql://[bad", "http://x"])
def test_a_database_that_is_none_is_refused(choice: str) -> None:
    with pytest.raises(UsageError, match="--database"):
        database.check(choice)
