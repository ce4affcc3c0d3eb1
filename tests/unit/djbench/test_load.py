"""Loads: rates as they are written, slices, and how long a trial is expected to take."""

import pytest

from djbench.load import ClosedLoad, OpenLoad, TrialTiming
from djbench.rate import Stage, canonical_rate, parse_rate, varies
from djbench.spec import SpecError


@pytest.mark.parametrize(
    ("text", "stages", "canonical"),
    [
        ("200", (Stage(200, 200, 5),), "200"),
        ("0.50", (Stage(0.5, 0.5, 5),), "0.5"),
        ("100..2000/60s", (Stage(100, 2000, 60),), "100..2000/60s"),
        ("100.0/10s, 200/2.50s", (Stage(100, 100, 10), Stage(200, 200, 2.5)), "100/10s,200/2.5s"),
        ("123456.789012/0.01s", (Stage(123456.789012, 123456.789012, 0.01),), "123456.789012/0.01s"),
        ("10..5/1s,5/1s", (Stage(10, 5, 1), Stage(5, 5, 1)), "10..5/1s,5/1s"),
    ],
)
def test_a_rate_reads_as_its_stages(text: str, stages: tuple[Stage, ...], canonical: str) -> None:
    assert parse_rate(text, 5) == stages
    assert canonical_rate(text) == canonical
    assert canonical_rate(canonical) == canonical


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("fast", "rate fast: fast is no rate; write a rate per second such as 200"),
        ("", "rate : nothing is no rate"),
        ("-5", "-5 is no rate"),
        ("0", "rate 0: 0 is not between 0.01 and 1,000,000 per second"),
        ("1e9", "1e9 is no rate"),
        ("2000000", "2e\\+06 is not between"),
        ("100..200", "a ramp needs its length, such as 100..200/60s"),
        ("100,200", "each of several stages needs its length"),
        ("100/10s,200", "each of several stages needs its length"),
        ("100/0s", "a stage lasts from 0.01 to 3,600 seconds, not 0"),
        ("100/999999s", "a stage lasts from 0.01 to 3,600 seconds, not 999999"),
        ("100/10", "100/10 is no rate"),
        ("100..0/10s", "0 is not between"),
    ],
)
def test_what_is_no_rate_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(SpecError, match=complaint):
        parse_rate(text, 5)


def test_a_rate_with_lengths_sets_the_window() -> None:
    assert ClosedLoad(users=1).window_s(5) == 5
    assert OpenLoad(rate="7", arrivals="poisson", connections=1).window_s(5) == 5
    assert OpenLoad(rate="7/2s,1..9/3s", arrivals="poisson", connections=1).window_s(9) == 5
    assert not varies("7")
    assert varies("7/2s")


def test_slices_have_whole_rounds_of_users_who_wait_for_each_other() -> None:
    """Sixteen users of a slow view: in a tenth of a second hardly one of them would be answered twice."""
    slicing = ClosedLoad(users=16).slicing(0.0, None)
    assert slicing.after_warm_up(0.001) == slicing
    slow = slicing.after_warm_up(0.08)
    assert [slow.slice_s, slow.lead_in_s] == pytest.approx([0.32, 0.16])
    assert slow.fitted(1.0, None)[0] == 3
    assert slow.fitted(1.0, 0.1)[0] == 10, "whoever asks for a length gets it"


def test_a_schedule_has_no_rounds() -> None:
    slicing = OpenLoad(rate="100", arrivals="poisson", connections=8).slicing(0.0, None)
    assert slicing is not None
    assert slicing.after_warm_up(5.0) == slicing


def test_many_users_take_their_time_to_connect_and_to_be_answered() -> None:
    timing = TrialTiming(wait_s=0, event_gap_s=0, slots=16, warmup_s=1, warmup_limit_s=4, duration_s=5)
    few_s, many_s, crowd_s = (ClosedLoad(users=users).trial_s(timing) for users in (16, 2000, 5000))
    assert few_s == pytest.approx(6, abs=0.01)
    assert many_s == pytest.approx(7.5)  # a warm-up of a round, the window, and the round that is on its way
    assert crowd_s == pytest.approx(0.5 + 2.5 + 4 + 5 + 2.5)  # beyond the backlog: the kernel tries again


def test_a_wait_counts_once_for_each_turn() -> None:
    timing = TrialTiming(wait_s=1, event_gap_s=0, slots=1, warmup_s=1, warmup_limit_s=4, duration_s=5)
    assert ClosedLoad(users=8).trial_s(timing) == pytest.approx(1 + 8.5 + 5 + 8)
