"""A right status does not make an answer right."""

from random import Random

import pytest

from djbench.request import Request
from runners.conducting.verifying.suspicions import suspicion
from tests.unit.runners.conducting.verifying import pages

HTML = "text/html"
LOGIN = pages.admin_login(Random(1))


def reason(body: bytes, media_type: str = HTML, **request: object) -> str | None:
    asked = Request(**{"name": "r", "path": "/polls/", **request})  # type: ignore[arg-type]
    return suspicion(asked, body, media_type)


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        (b"", HTML, "with an empty body"),
        (LOGIN, HTML, "with a login page"),
        (b"<title>Server Error (500)</title>", HTML, "with an error page, 'Server Error (500)'"),
        (b"<h1>Not Found</h1>", HTML, "with an error page, 'Not Found'"),
        (b"<title>404 Not Found</title>", HTML, "with an error page, '404 Not Found'"),
        (b"<title>Page not found | My site</title>", HTML, "with an error page, 'Page not found | My site'"),
        (b"<title>ValueError\n at /polls/</title>", HTML, "with an error page, 'ValueError at /polls/'"),
        (b"<pre>Traceback (most recent call last):\n", HTML, "with a traceback"),
        (b'{"a": [1, 2', "application/json", "with application/json that is not JSON, or not all of it"),
    ],
)
def test_what_can_hardly_be_the_page_that_was_meant(body: bytes, media_type: str, expected: str) -> None:
    assert reason(body, media_type) == expected


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (pages.question_list(Random(1)), HTML),
        (pages.api_list(Random(1)), "application/json"),
        (b"<h1>Forbidden planet</h1><p>A film.</p>", HTML),
        (b"<title>How we fixed error 500 at work</title>", HTML),
        (b'<title>Change password</title><input type="password">', HTML),
    ],
)
def test_what_may_well_be_the_page(body: bytes, media_type: str) -> None:
    assert reason(body, media_type) is None


def test_a_page_is_what_it_was_asked_for() -> None:
    assert reason(LOGIN, path="/admin/login/?next=/") is None
    assert reason(LOGIN, user="member") == "with a login page, although it is sent as member"
    assert reason(b"", method="HEAD") is None
    assert reason(b"", expected_status=302) is None
    assert reason(b"", expected_status=204) is None
    assert reason(b"<h1>Not Found</h1>", expected_status=404) is None
