"""Names for what is imported."""

import pytest

from runners.importing.naming import NewNames, as_name, free_name, name_of_path


@pytest.mark.parametrize(
    ("text", "name"),
    [("Détail page", "detail_page"), ("7 days", "value_7_days"), ("!?", "value"), ("x" * 50, "x" * 40)],
)
def test_a_name_has_what_a_description_takes(text: str, name: str) -> None:
    assert as_name(text, "value") == name


def test_a_path_has_a_name() -> None:
    assert name_of_path("/") == "home"
    assert name_of_path("/polls/{poll.pk}/vote/?a=1", "POST") == "polls_pk_vote_post"


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert free_name("polls", ()) == "polls"
    assert free_name("polls", ("polls", "polls_2")) == "polls_3"
    assert free_name("mix", ()) == "mix_2"


def test_names_are_given_once_each() -> None:
    names = NewNames()
    assert [names.new(name) for name in ("a", "a", "b", "a_2", "a", "mix")] == [
        "a",
        "a_2",
        "b",
        "a_2_2",
        "a_3",
        "mix_2",
    ]
    many = NewNames()
    assert len({many.new("page") for _ in range(20_000)}) == 20_000
