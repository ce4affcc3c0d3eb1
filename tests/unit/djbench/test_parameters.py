"""Spec strings: what they mean, and what is said when they are wrong."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djbench.spec import Parameter, SpecError, canonical, expand, resolve, split_spec, text_of

DELAY = Parameter(name="delay", default=0.05, unit="seconds", maximum=60, summary="")
CALLS = Parameter(name="calls", default=10, minimum=1, maximum=100, summary="")
LOOP = Parameter(name="loop", default="uvloop", choices=("uvloop", "asyncio"), summary="")


def test_every_parameter_has_its_default_and_the_declared_order() -> None:
    values = resolve("fan_out", (CALLS, DELAY), {"delay": "1"})
    assert values == {"calls": 10, "delay": 1.0}
    assert canonical("fan_out", values) == "fan_out:calls=10,delay=1"


@pytest.mark.parametrize(
    ("text", "specs"),
    [
        ("plain", ["plain"]),
        ("sleep:delay=1", ["sleep:delay=1"]),
        ("sleep:delay=1|2", ["sleep:delay=1", "sleep:delay=2"]),
        ("f:calls=1|2,delay=3|4", ["f:calls=1,delay=3", "f:calls=1,delay=4", "f:calls=2,delay=3", "f:calls=2,delay=4"]),
        ("sleep:delay=1|", ["sleep:delay=1", "sleep:delay="]),  # refused as any other value that is missing
        ("sleep:", ["sleep:"]),
    ],
)
def test_alternatives_stand_for_several_specs(text: str, specs: list[str]) -> None:
    assert expand(text) == specs


def test_a_name_alone_is_its_own_canonical_form() -> None:
    assert split_spec("plain") == ("plain", {})
    assert canonical("plain", {}) == "plain"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is not a spec"),
        ("sleep:", "is not a spec"),
        (":delay=1", "is not a spec"),
        ("sleep:delay", "'delay' is not key=value"),
        ("sleep:delay=", "is not key=value"),
        ("sleep:=1", "is not key=value"),
        ("sleep:delay=1,", "'' is not key=value"),
        ("sleep:delay=1,delay=2", "sets delay twice"),
    ],
)
def test_what_does_not_fit_the_grammar_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(SpecError, match=complaint):
        split_spec(text)


@pytest.mark.parametrize(
    ("parameter", "text", "complaint"),
    [
        (DELAY, "x", "delay=x: must be a number of seconds from 0 to 60"),
        (DELAY, "-1", "from 0 to 60"),
        (DELAY, "61", "from 0 to 60"),
        (DELAY, "nan", "from 0 to 60"),
        (DELAY, "inf", "from 0 to 60"),
        (CALLS, "1.5", "must be a whole number from 1 to 100"),
        (CALLS, "0", "from 1 to 100"),
        (LOOP, "trio", "must be one of uvloop, asyncio"),
    ],
)
def test_a_value_of_the_wrong_type_or_range_is_refused(parameter: Parameter, text: str, complaint: str) -> None:
    with pytest.raises(SpecError, match=complaint):
        parameter.parse(text)


def test_an_unknown_key_names_the_nearest() -> None:
    with pytest.raises(SpecError, match="unknown parameter of sleep 'dealy'; did you mean 'delay'"):
        resolve("sleep", (DELAY,), {"dealy": "1"})


def test_a_number_without_an_upper_bound_says_so() -> None:
    with pytest.raises(SpecError, match="a number of at least 2"):
        Parameter(name="n", default=2.0, minimum=2, maximum=math.inf, summary="").parse("1")


@given(st.floats(min_value=0, max_value=60))
def test_the_text_of_a_number_reads_back_as_the_same_number(value: float) -> None:
    assert DELAY.parse(text_of(value)) == value
