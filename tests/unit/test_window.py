"""The measured window: it opens and closes on answers."""

from scenarios.window import Phase, Window

S = 1_000_000_000


def a_window(users: int = 2, warmup_s: float = 1, warmup_limit_s: float = 10, duration_s: float = 5) -> Window:
    return Window(users=users, started_ns=0, warmup_s=warmup_s, warmup_limit_s=warmup_limit_s, duration_s=duration_s)


def test_it_opens_with_the_first_answer_after_the_warm_up() -> None:
    window = a_window(users=1)
    assert window.answered(0, S // 2) is None
    assert window.answered(0, round(1.2 * S)) is Phase.OPEN
    assert window.opened_ns == round(1.2 * S)


def test_it_waits_until_each_user_has_had_an_answer() -> None:
    window = a_window(users=2)
    assert window.answered(0, 2 * S) is None
    assert window.answered(0, 3 * S) is None
    assert window.answered(1, 4 * S) is Phase.OPEN


def test_it_does_not_wait_longer_than_the_limit() -> None:
    window = a_window(users=2, warmup_limit_s=10)
    assert window.answered(0, 9 * S) is None
    assert window.answered(0, 10 * S) is Phase.OPEN


def test_it_closes_with_the_first_answer_after_its_length() -> None:
    window = a_window(users=1)
    window.answered(0, 2 * S)
    assert window.answered(0, 6 * S) is None
    assert window.answered(0, 8 * S) is Phase.CLOSED
    assert (window.opened_ns, window.closed_ns) == (2 * S, 8 * S)
    assert window.answered(0, 9 * S) is None


def test_one_slow_user_gives_the_exact_rate() -> None:
    """A request of 10 s in a window of 5 s: one answer in exactly 10 s, not none in 5 s."""
    window = a_window(users=1)
    assert window.answered(0, 10 * S) is Phase.OPEN
    assert window.answered(0, 20 * S) is Phase.CLOSED
    assert window.closed_ns - window.opened_ns == 10 * S


def test_sixteen_users_in_step_give_the_exact_rate() -> None:
    """Answers come 16 at a time every 50 ms; from one burst's first to another's, no burst is counted in part."""
    window = a_window(users=16, warmup_s=0.12, duration_s=1.0)
    counted = 0
    for burst in range(1, 100):
        for user in range(16):
            before = window.phase
            window.answered(user, burst * 50_000_000 + user * 1000)
            counted += before is Phase.OPEN
            if window.phase is Phase.CLOSED:
                break
        if window.phase is Phase.CLOSED:
            break
    assert counted / ((window.closed_ns - window.opened_ns) / S) == 320


def test_it_can_be_closed_when_nothing_answers() -> None:
    window = a_window()
    assert window.close(7 * S) is Phase.CLOSED
    assert window.opened_ns == window.closed_ns == 7 * S
