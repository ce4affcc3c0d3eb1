"""A server is asked until its answers teach nothing new."""

from itertools import count

import pytest

from djbench.request import Request
from runners.conducting.verifying.inquiry import NeverTheSame, in_common, inquired
from runners.servers.instance import Received

REQUESTS = (Request(name="list", path="/list/"), Request(name="create", path="/create/", method="POST"))


def received(*bodies: bytes) -> list[Received]:
    return [Received(200, body, "text/html; charset=utf-8") for body in bodies]


def test_an_answer_that_never_changes_is_asked_for_five_times() -> None:
    asked: list[int] = []

    def ask() -> list[Received]:
        asked.append(1)
        return received(b"the same", b"as ever")

    first, second = inquired(REQUESTS, ask, [(), ()])
    assert (first.answer.parts, second.answer.parts) == ((b"the same",), (b"as ever",))
    assert len(asked) == 5
    assert first.media_type == "text/html"


def test_what_one_request_writes_and_another_one_shows_is_learned() -> None:
    rows = count(3)

    def ask() -> list[Received]:
        return received(b"<p>%d rows of the table</p>" % (number := next(rows)), b'{"the created id": %d}' % number)

    listed, created = inquired(REQUESTS, ask, [(), ()])
    assert listed.answer.parts == (b"<p>", b" rows of the table</p>")
    assert created.answer.parts == (b'{"the created id": ', b"}")


def test_a_body_that_never_repeats_is_named() -> None:
    numbers = count()

    def ask() -> list[Received]:
        return received(b"constant", b"%x" % hash(str(next(numbers))))

    with pytest.raises(NeverTheSame) as error:
        inquired(REQUESTS, ask, [(), ()])
    assert error.value.request.line == "POST /create/"


def test_what_goes_on_to_differ_in_new_places_is_named() -> None:
    numbers = count()
    words = [b"word%d" % number for number in range(40)]

    def ask() -> list[Received]:
        words[number := next(numbers)] = b"other"  # one more word has changed each time
        return received(b" ".join([b"begins", *words, b"ends%d" % number]))

    with pytest.raises(NeverTheSame):
        inquired(REQUESTS[:1], ask, [()])


def test_nothing_is_asked_about_a_body_that_nobody_compares() -> None:
    (statement,) = inquired(REQUESTS[:1], lambda: received(b""), [()])
    assert statement.answer.parts == (b"",)


def test_variants_have_in_common_what_none_of_them_lacks() -> None:
    bodies = [b"<h1>Item %d</h1><p>%s</p>" % (number, b"good" if number % 7 else b"bad") for number in range(48)]
    common = in_common(bodies, (), all_asked=False)
    assert common is not None
    assert common.parts == (b"<h1>Item ", b"</h1><p>", b"</p>")


def test_nothing_is_known_of_variants_while_each_of_them_teaches() -> None:
    bodies = [
        b" ".join(b"other" if number <= last else b"word%d" % number for number in range(20)) for last in range(20)
    ]
    assert in_common(bodies, (), all_asked=False) is None
    assert in_common(bodies, (), all_asked=True) is not None
