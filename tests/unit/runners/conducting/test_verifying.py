"""What is said of a server that answers otherwise than it should."""

from typing import cast

import httpx
import pytest

from djbench.errors import ServerFailed
from djbench.request import Request
from runners.conducting.right_answers import RightAnswers
from runners.servers.instance import Instance, Received, _json_object
from tests.unit.site import parse_pattern


class Answering:
    """An instance that gives the same answer to every request."""

    def __init__(self, status: int, body: bytes) -> None:
        self._answer = Received(status, body)

    def ask(self, _: Request, __: float) -> Received:
        return self._answer


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
    wrong = cast("Instance", Answering(500, b"broken"))
    with pytest.raises(ServerFailed) as error:
        answers.verify(wrong, pattern, "async", 1)
    assert str(error.value) == f"{request_line} answered 500: broken"
    assert answers.verify(cast("Instance", Answering(right_status, b"first")), pattern, "async", 1) == b"first"
    with pytest.raises(ServerFailed) as error:
        answers.verify(cast("Instance", Answering(right_status, b"second")), pattern, "async", 1)
    assert str(error.value).startswith(f"{request_line} answered b'second' where other styles and servers say")


@pytest.mark.parametrize(
    ("content", "expected"), [(b'{"run": "r"}', {"run": "r"}), (b'["r"]', {}), (b"null", {}), (b"<p>", {})]
)
def test_health_that_is_no_json_object_names_nobody(content: bytes, expected: dict[str, str]) -> None:
    assert _json_object(httpx.Response(200, content=content)) == expected
