"""The measured window: under closed load it opens and closes on answers."""

from scenarios.window import MIN_PATIENCE_S, TURNS_AT_THE_END, TURNS_OF_OTHERS, Closing, WarmUp, Window

S = 1_000_000_000


class Load:
    """Users of one or more generators, as the generators and their coordinator watch over them."""

    def __init__(self, users: int = 2, warmup_s: float = 1, limit_s: float = 10, duration_s: float = 5) -> None:
        self.window = Window(generators=1)
        self.warm_up = WarmUp(started_ns=0, least_s=warmup_s, limit_s=limit_s)
        self.warm_up.users = users
        self.duration_ns = round(duration_s * S)
        self.counted = 0

    def answered(self, user: int, done_ns: int) -> None:
        opened_ns = self.window.opened_ns
        if not opened_ns:
            if self.warm_up.over(user, done_ns):
                assert self.window.warm(0, done_ns)
        elif not self.window.closed_ns:
            self.counted += 1
            if done_ns >= opened_ns + self.duration_ns:
                assert self.window.due(done_ns)


def test_it_opens_with_the_first_answer_after_the_warm_up() -> None:
    load = Load(users=1)
    load.answered(0, S // 2)
    assert not load.window.opened_ns
    load.answered(0, round(1.2 * S))
    assert load.window.opened_ns == round(1.2 * S)


def test_it_waits_until_each_user_has_had_an_answer() -> None:
    load = Load(users=2)
    load.answered(0, 2 * S)
    load.answered(0, 3 * S)
    assert not load.window.opened_ns
    load.answered(1, 4 * S)
    assert load.window.opened_ns == 4 * S


def test_it_does_not_wait_longer_than_the_limit() -> None:
    load = Load(users=2, limit_s=10)
    load.answered(0, 9 * S)
    assert not load.window.opened_ns
    load.answered(0, 10 * S)
    assert load.window.opened_ns == 10 * S


def test_a_warm_up_waits_to_hear_how_many_users_there_are() -> None:
    warm_up = WarmUp(started_ns=0, least_s=0, limit_s=10)
    assert not warm_up.over(0, S)
    warm_up.users = 1
    assert warm_up.over(0, S)


def test_it_closes_with_the_first_answer_after_its_length() -> None:
    load = Load(users=1)
    for done_s in (2, 6, 8):
        load.answered(0, done_s * S)
    assert (load.window.opened_ns, load.window.closed_ns) == (2 * S, 8 * S)


def test_one_slow_user_gives_the_exact_rate() -> None:
    """A request of 10 s in a window of 5 s: one answer in exactly 10 s, not none in 5 s."""
    load = Load(users=1)
    load.answered(0, 10 * S)
    load.answered(0, 20 * S)
    assert load.counted == 1
    assert load.window.closed_ns - load.window.opened_ns == 10 * S


def test_sixteen_users_in_step_give_the_exact_rate() -> None:
    """Answers come 16 at a time every 50 ms; from one burst's first to another's, no burst is counted in part."""
    load = Load(users=16, warmup_s=0.12, duration_s=1.0)
    for burst in range(1, 100):
        for user in range(16):
            load.answered(user, burst * 50_000_000 + user * 1000)
    assert load.counted / ((load.window.closed_ns - load.window.opened_ns) / S) == 320


def test_several_generators_open_together_and_close_with_the_first() -> None:
    window = Window(generators=3)
    assert not window.warm(2, 5 * S)
    assert not window.warm(0, 9 * S)
    assert window.warm(1, 7 * S)
    assert window.opened_ns == 9 * S
    assert not window.warm(1, 8 * S)
    assert window.due(15 * S)
    assert not window.due(14 * S)
    assert window.closed_ns == 15 * S


def test_it_does_not_close_before_it_has_opened() -> None:
    window = Window(generators=2)
    assert not window.warm(0, 5 * S)
    assert not window.due(9 * S)
    assert window.warm(1, 10 * S)


def test_it_opens_without_an_answer_when_the_warm_up_has_its_greatest_length() -> None:
    window = Window(generators=1)
    assert window.warm_up_ends(7 * S)
    assert window.opened_ns == 7 * S
    assert not window.warm(0, 8 * S)
    window = Window(generators=1)
    window.warm(0, 5 * S)
    assert not window.warm_up_ends(7 * S)
    assert window.opened_ns == 5 * S


def test_a_warm_up_does_not_wait_for_a_user_whom_others_leave_no_turn() -> None:
    warm_up = WarmUp(started_ns=0, least_s=1, limit_s=100)
    warm_up.users = 3
    patience_ns = round(MIN_PATIENCE_S * S)
    for turn in range(1, TURNS_OF_OTHERS):
        assert not warm_up.over(0, turn * S // 10)
        assert not warm_up.over(1, turn * S // 10)
    assert not warm_up.over(0, patience_ns - 1)  # a refused connection may be on its way still
    assert warm_up.over(1, patience_ns)


def test_a_warm_up_waits_for_users_whose_turn_is_still_to_come() -> None:
    """Each answer takes two seconds, one after the other: nobody has a second one before all have had the first."""
    warm_up = WarmUp(started_ns=0, least_s=1, limit_s=1000)
    warm_up.users = 50
    over = [warm_up.over(user, 2 * (user + 1) * S) for user in range(50)]
    assert over == [False] * 49 + [True]


def test_a_window_ends_with_its_openers_answer() -> None:
    closing = Closing(opener=1, users=3)
    assert [closing.ends(user) for user in (2, 0, 1)] == [False, False, True]


def test_a_window_ends_without_its_opener_when_the_others_have_had_their_turns() -> None:
    closing = Closing(opener=1, users=3)
    ends = [closing.ends(answer % 3 if answer % 3 != 1 else 0) for answer in range(3 * TURNS_AT_THE_END)]
    assert ends == [False] * (3 * TURNS_AT_THE_END - 1) + [True]


def test_a_window_that_nobodys_answer_opened_ends_with_any() -> None:
    assert Closing(opener=None, users=3).ends(2)


def test_who_is_beside_has_to_be_answered_but_does_not_end_the_warm_up() -> None:
    warm_up = WarmUp(started_ns=0, least_s=1, limit_s=100)
    warm_up.users, warm_up.beside = 2, 1
    assert not warm_up.over(0, 2 * S)  # the other one waits still
    warm_up.met(1)
    assert warm_up.over(0, 3 * S)
