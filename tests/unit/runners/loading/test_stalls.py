"""Stretches in which a server answered nothing while requests waited."""

from collections.abc import Iterable

import numpy as np
import pytest

from djbench.outcome import CODES, Outcome
from runners.loading.samples import ROW
from runners.loading.stalls import MIN_STALL_S, Stalls

MS = 1_000_000


def rows(*sent_and_done_ms: tuple[float, float], outcome: Outcome = Outcome.OK) -> "np.ndarray":
    """Requests by when they were sent and when they were over."""
    made = np.zeros(len(sent_and_done_ms), dtype=ROW)
    times_ms = np.array(sent_and_done_ms).reshape(-1, 2)
    made["intended_ns"] = made["sent_ns"] = (times_ms[:, 0] * MS).astype(np.int64)
    made["done_ns"] = (times_ms[:, 1] * MS).astype(np.int64)
    made["outcome"] = CODES[outcome]
    return made


def one_after_the_other(*until_ms: float, took_ms: float = 2) -> list[tuple[float, float]]:
    """One user's requests: from 0 to the first moment, from the second one to the third, and so on."""
    return [
        (sent_ms, sent_ms + took_ms)
        for first_ms, last_ms in zip(until_ms[::2], until_ms[1::2], strict=True)
        for sent_ms in np.arange(first_ms, last_ms, took_ms)
    ]


def longest_s(*chunks: "np.ndarray", length_ms: int = 60_000) -> float:
    stalls = Stalls()
    for chunk in chunks:
        stalls.add(chunk, length_ms * MS)
    return stalls.longest_s()


def test_one_user_and_a_server_frozen_for_five_of_twelve_seconds() -> None:
    user = [*one_after_the_other(0, 3000), (3000, 8000), *one_after_the_other(8000, 12_000)]
    assert longest_s(rows(*user)) == pytest.approx(5, abs=0.002)


def test_answers_that_waited_for_its_end_do_not_hide_it() -> None:
    """They are 16 of 116, so the p99 of all is as long as the stretch."""
    users = [*one_after_the_other(0, 200), *((200, 2200) for _ in range(16))]
    assert longest_s(rows(*users)) == pytest.approx(2, abs=0.002)


def test_no_stall_without_a_request_that_waits() -> None:
    assert longest_s(rows(*one_after_the_other(0, 1000, 6000, 7000))) == 0


def test_no_stall_when_answers_take_as_long_as_that() -> None:
    assert longest_s(rows(*one_after_the_other(0, 20_000, took_ms=1000))) == 0


def test_no_stall_of_half_a_second_or_less() -> None:
    def pause(length_ms: float) -> list[tuple[float, float]]:
        return [*one_after_the_other(0, 100), (100, 100 + length_ms), *one_after_the_other(100 + length_ms, 2000)]

    assert longest_s(rows(*pause(1000 * MIN_STALL_S - 5))) == 0
    assert longest_s(rows(*pause(1000 * MIN_STALL_S + 5))) > MIN_STALL_S


def test_another_users_answers_end_a_stretch() -> None:
    alone = [(0, 1500), *one_after_the_other(1500, 3000)]
    assert longest_s(rows(*alone)) == pytest.approx(1.5, abs=0.002)
    assert longest_s(rows(*alone, *one_after_the_other(0, 3000, took_ms=100))) == 0


def test_what_is_no_answer_ends_no_stretch_and_what_waits_goes_on_with_the_next_request() -> None:
    answered = rows(*one_after_the_other(0, 400))
    given_up = rows((400, 900), (900, 1400), (1400, 1900), outcome=Outcome.TIMEOUT)
    assert longest_s(answered, given_up) == pytest.approx(1.5, abs=0.002)
    assert longest_s(answered, given_up, rows((1900, 2400), outcome=Outcome.STATUS)) == pytest.approx(2, abs=0.002)
    # What was never sent waits for nobody but its own connection.
    assert longest_s(answered, rows((900, 900), outcome=Outcome.DROPPED)) == 0


def test_a_request_sent_before_the_window_waits_from_its_opening() -> None:
    assert longest_s(rows((-3000, 1000), *one_after_the_other(1000, 2000))) == pytest.approx(1, abs=0.002)


def shuffled(of: "np.ndarray", parts: int) -> Iterable["np.ndarray"]:
    order = np.random.default_rng(7).permutation(len(of))
    return np.array_split(of[order], parts)


def test_generators_files_come_in_any_order() -> None:
    """Each generator's answers fill what looks like a stall in another's file."""
    one = rows(*one_after_the_other(0, 1000), (1000, 4000), *one_after_the_other(4000, 5000))
    other = rows((0, 2500), *one_after_the_other(2500, 5000))
    assert longest_s(one, other) == longest_s(other, one) == pytest.approx(1.5, abs=0.003)
    assert longest_s(*shuffled(np.concatenate([one, other]), 5)) == longest_s(one, other)


def test_several_windows_are_looked_at_one_by_one() -> None:
    """Times begin anew in each; nobody waits between two of them, and what waits as one closes goes on waiting."""
    stalls = Stalls()
    for window in range(20):
        stalls.add(rows(*one_after_the_other(0, 100)), 100 * MS, window)
    assert stalls.longest_s() == 0
    stalls.add(rows(*one_after_the_other(0, 50), (50, 900)), 100 * MS, 20)
    assert stalls.longest_s() == pytest.approx(0.85, abs=0.002)


def test_who_waits_alone_after_the_window_makes_no_stall() -> None:
    """Users who were served send nothing more, and those whom the server starves wait for their time-out."""
    starved = rows((-500, 9500), outcome=Outcome.TIMEOUT)
    served = rows(*one_after_the_other(0, 1000))
    assert longest_s(served, starved, length_ms=995) == 0
    # It began before the window closed.
    assert longest_s(served, starved, length_ms=1050) == pytest.approx(8.5, abs=0.002)


def test_nothing_recorded_is_no_stall() -> None:
    assert longest_s() == longest_s(rows()) == 0
