"""What each user of a closed load draws."""

from pathlib import Path

from djbench.load import ClosedLoad
from djbench.request import Request, Workload
from scenarios.engine.applied import Assignment
from scenarios.engine.closed import ClosedPart, ClosedUser
from scenarios.job import Job


def drawn(folder: Path, offset_s: float, place: int = 0) -> list[int]:
    """The first requests of a user in the slice that begins there."""
    job = Job(
        host="127.0.0.1",
        port=1,
        workload=Workload(requests=tuple(Request(name=str(number), path="/") for number in range(10))),
        load=ClosedLoad(users=2),
        warmup_s=0,
        answered_limit_s=1,
        duration_s=1,
        timeout_s=1,
        seed=1,
        offset_s=offset_s,
        samples=str(folder / "samples"),
    )
    part = ClosedPart(job, Assignment(index=0, of=1, start_ns=0, warm=lambda _: None, due=lambda _: None))
    user = part.seat(place)
    assert isinstance(user, ClosedUser)
    requests = [part.draw.pick(user.random) for _ in range(20)]
    part.finish()
    return requests


def test_each_slice_has_draws_of_its_own_and_rivals_have_the_same(tmp_path: Path) -> None:
    first = drawn(tmp_path, 0.0)
    assert first == drawn(tmp_path, 0.0)
    assert first != drawn(tmp_path, 0.1)
    assert first != drawn(tmp_path, 0.0, place=1)
