"""Tokens, clock times and the like are not compared, and nothing else is left out."""

from datetime import UTC, datetime

import pytest

from djbench.answer import matches
from runners.conducting.verifying.learning import Lesson
from runners.conducting.verifying.masks import masks_at

NOW = datetime(2026, 11, 27, 19, 3, tzinfo=UTC)


def constant(text: str) -> str:
    """The text with * in the place of what is not compared."""
    return "*".join(part.decode() for part in Lesson(text.encode(), masks_at(NOW, "/latest/")).answer.parts)


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        (
            '<input type="hidden" name="csrfmiddlewaretoken" value="a1B2">',
            '<input type="hidden" name="csrfmiddlewaretoken" value="*">',
        ),
        ('<meta name="csrf-token" content="a1B2">', '<meta name="csrf-token" content="*">'),
        ('<script nonce="a1+/==">', '<script nonce="*">'),
        ("const csrf_token = 'a1B2';", "const csrf_token = '*';"),
        ('{"csrfToken": "a1B2", "rows": 3}', '{"csrfToken": "*", "rows": 3}'),
        ("Nov. 27, 2026, 7:03 p.m.", "*, *"),
        ("27 November 2026", "*"),
        ("26.11.2026 19:03:11", "* *"),
        ("2026-11-28T19:03:11.123456Z", "*T*Z"),
        ("it is 7:03 or 19:03:11,5", "it is * or *"),
        ("3\xa0minutes ago", "* ago"),
        ("2&nbsp;hours, or an hour", "*, or *"),
        ('"http://127.0.0.1:40123/items/3/"', '"http://*/items/3/"'),
        ("next=http%3A%2F%2Flocalhost%3A8000%2F", "next=http%3A%2F%2F*%2F"),
        ('{"at": 1795806180}', '{"at": *}'),
        ('{"at": 1795806180123}', '{"at": *}'),
        ('{"at": 1795806180.25}', '{"at": *}'),
        ('<form action="/latest/">', '<form action="*">'),
    ],
)
def test_what_varies_from_answer_to_answer_or_minute_to_minute_is_masked(text: str, compared: str) -> None:
    assert constant(text) == compared


@pytest.mark.parametrize(
    "text",
    [
        '<div id="csrf">nonces: 3</div>',
        "2024-01-02T10:11:12Z, Jan. 2, 2024, 10:11 a.m.",
        "founded in 1998, on Jan. 2, 2024",
        "2024-01-02",
        "16:9, 1:2:3, 10.0.0.1:80",
        "7 days, 3 items",
        '{"id": 1234567890}',
        '<a href="/latest/3/">',
        '<a href="/the/latest/">',
    ],
)
def test_what_a_page_says_is_compared(text: str) -> None:
    assert constant(text) == text


def test_a_page_of_the_next_minute_on_another_server_is_the_same() -> None:
    page = '<p>{} on http://127.0.0.1:{}/</p><input name="csrfmiddlewaretoken" value="{}">'
    parts = Lesson(page.format("7:03 p.m.", 4001, "a").encode(), masks_at(NOW)).answer.parts
    assert matches(page.format("7:04 p.m.", 4002, "b").encode(), parts)
