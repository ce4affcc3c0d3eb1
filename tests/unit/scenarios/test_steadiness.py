"""When a closed load is steady."""

from collections.abc import Iterable

from scenarios.steadiness import Steadiness
from scenarios.window import WarmUp

MS = 1_000_000


def steady(done_ms: Iterable[float], users: int) -> bool:
    watched = Steadiness(0)
    for at_ms in done_ms:
        watched.add(round(at_ms * MS))
    return watched.steady(users)


def test_a_constant_rate_is_steady() -> None:
    assert steady(range(1, 1000), users=4)


def test_a_rate_that_still_rises_is_not() -> None:
    assert not steady((1000 * (n / 1000) ** 0.5 for n in range(1, 1000)), users=4)


def test_what_was_long_ago_does_not_matter() -> None:
    slow_then_even = [*range(10, 400, 10), *range(400, 1000)]
    assert steady(slow_then_even, users=4)
    assert not steady(slow_then_even[:150], users=4)


def test_users_in_step_are_steady_though_halves_of_the_time_have_unequal_counts() -> None:
    """Sixteen answers every 50 ms: in 0.53 s there are cycles that fall into one half or into the other."""
    done_ms = [50 * cycle + user * 0.01 for cycle in range(1, 30) for user in range(16)]
    assert steady(done_ms, users=16)


def test_with_few_answers_nothing_is_known_and_nothing_is_waited_for() -> None:
    assert steady([1, 50, 51, 52], users=4)


def test_the_warm_up_lasts_until_the_load_is_steady_but_not_beyond_its_limit() -> None:
    warm_up = WarmUp(started_ns=0, least_s=0.1, limit_s=9, steady_limit_s=0.5)
    warm_up.users = 1
    rising = [round(500 * MS * (n / 1000) ** 0.5) for n in range(1, 1001)]
    over = [at_ns for at_ns in rising if warm_up.over(0, at_ns)]
    assert over[0] == 500 * MS

    warm_up = WarmUp(started_ns=0, least_s=0.1, limit_s=9, steady_limit_s=0.5)
    warm_up.users = 1
    settling = [*range(8, 48, 8), *range(48, 500)]
    assert next(at for at in settling if warm_up.over(0, at * MS)) == 100


def test_what_is_forgotten_changes_nothing() -> None:
    """Of a long warm-up only its latter half is kept, and that is all that is looked at."""
    watched = Steadiness(0)
    for at_ms in range(1, 20_001):
        watched.add(at_ms * MS)
    assert watched.steady(4)
    assert len(watched._done_ns) < 15_000
    for at_ms in range(20_001, 30_000, 3):
        watched.add(at_ms * MS)
    assert not watched.steady(4)
