"""``make slots`` fails whoever misses what slots, or users on an event loop, can answer."""

from dataclasses import replace

import pytest

from djbench.load import ClosedLoad
from results.records.schema import Trial
from tests.slots_reached import Reached, reached
from tests.unit.runs import a_cell, a_measurement, served

LOAD = ClosedLoad(users=32)
FOUR = served(replace(a_cell(server="waitress:threads=4"), load=LOAD, wait_s=0.05), slots=4)  # 80 requests a second
LOOP = replace(a_cell(), load=replace(LOAD, users=16), wait_s=0.05)  # 320 requests a second


def trial(rate: float, *flags: str) -> Trial:
    return Trial(
        number=0,
        block=0,
        cell=FOUR,
        started="",
        measurement=a_measurement(rate),
        flags=flags,
        invalidated_by=flags,
    )


@pytest.mark.parametrize(
    ("rates", "missed"),
    [
        ((10.0, 79.0, 77.7), None),  # a round that was disturbed is no more than a round
        ((77.5, 77.5, 80.0), "under 97 %"),
        ((82.5, 82.5, 80.0), "over 103 %, which cannot be"),
        ((80.0, 80.0), "2 of at least 3 rounds"),
    ],
)
def test_slots_reach_what_they_can_give_or_take_three_percent(rates: tuple[float, ...], missed: str | None) -> None:
    found = Reached(FOUR, tuple(map(trial, rates)))
    assert found.missed == missed
    assert (" reached" in str(found)) == (missed is None)


@pytest.mark.parametrize(("rate", "missed"), [(304.5, None), (303.5, "under 95 %")])
def test_an_event_loop_answers_all_of_its_users_at_once(rate: float, missed: str | None) -> None:
    assert Reached(LOOP, (trial(rate),) * 3).missed == missed


def test_trials_that_do_not_count_are_left_out_and_said() -> None:
    failed = replace(trial(0), measurement=None, failure="no answer\nat all")
    found = Reached(FOUR, (trial(20, "noisy_neighbour"), *(trial(79),) * 3, failed))
    assert found.missed is None
    assert found.shares == [79 / 80] * 3
    assert str(found).endswith("[2 of 5 trials left out: noisy_neighbour, no answer]")
    nothing = Reached(FOUR, (failed,))
    assert nothing.missed == "0 of at least 3 rounds"
    assert "MISSED" in str(nothing)


def test_each_configuration_has_its_own_trials() -> None:
    many = served(FOUR, server="waitress:threads=16", slots=16)
    found = reached([replace(trial(1), cell=cell) for cell in (many, FOUR, many)])
    assert [(each.cell.slots, len(each.trials), each.most_rps) for each in found] == [(4, 1, 80.0), (16, 2, 320.0)]
