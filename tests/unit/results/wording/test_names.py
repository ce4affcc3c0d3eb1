"""A server is named by itself if there is no choice of a style."""

from results.wording.names import cell_name, contest_name, curve_name, style_on, style_text
from tests.unit.runs import a_cell


def test_a_request_without_styles_is_named_by_its_server() -> None:
    cell = a_cell(pattern="home", style="view")
    assert cell_name(cell, {cell.server: "uvicorn"}, question=True) == "uvicorn, home, 2 users"
    assert style_on("view", "uvicorn") == curve_name("uvicorn", "view") == "uvicorn"


def test_a_style_is_named_with_its_server() -> None:
    assert style_on("async", "uvicorn") == "async on uvicorn"
    assert curve_name("uvicorn", "async") == "uvicorn async"
    assert (style_text("async"), style_text("view")) == ("async", "–")
    assert contest_name("new", "old", "uvicorn") == "new / old on uvicorn"
