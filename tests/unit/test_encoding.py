"""Text files are read and written in an encoding that is said, and not in the locale's."""

import ast
from collections.abc import Iterator

import pytest

from tests import ROOT

ROOMS = ("djbench", "target_site", "scenarios", "runners", "results")


def in_the_locale(source: str) -> Iterator[int]:
    """The lines that read or write text without an encoding."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            keywords = {keyword.arg for keyword in node.keywords}
            if _is_text(node.func.attr, node.args) and "encoding" not in keywords:
                yield node.lineno


def _is_text(method: str, arguments: list[ast.expr]) -> bool:
    if method == "open":  # of a path; others' take something else first
        modes = [argument.value for argument in arguments[:1] if isinstance(argument, ast.Constant)]
        return not arguments or any("b" not in str(mode) for mode in modes)
    return method in {"read_text", "write_text"}


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("p.read_text()", [1]),
        ("\np.write_text(x)", [2]),
        ("p.open()", [1]),
        ("p.open('w')", [1]),
        ("p.read_text(encoding='utf-8')", []),
        ("p.open('rb')", []),
        ("os.open(path, flags)", []),
    ],
)
def test_what_counts_as_text_without_an_encoding(source: str, lines: list[int]) -> None:
    assert list(in_the_locale(source)) == lines


def test_every_text_file_has_its_encoding() -> None:
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
    assert len(files) > 100
    lines = {str(file): list(in_the_locale(file.read_text(encoding="utf-8"))) for file in files}
    assert {file: numbers for file, numbers in lines.items() if numbers} == {}
