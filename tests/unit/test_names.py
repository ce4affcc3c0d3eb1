"""No two things of the project share a name, so that a name alone says what is meant."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests import ROOT

ROOMS = ("djbench", "target_site", "scenarios", "runners", "results")
# Patterns implement one interface: each module has a payload and a view per style, and the name of its pattern.
PATTERNS = ROOT / "target_site" / "patterns"
# A process of ours begins with the function main of its module.
SHARED_NAMES = {"main"}
# djbench.lean is the door to scenarios.lean. The built-in site and the shim use the names that Django suggests.
SHARED_MODULES = {"lean", "settings", "wsgi", "asgi"}


def modules() -> Iterator[Path]:
    """Every module of the project, but for patterns and what Django generates."""
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            if PATTERNS not in file.parents and file.parent.name != "migrations":
                yield file


def public_names(file: Path) -> Iterator[str]:
    """The classes and functions of a module that other modules may use."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node.name


def test_no_two_public_classes_or_functions_share_a_name() -> None:
    places = defaultdict(list)
    for file in modules():
        for name in public_names(file):
            places[name].append(str(file.relative_to(ROOT)))
    assert {name: files for name, files in places.items() if len(files) > 1 and name not in SHARED_NAMES} == {}


def test_no_two_modules_share_a_name() -> None:
    places = defaultdict(list)
    for file in modules():
        if file.stem not in ("__init__", "__main__"):
            places[file.stem].append(str(file.relative_to(ROOT)))
    assert {name: files for name, files in places.items() if len(files) > 1 and name not in SHARED_MODULES} == {}
