"""Claims: a whole interval decides, a claim is as good as its worst check, and what cannot be judged says why."""

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from results.claims import Bound, Check, Claim, Fails, Holds, Judged, Outcome, Quantity, Works, judge
from results.claims_report import write_claims
from results.records import Cell, Held, Load, Trial
from results.summary import summarise
from tests.unit.runs import a_cell, a_directory, a_measurement, a_run

A, B, MISSING = a_cell(style="async"), a_cell(style="sync"), a_cell(style="elsewhere")
STEADY = [100.0, 101, 99, 100, 102, 98]
HOSTILE = '<script>alert("x")</script>|`&amp;'


def claim(*checks: Check, **changes: str) -> Claim:
    values = {"name": "c", "words": "words", "source": "source", "why": "because", **changes}
    return Claim(checks=checks, example=1, **values)


def bound(
    low: float | None = None,
    high: float | None = None,
    *,
    over: Cell | None = B,
    cell: Cell = A,
    quantity: Quantity = "throughput",
) -> Bound:
    return Bound(says="says", quantity=quantity, cell=cell, over=over, low=low, high=high)


def judged(path: Path, rates: dict[Cell, list[float]], *checks: Check) -> Judged:
    summary = summarise(a_directory(path, rates))
    (found,) = judge([claim(*checks)], summary.cells, summary.run.settings)
    return found


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [
        (1.9, 2.1, Outcome.HOLDS),
        (1.9, None, Outcome.HOLDS),
        (None, 2.1, Outcome.HOLDS),
        (2.1, None, Outcome.FAILS),
        (None, 1.9, Outcome.FAILS),
        (2.1, 3.0, Outcome.FAILS),
        (2.0, None, Outcome.TOO_CLOSE),
        (None, 2.0, Outcome.TOO_CLOSE),
        (1.0, 2.0, Outcome.TOO_CLOSE),
    ],
)
def test_a_bound_holds_when_the_whole_interval_is_within(
    tmp_path: Path, low: float | None, high: float | None, outcome: Outcome
) -> None:
    rates = {A: [200.0, 204, 196, 201, 199, 200], B: [100.0, 101, 99, 100, 102, 98]}
    found = judged(tmp_path / "r", rates, bound(low, high))
    assert found.outcome is outcome
    (checked,) = found.checks
    assert checked.estimate is not None
    assert checked.estimate.mean == pytest.approx(2, rel=0.01)
    assert "95 % interval" in checked.found
    assert "6 blocks" in checked.found


def test_each_cell_of_a_check_has_the_command_that_repeats_it(tmp_path: Path) -> None:
    (checked,) = judged(tmp_path / "r", {A: STEADY, B: STEADY}, bound(0.5)).checks
    assert len(checked.commands) == 2
    assert "--style async" in checked.commands[0]
    assert "--style sync" in checked.commands[1]
    assert all("--users 2 --blocks 5" in command for command in checked.commands)


def test_a_figure_of_one_cell_has_a_unit_and_a_command(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "r", {A: STEADY}, latencies_ms=[40.0, 50.0, 60.0])
    summary = summarise(directory)
    within, rate = bound(45, 55, over=None, quantity="median latency"), bound(150, over=None)
    (found,) = judge([claim(within, rate)], summary.cells, summary.run.settings)
    assert [each.outcome for each in found.checks] == [Outcome.HOLDS, Outcome.FAILS]
    assert found.checks[0].found == "50 ms (95 % interval 50 to 50, 6 blocks)"
    assert (found.checks[0].check.expected, found.checks[1].check.expected) == (
        "45 to 55 ms",
        "at least 150 requests/s",
    )
    assert len(found.checks[0].commands) == 1


@pytest.mark.parametrize("blocks", [1, 2, 4])
def test_on_fewer_than_five_blocks_nothing_is_said(tmp_path: Path, blocks: int) -> None:
    found = judged(tmp_path / "r", {A: [200.0] * blocks, B: [100.0] * blocks}, bound(1.5))
    assert found.outcome is Outcome.INSUFFICIENT


def test_a_claim_is_as_good_as_the_worst_of_its_checks(tmp_path: Path) -> None:
    rates = {A: [200.0, 204, 196, 201, 199, 200], B: STEADY}
    good, close, bad, missing = bound(1.5), bound(2.0), bound(3.0), bound(1.0, cell=MISSING)
    for number, (checks, outcome) in enumerate(
        [
            ((good, good), Outcome.HOLDS),
            ((good, close), Outcome.TOO_CLOSE),
            ((close, missing, good), Outcome.UNMEASURED),
            ((missing, close, bad, good), Outcome.FAILS),
        ]
    ):
        assert judged(tmp_path / str(number), rates, *checks).outcome is outcome


def failed(path: Path, reason: str) -> Judged:
    directory = a_directory(path, {A: [], B: STEADY})
    directory.write_trial(Trial(number=90, block=0, cell=A, started="", failure=reason))
    summary = summarise(directory)
    checks = (Works(says="w", cell=A), Fails(says="f", cell=A, reason="no slot"), bound(1.0), Works(says="b", cell=B))
    (found,) = judge([claim(*checks, Fails(says="g", cell=B, reason="no slot"))], summary.cells, summary.run.settings)
    return found


def test_what_works_and_what_fails_is_read_from_the_answers(tmp_path: Path) -> None:
    expected = failed(tmp_path / "a", "GET /x answered 504: no slot was free")
    assert [each.outcome for each in expected.checks] == [
        *(Outcome.FAILS, Outcome.HOLDS, Outcome.UNMEASURED, Outcome.HOLDS, Outcome.FAILS)
    ]
    assert expected.checks[1].found == "GET /x answered 504: no slot was free"
    other = failed(tmp_path / "b", "it did not start")
    assert [each.outcome for each in other.checks][:3] == [Outcome.FAILS, Outcome.UNMEASURED, Outcome.UNMEASURED]
    assert "plain async on uvicorn:workers=1, 2 users: it did not start" in other.checks[2].found


def test_answers_are_right_or_wrong_in_trials_that_do_not_count_too(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "r", {A: []})
    trial = Trial(
        number=1,
        block=0,
        cell=A,
        started="",
        measurement=a_measurement(100.0),
        flags=("noisy_neighbour",),
        invalidated_by=("noisy_neighbour",),
    )
    directory.write_trial(trial)
    summary = summarise(directory)
    checks = (Works(says="w", cell=A), bound(1.0, over=None), Works(says="m", cell=MISSING))
    (found,) = judge([claim(*checks)], summary.cells, summary.run.settings)
    assert [each.outcome for each in found.checks] == [Outcome.HOLDS, Outcome.UNMEASURED, Outcome.UNMEASURED]
    assert "noisy_neighbour" in found.checks[1].found
    lost = replace(trial, measurement=None, failure="a generator was killed", invalidated_by=("generator_lost",))
    directory.write_trial(lost)
    summary = summarise(directory)
    (found,) = judge([claim(*checks)], summary.cells, summary.run.settings)
    assert found.checks[0].outcome is Outcome.UNMEASURED


@pytest.mark.parametrize(
    ("alive", "low", "high", "outcome"),
    [
        (40, 40, None, Outcome.HOLDS),
        (39, 40, None, Outcome.FAILS),
        (16, None, 16, Outcome.HOLDS),
        (17, None, 16, Outcome.FAILS),
        (None, None, 16, Outcome.UNMEASURED),
    ],
)
def test_streams_that_are_held_are_counted(
    tmp_path: Path, alive: int | None, low: int | None, high: int | None, outcome: Outcome
) -> None:
    held = replace(A, load=Load(kind="held", streams=40))
    (cell,) = summarise(a_directory(tmp_path / "r", {held: STEADY})).cells
    if alive is not None:
        streams = Held(
            streams=40,
            alive=alive,
            waiting=40 - alive,
            lost=0,
            due_gap_ms=100.0,
            first_event_ms=None,
            gap_ms=None,
            probe_ms=None,
            probes_failed=0,
            probes_unanswered=0,
            memory_kib_per_stream=None,
        )
        cell = replace(cell, held=streams)
    check = Holds(says="h", cell=held, low=low, high=high)
    (found,) = judge([claim(check)], [cell], a_run((), 0).settings)
    assert found.outcome is outcome
    assert "--hold 40" in found.checks[0].commands[0]
    assert alive is None or found.checks[0].found == f"{alive} of 40 streams"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_page_markdown_and_json_say_the_same_and_markup_stays_text(tmp_path: Path) -> None:
    hostile = replace(A, pattern=HOSTILE, server=HOSTILE)
    directory = a_directory(tmp_path / "r", {hostile: [200.0, 204, 196, 201, 199, 200], B: STEADY}, command=HOSTILE)
    check = bound(1.5, cell=hostile)
    one = claim(replace(check, says=HOSTILE), words=HOSTILE, why=HOSTILE, source=HOSTILE)
    judged_, page = write_claims(directory, summarise(directory), [one, claim(bound(9.0, cell=hostile), name="d")])
    assert [each.outcome for each in judged_] == [Outcome.HOLDS, Outcome.FAILS]
    reader = _Reader()
    reader.feed(page.read_text())
    assert "script" not in reader.tags
    assert reader.text.count('<script>alert("x")</script>') > 5
    assert "2 claims; holds: 1, does not hold: 1" in reader.text
    content = json.loads((tmp_path / "r" / "claims.json").read_text())
    assert [each["outcome"] for each in content["claims"]] == ["holds", "does not hold"]
    assert content["claims"][0]["checks"][0]["estimate"]["mean"] == pytest.approx(2, rel=0.01)
    assert len(content["claims"][0]["checks"][0]["commands"]) == 2
    text = (tmp_path / "r" / "claims.md").read_text()
    assert "2 claims; holds: 1, does not hold: 1" in text
    for line in text.splitlines():
        if line.startswith("| "):
            assert line.replace("\\|", "").count("|") == 5
