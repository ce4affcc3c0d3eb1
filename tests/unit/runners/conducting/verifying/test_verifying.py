"""What is said of a server that answers otherwise than it should."""

from dataclasses import replace
from typing import cast

import httpx
import pytest

from djbench.errors import ServerFailed
from djbench.request import Request
from runners.conducting.verifying.right_answers import Examination, RightAnswers
from runners.servers.instance import Instance, Received, _json_object
from tests.unit.site import parse_pattern


class Answering:
    """An instance that gives the same answer to every request, and its process."""

    def __init__(self, status: int, body: bytes) -> None:
        self._answer = Received(status, body)

    def ask(self, _: Request, __: float) -> Received:
        return self._answer

    @property
    def process(self) -> "Answering":
        return self

    def log_tail(self) -> str:
        return ""


def an_instance(status: int, body: bytes) -> Instance:
    return cast("Instance", Answering(status, body))


@pytest.mark.parametrize(
    ("text", "right_status", "request_line"),
    [
        ("plain", 200, "GET /plain/async"),
        ("upload:size=9", 200, "POST /upload/async?size=9"),
        ("websocket:size=16", 101, "WebSocket /websocket/async?size=16&delay=0.005&events=0"),
    ],
)
def test_a_wrong_answer_is_told_with_the_request_that_was_sent(text: str, right_status: int, request_line: str) -> None:
    pattern, answers = parse_pattern(text), RightAnswers()
    examination = Examination(
        configuration="gunicorn", pattern=pattern, style="async", workload=pattern.workload("async")
    )
    other = replace(examination, configuration="uvicorn")
    # A WebSocket has one style.
    answerer = "gunicorn" if len(pattern.pattern.styles) == 1 else "async on gunicorn"
    with pytest.raises(ServerFailed) as error:
        answers.verify(an_instance(400, b"broken"), examination, 1)
    assert str(error.value) == f"{request_line} answered 400: broken"
    right = answers.verify(an_instance(right_status, b"first"), examination, 1)
    assert right.workload.requests[0].expected_body == b"first"
    with pytest.raises(ServerFailed) as error:
        answers.verify(an_instance(right_status, b"second"), other, 1)
    assert str(error.value) == f"{request_line} answered 'second' at byte 0 where {answerer} has 'first'"


@pytest.mark.parametrize(
    ("content", "expected"), [(b'{"run": "r"}', {"run": "r"}), (b'["r"]', {}), (b"null", {}), (b"<p>", {})]
)
def test_health_that_is_no_json_object_names_nobody(content: bytes, expected: dict[str, str]) -> None:
    assert _json_object(httpx.Response(200, content=content)) == expected
