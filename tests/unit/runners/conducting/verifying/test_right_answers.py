"""The first answers of a run are right: what later ones have to repeat, and what is kept of them."""

from collections.abc import Callable, Mapping
from itertools import count
from random import Random
from typing import cast

import pytest

from djbench.answer import matches
from djbench.errors import ServerFailed
from djbench.pattern import Pattern, PatternSpec
from djbench.request import Request, Variant, Workload
from runners.conducting.verifying.right_answers import Examination, RightAnswers
from runners.servers.instance import Instance, Received
from tests.unit.runners.conducting.verifying import pages


class Answering:
    """An instance whose answers a function makes, and its process."""

    def __init__(self, answer: Callable[[Request], bytes]) -> None:
        self._answer = answer
        self.asked: list[str] = []
        self.process = self

    def ask(self, request: Request, _: float) -> Received:
        self.asked.append(request.path)
        return Received(200, self._answer(request), "text/html")

    def log_tail(self) -> str:
        return ""


def pattern_of(**requests: Request) -> PatternSpec:
    """A pattern of a project, with a request by style."""
    workloads = {style: Workload(requests=(request,)) for style, request in requests.items()}
    styles = dict.fromkeys(requests, "as it is")
    return PatternSpec(Pattern(name="page", summary="a page", styles=styles, workloads=workloads), {})


def examined(
    answers: RightAnswers,
    pattern: PatternSpec,
    answer: Callable[[Request], bytes],
    *,
    server: str = "gunicorn",
    style: str = "view",
) -> tuple[Request, Mapping[str, float], str]:
    """The request with what is right for it, the share of its body, and what a record keeps."""
    examination = Examination(configuration=server, pattern=pattern, style=style, workload=pattern.workload(style))
    right = answers.verify(cast("Instance", Answering(answer)), examination, 1)
    return right.workload.requests[0], right.compared, right.sha256


PAGE = pattern_of(view=Request(name="view", path="/polls/"))


def test_a_page_is_checked_for_what_is_constant_in_it() -> None:
    chance = Random(14)
    request, compared, sha256 = examined(RightAnswers(), PAGE, lambda _: pages.question_list(chance))
    assert request.expected_body is None
    assert all(matches(pages.question_list(chance), request.expected_parts) for _ in range(20))
    assert compared.keys() == {"page view"}
    assert 0.4 < compared["page view"] < 0.7
    assert len(sha256) == 64


def test_a_page_without_gaps_is_compared_to_the_byte() -> None:
    request, compared, _ = examined(RightAnswers(), PAGE, lambda _: b"<p>always</p>")
    assert (request.expected_body, request.expected_parts, compared) == (b"<p>always</p>", (), {})


def test_a_server_is_asked_often_once_and_then_once_for_each_trial() -> None:
    answers, instance = RightAnswers(), Answering(lambda _: b"<p>always</p>")
    examination = Examination(configuration="gunicorn", pattern=PAGE, style="view", workload=PAGE.workload("view"))
    for asked in (5, 6, 7):
        answers.verify(cast("Instance", instance), examination, 1)
        assert len(instance.asked) == asked


def test_every_server_repeats_the_first_one() -> None:
    answers = RightAnswers()
    examined(answers, PAGE, lambda _: b"<p>right</p>")
    with pytest.raises(ServerFailed) as error:
        examined(answers, PAGE, lambda _: b"<p>wrong</p>", server="uvicorn")
    assert str(error.value) == "GET /polls/ answered '<p>wrong</p>' at byte 3 where gunicorn has '<p>right</p>'"
    with pytest.raises(ServerFailed) as error:
        examined(answers, PAGE, lambda _: b"<p>other</p>")
    assert (
        str(error.value) == "GET /polls/ answered '<p>other</p>' at byte 3 where its answer before has '<p>right</p>'"
    )


def test_two_ways_to_write_the_same_may_name_their_own_paths() -> None:
    pair = pattern_of(sync=Request(name="s", path="/latest/"), **{"async": Request(name="a", path="/latest-async/")})
    answers = RightAnswers()

    def page(request: Request) -> bytes:
        return f'<form action="{request.path}"><b>the same</b></form>'.encode()

    examined(answers, pair, page, style="sync")
    request, _, _ = examined(answers, pair, page, style="async")
    assert request.expected_parts == (b'<form action="', b'"><b>the same</b></form>')
    with pytest.raises(ServerFailed, match="where sync on gunicorn has"):
        examined(answers, pair, lambda request: page(request).replace(b"same", b"else"), style="async", server="daphne")


def test_a_request_can_ask_for_its_status_alone() -> None:
    pattern = pattern_of(view=Request(name="view", path="/now/", compared=False))
    numbers, answers = count(), RightAnswers()
    for server in ("gunicorn", "uvicorn"):
        request, compared, _ = examined(answers, pattern, lambda _: b"%d" % next(numbers), server=server)
        assert (request.expected_body, request.expected_parts) == (None, ())
        assert compared == {"page view": 0.0}


def drawn(number: int) -> PatternSpec:
    """A page of an item, drawn from so many."""
    variants = tuple(Variant(path=f"/items/{item}/") for item in range(number))
    return pattern_of(view=Request(name="view", path="/items/{item}/", variants=variants))


def item(request: Request) -> bytes:
    number = int(request.path.split("/")[2])
    return f"<h1>Item {number}</h1><p>{'good' if number % 5 else 'bad'}</p><p>{number**2}</p>".encode()


@pytest.mark.parametrize("number", [2, 7, 300])
def test_under_load_variants_are_checked_for_what_all_have_in_common(number: int) -> None:
    request, compared, _ = examined(RightAnswers(), drawn(number), item)
    assert len(request.variants) == number
    assert all(matches(item(request.filled(variant)), request.expected_parts) for variant in request.variants)
    assert compared == {}  # between servers whole bodies are


def test_variants_that_have_nothing_in_common_are_checked_by_their_status() -> None:
    def page(request: Request) -> bytes:
        number = int(request.path.split("/")[2])
        return b" ".join(b"other" if word <= number else b"word%d" % word for word in range(300))

    request, compared, _ = examined(RightAnswers(), drawn(300), page)
    assert (request.expected_body, request.expected_parts) == (None, ())
    assert compared == {"page view": 0.0}


def test_some_variants_are_compared_each_by_itself() -> None:
    answers = RightAnswers()
    examined(answers, drawn(300), item)
    with pytest.raises(ServerFailed, match=r"/items/299/ answered '.*89402.*' at byte 35 where gunicorn has '.*89401"):
        examined(answers, drawn(300), lambda request: item(request).replace(b"89401", b"89402"), server="uvicorn")


def test_a_run_that_goes_on_has_the_same_right_answers() -> None:
    chance = Random(3)
    _, _, sha256 = examined(RightAnswers(), PAGE, lambda _: pages.admin_login(chance).replace(b"password", b"text"))
    resumed = RightAnswers({"page": sha256})
    examined(resumed, PAGE, lambda _: pages.admin_login(chance).replace(b"password", b"text"))
    with pytest.raises(ServerFailed) as error:
        examined(RightAnswers({"page": sha256}), PAGE, lambda _: b"<p>another site</p>")
    assert str(error.value) == "GET /polls/ answered something else before the run was resumed"


def test_a_page_with_a_banner_that_changes_now_and_then_does_not_end_a_run_that_goes_on() -> None:
    numbers = count()

    def page(_: Request) -> bytes:
        number = next(numbers)
        return b"<p>%d</p><b>banner%d</b>" % (number, number // 10)

    examined(RightAnswers({"page": "the digest with another banner"}), PAGE, page)


def test_a_mix_has_a_right_answer_for_each_of_its_requests() -> None:
    requests = (Request(name="list", path="/list/"), Request(name="time", path="/time/", compared=False))
    mix = PatternSpec(
        Pattern(name="mix", summary="all", styles={"view": ""}, workloads={"view": Workload(requests=requests)}), {}
    )
    numbers = count()
    examination = Examination(configuration="uvicorn", pattern=mix, style="view", workload=mix.workload("view"))
    instance = Answering(lambda request: b"<ul></ul>" if request.path == "/list/" else b"%d" % next(numbers))
    right = RightAnswers().verify(cast("Instance", instance), examination, 1)
    assert [request.expected_body for request in right.workload.requests] == [b"<ul></ul>", None]
    assert right.compared == {"mix view: list": 1.0, "mix view: time": 0.0}
