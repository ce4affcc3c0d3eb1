"""A body has the parts of a right answer, in their order, or it is another one."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djbench.answer import RightAnswer, matches

ROWS = (b"<ul><li>", b"</li><li>", b"</li></ul>")


@pytest.mark.parametrize(
    ("body", "parts", "right"),
    [
        (b"ok", (b"ok",), True),
        (b"ok!", (b"ok",), False),
        (b"", (b"",), True),
        (b"x", (b"",), False),
        (b"<ul><li>1</li><li>2</li></ul>", ROWS, True),
        (b"<ul><li></li><li></li></ul>", ROWS, True),
        (b"<ul><li>1</li></ul>", ROWS, False),
        (b"<ul><li>1</li><li>2</li></ul> ", ROWS, False),
        (b"<ul><li>1</li><li>2</li></u", ROWS, False),
        (b"anything", (b"", b""), True),
        (b"begins", (b"be", b""), True),
        (b"ends", (b"", b"ds"), True),
        (b"aba", (b"ab", b"ba"), False),  # the two do not share a byte
        (b"abba", (b"ab", b"ba"), True),
        (b"a-b", (b"a", b"b", b"b"), False),
    ],
)
def test_parts_are_there_in_order_from_the_first_byte_to_the_last(
    body: bytes, parts: tuple[bytes, ...], right: bool
) -> None:
    assert matches(body, parts) is right


@given(st.lists(st.binary(max_size=6), min_size=1, max_size=6), st.data())
def test_whatever_fills_the_gaps_matches(parts: list[bytes], data: st.DataObject) -> None:
    gaps = [data.draw(st.binary(max_size=6)) for _ in parts[1:]]
    body = parts[0] + b"".join(gap + part for gap, part in zip(gaps, parts[1:], strict=True))
    assert matches(body, parts)


def test_a_whole_body_has_its_own_digest_and_parts_have_that_of_their_order() -> None:
    assert RightAnswer(parts=(b"ok",), share=1.0).sha256 == hashlib.sha256(b"ok").hexdigest()
    assert RightAnswer(parts=(b"a", b"b"), share=0.5).sha256 != RightAnswer(parts=(b"b", b"a"), share=0.5).sha256
