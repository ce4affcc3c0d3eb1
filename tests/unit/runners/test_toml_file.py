"""Where a key stands in a TOML file."""

import pytest

from runners.toml_file import KeyPath, place_of

TEXT = """\
# name = "a comment"
name = "x"
"quoted" = 1
a.b = 2

[table]
name = "y"
inline = { name = 1 }

[[list]]
name = "first"

[[list]]
other = 1
[list.inner]
name = "deep"
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("name",), "line 2: name"),
        (("quoted",), "line 3: quoted"),
        (("a", "b"), "line 4: a.b"),
        (("table", "name"), "line 7: table.name"),
        (("table", "inline", "name"), "line 8: table.inline.name"),
        (("table", "missing"), "line 6: table.missing"),
        (("list", 0, "name"), "line 11: list, item 1, name"),
        (("list", 1, "name"), "line 13: list, item 2, name"),
        (("list", 1, "inner", "name"), "line 16: list, item 2, inner.name"),
        (("name", 1), "line 2: name, item 2"),
        (("nowhere",), "nowhere"),
    ],
)
def test_a_key_is_found_where_it_is_set_or_else_in_what_is_around_it(path: KeyPath, place: str) -> None:
    assert place_of(TEXT, path) == place
