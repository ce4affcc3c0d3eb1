"""Users on a journey, without a server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from djbench.journey import Journey, Step
from djbench.load import ClosedLoad
from djbench.request import Request, Workload
from scenarios.engine.applied import Assignment
from scenarios.engine.journeys import JourneyPart, Traveller
from scenarios.job import Job
from scenarios.window import Closing


@pytest.fixture
def part(tmp_path: Path) -> Iterator[JourneyPart]:
    made = part_with(tmp_path, (1.0, 3.0), (0.0, 0.0))
    yield made
    made.finish()


def part_with(folder: Path, *think_s: tuple[float, float]) -> JourneyPart:
    job = Job(
        host="127.0.0.1",
        port=1,
        workload=Workload(
            requests=tuple(Request(name=str(number), path="/") for number in range(len(think_s))),
            journey=Journey(steps=tuple(Step(think_s=span_s) for span_s in think_s)),
        ),
        load=ClosedLoad(users=2),
        warmup_s=1.0,
        answered_limit_s=60.0,
        duration_s=1.0,
        timeout_s=1.0,
        seed=1,
        samples=str(folder / "samples"),
    )
    return JourneyPart(job, Assignment(index=0, of=1, start_ns=0, warm=lambda _: None, due=lambda _: None))


def traveller(part: JourneyPart) -> Traveller:
    seat = part.seat(0)
    assert isinstance(seat, Traveller)
    part.seats.append(seat)
    return seat


def test_who_thinks_when_the_window_closes_goes_at_once(part: JourneyPart) -> None:
    thinking, waiting = traveller(part), traveller(part)
    thinking.pause(600.0)
    waiting.connection.waits_since_ns = 1
    part.open(1)
    part.close(2)
    assert thinking.ended.is_set()
    assert not waiting.ended.is_set()
    waiting.connection.waits_since_ns = 0


def test_who_thinks_in_the_whole_window_does_not_starve_but_who_waits_does(part: JourneyPart) -> None:
    thinking, waiting = traveller(part), traveller(part)
    waiting.place = 1
    waiting.connection.waits_since_ns = 1
    part.open(1)
    part.close(2)
    assert part.starved == (1,)
    assert not part.starves(thinking)
    waiting.connection.waits_since_ns = 0


def test_users_who_think_start_over_a_whole_journey_and_any_of_them_ends_the_window(part: JourneyPart) -> None:
    assert part.gathering_s == 2.0
    assert part.closing(1, 2).ends(0)


def test_users_without_think_time_start_and_end_as_those_of_any_closed_load(tmp_path: Path) -> None:
    part = part_with(tmp_path, (0.0, 0.0))
    assert part.gathering_s == 0.5
    closing = part.closing(1, 2)
    assert isinstance(closing, Closing)
    assert not closing.ends(0)
    part.finish()
