"""What is said of a request's answer."""

from typing import Any

import pytest

from djbench.request import Request
from runners.survey.inspection import PageAnswer, PageAnswers
from runners.survey.page_remarks import DescribedPage, page_remarks
from runners.survey.remarks import Level, Remark


def the_remark(answer: dict[str, Any], *, writes: bool = False, expected_status: int = 200) -> Remark:
    page = DescribedPage(request=Request(name="a", path="/a/", expected_status=expected_status), writes=writes)
    (remark,) = page_remarks([page], PageAnswers(answers=[PageAnswer(**{"name": "a", "status": 200, **answer})]))
    return remark


def test_a_page_with_data_says_how_many_rows_it_read() -> None:
    remark = the_remark({"queries": 3, "rows": 20, "length": 512})
    assert remark == Remark(topic="a", what="GET /a/: 200, 20 rows read by 3 queries, 512 bytes")


@pytest.mark.parametrize(
    ("answer", "level", "why", "fix"),
    [
        ({"queries": 1}, Level.NOTE, "it reads no row", 'data = "copy"'),
        ({"calls": ["api.example.org"]}, Level.REFUSED, "calls other hosts", 'may_call = ["api.example.org"]'),
        ({"status": 500, "error": "KeyError: 'x'"}, Level.NOTE, "KeyError: 'x'", "fix the view"),
        ({"status": None, "error": "no answer within 10 s"}, Level.NOTE, "no answer within 10 s", "fix the view"),
        ({"status": 302, "location": "/login/"}, Level.NOTE, "answers 302 and leads to /login/", "give it a user"),
        ({"writes": 1, "queries": 1}, Level.NOTE, "it writes (1 statement)", "writes = true"),
    ],
)
def test_the_worst_of_what_is_wrong_is_said(answer: dict[str, Any], level: Level, why: str, fix: str) -> None:
    remark = the_remark(answer)
    assert remark.level is level
    assert why in remark.why
    assert fix in remark.fix


def test_what_the_description_says_is_not_wrong() -> None:
    assert the_remark({"writes": 1, "queries": 1}, writes=True).level is Level.FINE
    assert the_remark({"status": 302, "location": "/login/"}, expected_status=302).level is Level.FINE


def test_a_request_that_was_not_asked_is_left_out() -> None:
    page = DescribedPage(request=Request(name="b", path="/b/"), writes=False)
    assert list(page_remarks([page], PageAnswers())) == []
