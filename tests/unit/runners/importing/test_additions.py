"""What an import adds to a description: nothing twice, nothing over something else, and nothing that does not fit."""

import string
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djbench.errors import UsageError
from runners.importing.additions import Additions, additions_to
from runners.importing.entry_text import entry_text
from runners.importing.imported import Imported, ImportedTable, TomlValue


def request(name: str, **content: TomlValue) -> ImportedTable:
    return ImportedTable(kind="requests", name=name, content=content)


def values(name: str, *items: TomlValue, to_fill_in: bool = False) -> ImportedTable:
    return ImportedTable(kind="values", name=name, content={"list": [*items]}, to_fill_in=to_fill_in)


def additions(text: str, *entries: ImportedTable) -> Additions:
    return additions_to(text, Imported(entries=entries), "djbench.toml")


def test_what_is_there_keeps_its_bytes_and_its_line_ends() -> None:
    text = "# ours\r\n[requests.home]\r\npath = '/'  # the front page"
    added = additions(text, request("about", path="/about/"))
    assert added.text == '\r\n\r\n[requests.about]\r\npath = "/about/"\r\n'
    assert tomllib.loads(text + added.text)["requests"] == {"home": {"path": "/"}, "about": {"path": "/about/"}}


def test_nothing_is_added_twice() -> None:
    entries = (values("pk", 1), request("home", path="/{pk}"))
    once = additions("", *entries)
    again = additions(once.text, *entries)
    assert (again.text, again.new, again.present) == ("", (), ("values.pk", "requests.home"))


def test_a_name_that_is_taken_gets_a_number_and_what_refers_to_it_follows() -> None:
    text = '[values.pk]\nlist = [9]\n[journeys.home]\nlocustfile = "l.py"\n'
    entries = (values("pk", 1), request("home", path="/{pk}/{pk.x}/{other}"))
    added = additions(text, *entries)
    assert added.new == ("values.pk_2", "requests.home_2")
    assert tomllib.loads(added.text)["requests"]["home_2"]["path"] == "/{pk_2}/{pk_2.x}/{other}"
    assert "values.pk is taken, so it is called values.pk_2" in added.notes
    assert additions(text + added.text, *entries).new == ()


def test_the_name_of_the_mix_is_never_taken() -> None:
    assert additions("", request("mix", path="/")).new == ("requests.mix_2",)


def test_a_user_of_that_name_is_another_one_and_the_journey_follows() -> None:
    entries = (
        ImportedTable(kind="users", name="member", content={"username": "a"}),
        ImportedTable(kind="journeys", name="j", content={"user": "member", "steps": [{"name": "x", "path": "/"}]}),
    )
    added = additions('[users.member]\nusername = "b"\n', *entries)
    assert tomllib.loads(added.text)["journeys"]["j"]["user"] == "member_2"


def test_a_value_that_was_filled_in_stays() -> None:
    text = '[values.token]\nlist = ["mine"]\n'
    added = additions(text, values("token", "FILL IN", to_fill_in=True), request("home", path="/{token}"))
    assert (added.present, added.new) == (("values.token",), ("requests.home",))


def test_what_is_commented_is_added_once() -> None:
    entry = ImportedTable(
        kind="requests", name="a", content={"path": "/a/FILL IN/"}, commented=True, comments=("fill in",)
    )
    once = additions("", entry)
    assert once.text == '# fill in\n# [requests.a]\n# path = "/a/FILL IN/"\n'
    assert additions(once.text, entry).text == ""


@pytest.mark.parametrize("text", ["requests = 1\n[x", "requests = { home = { path = '/' } }"])
def test_a_file_that_cannot_take_tables_gets_one_line(text: str) -> None:
    with pytest.raises(UsageError, match=r"djbench\.toml: not valid TOML") as raised:
        additions(text, request("about", path="/"))
    assert "\n" not in str(raised.value)


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_VALUE: st.SearchStrategy[TomlValue] = st.recursive(
    _TEXT | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(_TEXT.filter(lambda key: key != "steps"), _VALUE, max_size=4),
    st.lists(st.dictionaries(_TEXT, _VALUE, max_size=3), max_size=3),
    st.text(string.ascii_lowercase, min_size=1),
    st.lists(_TEXT),
)
def test_whatever_is_imported_is_read_back_as_it_was(
    content: dict[str, TomlValue], steps: list[dict[str, TomlValue]], name: str, comments: list[str]
) -> None:
    all_of_it: dict[str, TomlValue] = {**content, **({"steps": [*steps]} if steps else {})}
    text = entry_text(ImportedTable(kind="journeys", name=name, content=all_of_it, comments=tuple(comments)))
    assert tomllib.loads(text)["journeys"][name] == all_of_it
