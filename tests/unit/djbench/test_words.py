"""The room of words stands alone: anybody may import it anywhere, and nothing else comes along."""

import ast
import sys
from pathlib import Path

import pytest

import djbench

WORDS = sorted(Path(djbench.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("file", WORDS, ids=lambda file: file.name)
def test_a_word_needs_the_standard_library_and_other_words_only(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        for name in names:
            assert name.partition(".")[0] in {*sys.stdlib_module_names, "djbench"}, name


def test_the_public_face_offers_what_it_lists() -> None:
    assert set(djbench.__all__) == set(djbench._MODULES)
    for name in djbench.__all__:
        assert getattr(djbench, name).__module__ in (djbench._MODULES[name], "types", "typing"), name
    with pytest.raises(ImportError, match="cannot import name 'Nothing'"):
        exec("from djbench import Nothing")
