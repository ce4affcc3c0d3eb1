"""Who is asked for, and what is kept of the answer."""

from pathlib import Path

import pytest

from djbench.data import User
from runners.services.contents.fillings import Credentials, Fillings, fillings_in, keep_fillings
from runners.services.contents.gathering import usernames


@pytest.mark.parametrize(("count", "names"), [(1, ["anna"]), (3, ["anna-1", "anna-2", "anna-3"])])
def test_several_users_are_numbered(count: int, names: list[str]) -> None:
    assert usernames(User(username="anna", count=count)) == names


def test_fillings_lie_beside_the_data_that_they_are_of(tmp_path: Path) -> None:
    assert fillings_in(tmp_path) == Fillings()
    fillings = Fillings(
        rows={"page": ({"": "ü"},)},
        credentials={"member": (Credentials(session_cookie="sessionid=a", csrf_cookie="", csrf_token="t"),)},
        csrf_header="X-Token",
    )
    keep_fillings(fillings, tmp_path)
    assert fillings_in(tmp_path) == fillings
