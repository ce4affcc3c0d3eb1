"""Where two answers differ is shown, so that the reader sees it at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djbench.answer import RightAnswer, matches
from runners.conducting.verifying.agreement import disagreement
from runners.conducting.verifying.differences import first_divergence
from runners.conducting.verifying.inquiry import Statement
from runners.conducting.verifying.learning import Lesson

TEN = b"<ul>" + b"<li>x</li>" * 10 + b"</ul>"


def statement(*bodies: bytes) -> Statement:
    first, *others = bodies
    lesson = Lesson(first, ())
    for body in others:
        lesson.teaches(body)
    return Statement(answer=lesson.answer, body=bodies[-1])


@pytest.mark.parametrize(
    ("body", "parts", "text"),
    [
        (b"no", (b"yes",), "'no' at byte 0 where sync has 'yes'"),
        (b"", (b"yes",), "its end at byte 0 where sync has 'yes'"),
        (b"yes, really", (b"yes",), "'yes, really' at byte 3 where sync has 'yes'"),
        (b"<p>1</p><p>2</p", (b"<p>", b"</p><p>", b"</p>"), "'</p' at byte 15 where sync has '</p>'"),
        (b"<p>1</p><b>2</b>", (b"<p>", b"</p><p>", b"</p>"), "'</p><b>2</b>' at byte 9 where sync has '</p><p>'"),
        (b"<p>1</p>.", (b"<p>", b"</p>"), "'</p>.' at byte 8 where sync has '</p>'"),
    ],
)
def test_the_first_place_where_a_body_differs(body: bytes, parts: tuple[bytes, ...], text: str) -> None:
    assert first_divergence(body, parts).text("sync") == text


@given(st.binary(max_size=30), st.lists(st.binary(max_size=6), min_size=1, max_size=5))
def test_each_body_that_does_not_match_has_such_a_place(body: bytes, parts: list[bytes]) -> None:
    if not matches(body, parts):
        divergence = first_divergence(body, parts)
        assert 0 <= divergence.at <= len(body)
        assert divergence.there != divergence.expected


def test_those_who_answer_alike_agree() -> None:
    assert disagreement(statement(TEN), statement(TEN), "sync") is None
    one, other = statement(b"a 1 b", b"a 2 b"), statement(b"a 3 b", b"a 4 b")
    assert disagreement(one, other, "sync") is None


def test_another_number_of_rows_is_told_as_one() -> None:
    nine = statement(TEN.replace(b"<li>x</li>", b"", 1))
    assert str(disagreement(nine, statement(TEN), "sync")).startswith("'<li' 9 times where sync has it 10 times; ")
    none = statement(b"<ul></ul>")
    assert str(disagreement(none, statement(TEN), "sync")).startswith("'<li' not at all where sync has it 10 times; ")


def test_more_rows_that_a_gap_would_swallow_are_seen() -> None:
    def rows(count: int, seed: int) -> bytes:
        return b"<ul>" + b"".join(b"<li>%d</li>" % (seed * 100 + number) for number in range(count)) + b"</ul>"

    eleven, ten = (statement(*(rows(count, seed) for seed in range(1, 5))) for count in (11, 10))
    assert matches(eleven.body, ten.answer.parts)
    assert str(disagreement(eleven, ten, "sync")).startswith("'<li' 11 times where sync has it 10 times; ")
    assert str(disagreement(ten, eleven, "sync")).startswith("'<li' 10 times where sync has it 11 times; ")


def test_json_is_told_by_its_objects() -> None:
    one, two = statement(b'[{"a":1}]'), statement(b'[{"a":1},{"a":2}]')
    assert str(disagreement(one, two, "uvicorn")).startswith("'{' once where uvicorn has it 2 times; ")


def test_whole_bodies_are_compared_to_the_byte() -> None:
    exact = Statement(answer=RightAnswer(parts=(b"ok",), share=1.0), body=b"ok")
    other = Statement(answer=RightAnswer(parts=(b"ok\n",), share=1.0), body=b"ok\n")
    assert disagreement(exact, other, "sync") == "'ok' at byte 2 where sync has 'ok\\n'"


def test_another_kind_of_content_is_told_before_what_is_in_it() -> None:
    answer = RightAnswer(parts=(b"ok",), share=1.0)
    page, data, unknown = (
        Statement(answer=answer, body=b"ok", media_type=kind) for kind in ("text/html", "application/json", "")
    )
    assert disagreement(data, page, "sync") == "with application/json where sync has text/html"
    assert disagreement(unknown, page, "sync") == "with no content type where sync has text/html"
