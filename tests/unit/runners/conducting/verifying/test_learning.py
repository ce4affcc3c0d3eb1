"""What is constant in several answers is learned, and nothing that varies."""

import re
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djbench.answer import matches
from runners.conducting.verifying.learning import Lesson
from tests.unit.runners.conducting.verifying import pages

#: Words as pages have them, and words that stand in gaps: no word of the one kind is one of the other.
CONSTANT = st.from_regex(r"[a-m]{1,6}", fullmatch=True)
VARYING = st.from_regex(r"[n-z]{1,6}", fullmatch=True)
SIGNS = st.sampled_from(["<p>", "</p>", "\n", " ", '"', ",", "{", "}", '","'])


def lesson(*bodies: bytes, masks: tuple[re.Pattern[bytes], ...] = ()) -> Lesson:
    first, *others = bodies
    learning = Lesson(first, masks)
    for body in others:
        learning.teaches(body)
    return learning


@pytest.mark.parametrize(
    ("bodies", "parts"),
    [
        ((b"the same",), (b"the same",)),
        ((b"the same", b"the same"), (b"the same",)),
        ((b"a 1 b", b"a 2 b", b"a 3 b"), (b"a ", b" b")),
        ((b"", b""), (b"",)),
        ((b"x1", b"y2"), (b"", b"")),
        # A word is taken whole: what its letters have in common is an accident.
        ((b"id=abc1", b"id=abd1"), (b"", b"")),
        ((b'{"id":1,"n":2}', b'{"id":7,"n":2}'), (b'{"id"', b',"n":2}')),
        # Rows come and go: what stands once on both sides holds.
        ((b"<b>\n<i>1</i>\n</b>\n", b"<b>\n<i>1</i>\n<i>2</i>\n</b>\n"), (b"<b>\n<i>1</i>\n", b"</b>\n")),
        ((b"a\nx\nb\ny\nc\n", b"a\nz\nz\nb\nw\nc\n"), (b"a\n", b"\nb\n", b"\nc\n")),
        # Binary content is text like any other.
        ((b"\x00\x01 one \xff", b"\x00\x01 two \xff"), (b"\x00\x01 ", b" \xff")),
    ],
)
def test_what_differs_is_a_gap(bodies: tuple[bytes, ...], parts: tuple[bytes, ...]) -> None:
    assert lesson(*bodies).answer.parts == parts


def test_only_a_body_that_does_not_fit_teaches() -> None:
    learning = Lesson(b"a 1 b", ())
    assert [learning.teaches(body) for body in (b"a 1 b", b"a 2 b", b"a 3 b")] == [False, True, False]
    assert learning.answer.share == 0.8


@pytest.mark.parametrize(
    ("page", "share"), [(pages.admin_login, 0.85), (pages.question_list, 0.5), (pages.api_list, 0.45)]
)
def test_pages_of_django_are_learned_in_a_few_answers(page: Callable[[Random], bytes], share: float) -> None:
    chance = Random(14)
    learned = lesson(*(page(chance) for _ in range(8))).answer
    assert share < learned.share < 1
    assert all(matches(page(chance), learned.parts) for _ in range(50))


@pytest.mark.parametrize("page", [pages.question_list, pages.api_list])
def test_rows_are_counted_even_if_each_varies(page: Callable[..., bytes]) -> None:
    chance = Random(3)
    ten, nine = (lesson(*(page(chance, rows) for _ in range(8))).answer.parts for rows in (10, 9))
    assert not matches(page(chance, 9), ten)
    # A gap may swallow a row; so servers are compared both ways.
    assert not (matches(page(chance, 10), nine) and matches(page(chance, 9), ten))


def test_rows_that_come_in_any_order_and_number_leave_what_is_around_them() -> None:
    chance = Random(7)
    learned = lesson(*(pages.question_list(chance, chance.randint(3, 30)) for _ in range(12))).answer
    assert learned.parts[0].startswith(b"<html><head><title>Polls</title>")
    assert learned.parts[-1].endswith(b"</ul><p>The end.</p></body></html>")
    assert all(matches(pages.question_list(chance, rows), learned.parts) for rows in range(1, 40))


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=5))
def test_every_body_that_was_learned_from_matches(bodies: list[bytes]) -> None:
    parts = lesson(*bodies).answer.parts
    assert all(matches(body, parts) for body in bodies)


@given(st.lists(st.tuples(CONSTANT, SIGNS, VARYING, SIGNS), min_size=1, max_size=8), st.data())
def test_a_body_with_other_words_in_the_gaps_matches(
    page: list[tuple[str, str, str, str]], data: st.DataObject
) -> None:
    def filled(words: list[str]) -> bytes:
        return "".join(
            f"{constant}{sign}{word}{other}" for (constant, sign, _, other), word in zip(page, words, strict=True)
        ).encode()

    # Two bodies that differ in every gap; in a third one the gaps have what they want.
    first, second = ([f"n{letter}{number}" for number in range(len(page))] for letter in "op")
    parts = lesson(filled(first), filled(second)).answer.parts
    words = [data.draw(VARYING) for _ in page]
    assert matches(filled(words), parts)
    # A constant word that is another one is always seen.
    at = data.draw(st.integers(0, len(page) - 1))
    other = filled(words).replace(page[at][0].encode(), b"N")
    assert not matches(other, parts)
