"""Each flag has words for a reader, and its figure where it has one."""

import re
from dataclasses import replace

from results.wording.doubts import doubt
from results.wording.flags import MEANINGS, explained
from runners.conducting.validity import INVALIDATING
from tests import ROOT
from tests.unit.runs import a_cell, a_measurement


def test_each_flag_of_the_methodology_has_a_meaning_and_there_are_no_others() -> None:
    text = (ROOT / "docs" / "methodology.md").read_text(encoding="utf-8")
    _, _, section = text.partition("## When a trial does not count")
    table = section.partition("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    flags = {flag for row in rows for flag in re.findall(r"`(\w+)`", row)}
    assert flags == set(MEANINGS)
    assert set(INVALIDATING) < flags


def test_a_meaning_is_three_sentences() -> None:
    for flag, meaning in MEANINGS.items():
        for sentence in (meaning.happened, meaning.matters, meaning.remedy):
            assert sentence.endswith("."), flag
            assert len(sentence.split()) < 25, flag


def test_the_flags_of_a_run_are_explained_the_most_frequent_first() -> None:
    found = explained([("steal",), ("steal", "stalled"), (), ("of_a_newer_version",)])
    assert [flag for flag, _ in found] == ["steal (2 cells)", "stalled (1 cell)"]
    assert found[1][1] == str(MEANINGS["stalled"])


def test_the_rival_that_used_most_is_named() -> None:
    measurements = [
        replace(a_measurement(100), rivals_at_rest=shares) for shares in ({"daphne": 0.03, "uvicorn": 0.001}, {})
    ]
    assert doubt("rival_at_rest", a_cell().load, measurements) == "rival_at_rest: daphne used 3 % of a core"
