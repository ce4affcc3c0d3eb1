"""What the documents name is there: files of the repository, pages that they link to, and headings of those pages."""

import re
from pathlib import Path

import pytest

from tests import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
TOP = {path.name for path in ROOT.iterdir()}
# A run writes these, and a wheel has those.
ELSEWHERE = ("results/runs", "results/comparisons", "djbench/_rooms", "djbench/_site")


def named_files(text: str) -> list[str]:
    """What stands in backticks and begins with something of the repository's top level: a file or a folder."""
    names = re.findall(r"`([\w.-]+/[\w./-]*)`", text)
    return [name for name in names if name.split("/")[0] in TOP and not name.startswith(ELSEWHERE)]


def links(text: str) -> list[tuple[str, str]]:
    """Each link to a page of ours, with the heading that it leads to."""
    return re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", text)


def anchors(text: str) -> set[str]:
    """The headings of a page as links name them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [name for name in named_files(text) if not (ROOT / name).exists()] == []
    for target, anchor in links(text):
        linked = (page.parent / target).resolve() if target else page
        assert linked.exists(), target
        if anchor:
            assert anchor in anchors(linked.read_text(encoding="utf-8")), (target, anchor)


def test_a_file_that_is_not_there_is_seen() -> None:
    text = "`runners/no_such_module.py`, `results/runs/x`, [a](docs/b.md#c) and `djbench/spec.py`"
    assert named_files(text) == ["runners/no_such_module.py", "djbench/spec.py"]
    assert links(text) == [("docs/b.md", "c")]
