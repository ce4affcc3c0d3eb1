"""Options: what follows from a declaration, and that each is declared whole."""

import tomllib
from dataclasses import fields

import pytest

from djbench.option import Option, as_typed
from djbench.options import DISTURBANCES, OPTIONS, RECORDED, Method, Profile
from results.records.schema import Settings
from results.wording.commands import command_for
from runners.planning import profile
from tests.unit.runs import a_cell

NUMBER = Option(name="--n", summary="A number", panel="", kind=int, minimum=1, maximum=9, default=3)
WORD = Option(name="--word", summary="A word", panel="", choices=("a", "b"), or_all=True, many=True, default=())


def test_every_key_of_a_profile_but_its_description_and_its_tables_is_an_option() -> None:
    assert set(OPTIONS) == {field.name for field in fields(Profile)} - {"description", "also"}
    assert set(RECORDED) == {field.name for field in fields(Method)}
    assert set(RECORDED) < {field.name for field in fields(Settings)}


@pytest.mark.parametrize("option", OPTIONS.values(), ids=OPTIONS)
def test_an_option_is_declared_whole(option: Option) -> None:
    assert option.name.startswith("--")
    assert option.summary[0].isupper()
    assert not option.summary.endswith(".")
    assert "run" in option.commands
    assert {*option.needs} <= set(OPTIONS)
    assert option.kind in (str, int, float)
    if option.required:
        return
    if not option.many:
        assert option.checked(option.default) == option.default
    else:
        assert option.default == ()


def test_no_two_options_have_one_name() -> None:
    assert len({option.name for option in OPTIONS.values()}) == len(OPTIONS)


@pytest.mark.parametrize(
    ("option", "line"),
    [
        (NUMBER, "A number (default: 3)."),
        (WORD, "A word: a, b or all (repeatable; default: none)."),
        (OPTIONS["warmup_limit_s"], "Longest warm-up in seconds if the load does not settle, e.g. 5 (default: 4 × "),
        (OPTIONS["duration_s"], "Length of each window in seconds, e.g. 2 (default: as the profile says)."),
    ],
)
def test_the_help_is_one_line_with_the_words_and_the_default(option: Option, line: str) -> None:
    assert option.line.startswith(line)


@pytest.mark.parametrize("value", [0, 10, 2.5, True, "3", None, float("nan")])
def test_what_is_no_number_within_the_bounds_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="give a whole number from 1 to 9"):
        NUMBER.checked(value)


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        (NUMBER, "3", 3),
        (NUMBER, "2.5", "2.5"),
        (NUMBER, "x", "x"),
        (OPTIONS["duration_s"], "2.5", 2.5),
        (OPTIONS["duration_s"], "1,5", "1,5"),
        (OPTIONS["blocks"], "6", "6"),
        (WORD, "7", "7"),
    ],
)
def test_a_text_is_read_as_a_number_only_if_it_is_one(option: Option, text: str, value: object) -> None:
    assert option.read(text) == value


def test_a_number_without_a_highest_one_says_the_lowest() -> None:
    with pytest.raises(ValueError, match="give a whole number, 0 or more"):
        Option(name="--seed", summary="A seed", panel="", kind=int).checked(-1)


def test_bounds_belong_to_the_range_but_for_one_that_must_be_above() -> None:
    assert (NUMBER.checked(1), NUMBER.checked(9)) == (1, 9)
    duration = OPTIONS["duration_s"]
    assert duration.checked(0.001) == 0.001
    with pytest.raises(ValueError, match="give a number above 0, at most 3,600"):
        duration.checked(0)


def test_words_are_those_of_the_choices_and_all() -> None:
    with pytest.raises(ValueError, match="give a, b or all"):
        WORD.checked("c")
    assert WORD.gathered(["b", "a", "b"]) == ("a", "b")
    assert WORD.gathered(["all"]) == ("a", "b")
    assert OPTIONS["accept"].gathered(["all"]) == DISTURBANCES


def test_what_a_profile_has_to_set_cannot_be_empty() -> None:
    with pytest.raises(ValueError, match="give at least one"):
        OPTIONS["servers"].gathered([])


def test_values_are_written_as_somebody_would_type_them() -> None:
    assert [as_typed(value) for value in (0.5, 2.0, 3, "200", (), None)] == ["0.5", "2", "3", "200", "none", "none"]


def test_a_command_says_all_that_the_profile_it_would_take_says_otherwise() -> None:
    """``djbench run`` takes the profile quick, and what that sets has to be in every command."""
    quick = tomllib.loads(profile.built_in_profiles()["quick"])
    settings = Settings(
        **{key: getattr(profile.load("quick"), key) for key in RECORDED}, cpus_server=(), cpus_support=()
    )
    words = command_for([a_cell()], settings, "5").split()
    for key in set(quick) - {"description", "also"}:
        assert OPTIONS[key].name in words
    for key in set(OPTIONS) - set(quick):
        assert OPTIONS[key].name not in words
