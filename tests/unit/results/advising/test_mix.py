"""A mix of patterns: how it is written, what it stands for, what it comes to."""

import pytest

from results.advising.mix import MixError, of_mix, parse_mix, resolve_mix, shares

PATTERNS = ["plain", "orm_read:rows=20", "sleep:delay=0.05", "sleep:delay=1", "fan_out:calls=5,delay=0.05"]


def test_a_mix_is_patterns_with_weights() -> None:
    assert parse_mix("plain=80, orm_read=15,fan_out=5") == {"plain": 80, "orm_read": 15, "fan_out": 5}


def test_specs_with_parameters_go_on_until_their_weight_comes() -> None:
    assert parse_mix("fan_out:calls=5,delay=0.05=20,plain=79.5,sleep:delay=1=.5") == {
        "fan_out:calls=5,delay=0.05": 20,
        "plain": 79.5,
        "sleep:delay=1": 0.5,
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("plain", "'plain' has no weight; write pattern=weight"),
        ("", "'' has no weight"),
        ("=3", "'=3' has no weight"),
        ("plain=80,", "'' has no weight"),
        ("sleep:delay=1", "'sleep:delay=1' has no weight"),
        ("sleep:delay=1,plain=80", "'sleep:delay=1,plain=80' has no weight"),
        ("plain=1=2", "'plain=1=2' has no weight"),
        ("plain=0", "the weight of plain is 0; it must be a number above 0"),
        ("plain=-3", "the weight of plain is -3; it must be a number above 0"),
        ("plain=inf", "the weight of plain is inf"),
        ("plain=nan", "the weight of plain is nan"),
        ("plain=most", "the weight of plain is most"),
        ("plain=1,plain=2", "plain is given twice"),
    ],
)
def test_what_is_no_mix_is_said_in_one_line(text: str, complaint: str) -> None:
    with pytest.raises(MixError) as raised:
        parse_mix(text)
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_name_or_a_part_of_a_spec_stands_for_the_one_pattern_that_fits() -> None:
    mix = {"plain": 1.0, "orm_read": 2.0, "sleep:delay=1": 3.0, "fan_out:delay=0.05": 4.0}
    assert resolve_mix(mix, PATTERNS) == {
        "plain": 1,
        "orm_read:rows=20": 2,
        "sleep:delay=1": 3,
        "fan_out:calls=5,delay=0.05": 4,
    }


@pytest.mark.parametrize(
    ("mix", "complaint"),
    [
        ({"orm_write": 1.0}, "the run has no pattern orm_write \\(it has: plain; orm_read"),
        ({"fan_out:calls=6": 1.0}, "the run has no pattern fan_out:calls=6"),
        ({"sleep": 1.0}, "sleep can be each of sleep:delay=0.05; sleep:delay=1; write out which"),
        ({"orm_read": 1.0, "orm_read:rows=20": 1.0}, "orm_read:rows=20 is given twice"),
    ],
)
def test_a_pattern_that_does_not_fit_the_run_is_named(mix: dict[str, float], complaint: str) -> None:
    with pytest.raises(MixError, match=complaint):
        resolve_mix(mix, PATTERNS)


def test_a_mix_takes_the_weighted_time_of_its_parts() -> None:
    """Nine requests of 1 ms and one of 11 ms take 20 ms: 500 a second, and not the 909 of the mean rate."""
    rates = {"plain": {0: 1000.0, 1: 1000.0, 2: 500.0}, "sleep:delay=1": {0: 1000 / 11, 2: 1000 / 11, 3: 1.0}}
    found = of_mix(rates, {"plain": 9.0, "sleep:delay=1": 1.0})
    assert found == pytest.approx({0: 500.0, 2: 1000 / 2.9})
    assert shares({"a": 1.0, "b": 3.0}) == {"a": 0.25, "b": 0.75}
