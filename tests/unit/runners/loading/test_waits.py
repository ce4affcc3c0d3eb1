"""What a window waits for, and for how long."""

import pytest

from djbench.load import ClosedLoad, HeldLoad, Load, OpenLoad
from djbench.request import Workload
from runners.loading.waits import Wait, closing, draining, opening
from scenarios.job import Job

OPEN = OpenLoad(rate="10", arrivals="constant", connections=5)


def a_job(load: Load = ClosedLoad(users=2)) -> Job:  # noqa: B008  frozen
    return Job(
        host="127.0.0.1",
        port=1,
        workload=Workload(requests=()),
        load=load,
        warmup_s=1.0,
        answered_limit_s=61.0,
        steady_limit_s=4.0,
        duration_s=5.0,
        timeout_s=60.0,
        seed=1,
        samples="s",
    )


@pytest.mark.parametrize(
    ("load", "what"),
    [
        (ClosedLoad(users=1), "connecting 1 user"),
        (ClosedLoad(users=4000, beside="cpu", beside_users=1000), "connecting 5000 users"),
        (OPEN, "warming up"),
        (HeldLoad(streams=100), "opening 100 streams"),
    ],
)
def test_each_load_says_what_goes_on_before_its_window(load: Load, what: str) -> None:
    assert opening(a_job(load)).what == what


def test_no_stage_lasts_longer_than_its_time_and_the_time_outs_of_its_requests() -> None:
    job = a_job()
    assert opening(job) == Wait(
        what="connecting 2 users", late="connecting 2 users", usual_s=1.0, longest_s=64.0, then_s=5.0
    )
    assert (closing(job).usual_s, closing(job).longest_s) == (5.0, 65.0)
    assert (draining(job).usual_s, draining(job).longest_s) == (0.0, 61.0)


@pytest.mark.parametrize(
    ("waited_s", "left_s"), [(0, 15), (10, 15), (5, 10), (9, 6), (12, 17), (30, 35), (40, 25), (60, 5), (70, 5)]
)
def test_a_late_wait_lasts_about_as_long_again_up_to_its_end(waited_s: float, left_s: float) -> None:
    wait = Wait(what="", late="", usual_s=10, longest_s=60, then_s=5)
    assert wait.left_s(waited_s) == left_s
