"""Claims: a whole interval decides, a claim is as good as its worst check, and what cannot be judged says why."""

import json
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from djbench.cell import Cell
from djbench.load import HeldLoad
from results.analysis.summary import summarise
from results.claims.claim import Claim
from results.claims.claim_checks import Bound, BoundedQuantity, Check, ClaimOutcome, Fails, Holds, Loses, Works
from results.claims.claims_page import write_claims
from results.claims.judging import JudgedClaim, judge_claims
from results.records.schema import Held, Trial, lost_work_key
from results.records.store import RunDirectory
from runners.cli.shown.claims_text import print_claims
from runners.cli.shown.grouped import table_console
from tests.unit.runs import a_cell, a_directory, a_measurement, served

A, B, MISSING = a_cell(style="async"), a_cell(style="sync"), a_cell(style="elsewhere")
FAILED, UNMEASURED = ClaimOutcome.FAILS, ClaimOutcome.UNMEASURED
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
    quantity: BoundedQuantity = "throughput",
) -> Bound:
    return Bound(says="says", quantity=quantity, cell=cell, over=over, low=low, high=high)


def judged(path: Path, rates: dict[Cell, list[float]], *checks: Check) -> JudgedClaim:
    return judged_of(a_directory(path, rates), *checks)


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [
        (1.9, 2.1, ClaimOutcome.HOLDS),
        (1.9, None, ClaimOutcome.HOLDS),
        (None, 2.1, ClaimOutcome.HOLDS),
        (2.1, None, ClaimOutcome.FAILS),
        (None, 1.9, ClaimOutcome.FAILS),
        (2.1, 3.0, ClaimOutcome.FAILS),
        (2.0, None, ClaimOutcome.TOO_CLOSE),
        (None, 2.0, ClaimOutcome.TOO_CLOSE),
        (1.0, 2.0, ClaimOutcome.TOO_CLOSE),
    ],
)
def test_a_bound_holds_when_the_whole_interval_is_within(
    tmp_path: Path, low: float | None, high: float | None, outcome: ClaimOutcome
) -> None:
    rates = {A: [200.0, 204, 196, 201, 199, 200], B: [100.0, 101, 99, 100, 102, 98]}
    found = judged(tmp_path / "r", rates, bound(low, high))
    assert found.outcome is outcome
    (checked,) = found.checks
    assert checked.judgement.estimate is not None
    assert checked.judgement.estimate.mean == pytest.approx(2, rel=0.01)
    assert "95 % interval" in checked.judgement.finding
    assert "6 blocks" in checked.judgement.finding


def test_the_cells_of_a_check_have_one_command_for_they_take_turns(tmp_path: Path) -> None:
    (checked,) = judged(tmp_path / "r", {A: STEADY, B: STEADY}, bound(0.5)).checks
    (command,) = checked.commands
    assert "--style async --style sync --users 2 --blocks 5" in command


def test_a_figure_of_one_cell_has_a_unit_and_a_command(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "r", {A: STEADY}, latencies_ms=[40.0, 50.0, 60.0])
    within, rate = bound(45, 55, over=None, quantity="median latency"), bound(150, over=None)
    found = judged_of(directory, within, rate)
    assert [each.outcome for each in found.checks] == [ClaimOutcome.HOLDS, ClaimOutcome.FAILS]
    assert found.checks[0].judgement.finding == "50 ms (95 % interval 50 to 50, 6 blocks)"
    assert (found.checks[0].check.expected, found.checks[1].check.expected) == (
        "45 to 55 ms",
        "at least 150 requests/s",
    )
    assert len(found.checks[0].commands) == 1


@pytest.mark.parametrize("blocks", [1, 2, 4])
def test_on_fewer_than_five_blocks_nothing_is_said(tmp_path: Path, blocks: int) -> None:
    found = judged(tmp_path / "r", {A: [200.0] * blocks, B: [100.0] * blocks}, bound(1.5))
    assert found.outcome is ClaimOutcome.INSUFFICIENT


def test_a_claim_is_as_good_as_the_worst_of_its_checks(tmp_path: Path) -> None:
    rates = {A: [200.0, 204, 196, 201, 199, 200], B: STEADY}
    good, close, bad, missing = bound(1.5), bound(2.0), bound(3.0), bound(1.0, cell=MISSING)
    for number, (checks, outcome) in enumerate(
        [
            ((good, good), ClaimOutcome.HOLDS),
            ((good, close), ClaimOutcome.TOO_CLOSE),
            ((close, missing, good), ClaimOutcome.UNMEASURED),
            ((missing, close, bad, good), ClaimOutcome.FAILS),
        ]
    ):
        assert judged(tmp_path / str(number), rates, *checks).outcome is outcome


def judged_of(directory: RunDirectory, *checks: Check) -> JudgedClaim:
    summary = summarise(directory)
    (found,) = judge_claims([claim(*checks)], summary, directory.read_trials())
    return found


def a_failure(number: int, block: int, reason: str, cell: Cell = A, **changes: object) -> Trial:
    return Trial(number=number, block=block, cell=cell, started="", failure=reason, **changes)  # type: ignore[arg-type]


def failed(path: Path, reason: str) -> JudgedClaim:
    directory = a_directory(path, {A: [], B: STEADY})
    directory.write_trial(a_failure(90, 0, reason))
    checks = (Works(says="w", cell=A), Fails(says="f", cell=A, reason="no slot"), bound(1.0), Works(says="b", cell=B))
    return judged_of(directory, *checks, Fails(says="g", cell=B, reason="no slot"))


def test_what_works_and_what_fails_is_read_from_the_answers(tmp_path: Path) -> None:
    expected = failed(tmp_path / "a", "GET /x answered 504: no slot was free")
    assert [each.outcome for each in expected.checks] == [
        *(ClaimOutcome.FAILS, ClaimOutcome.HOLDS, ClaimOutcome.UNMEASURED, ClaimOutcome.HOLDS, ClaimOutcome.FAILS)
    ]
    assert expected.checks[1].judgement.finding == "1 of 1 trials failed: GET /x answered 504: no slot was free"
    assert expected.checks[3].judgement.finding == "600 requests, all answered rightly"
    other = failed(tmp_path / "b", "it did not start")
    assert [each.outcome for each in other.checks][:3] == [
        ClaimOutcome.FAILS,
        ClaimOutcome.UNMEASURED,
        ClaimOutcome.UNMEASURED,
    ]
    assert other.checks[1].judgement.finding == "it did not start"
    assert "async on uvicorn:workers=1, plain, 2 users: it did not start" in other.checks[2].judgement.finding


def test_a_failure_without_a_reason_is_one_all_the_same(tmp_path: Path) -> None:
    found = failed(tmp_path / "a", "")
    assert [each.outcome for each in found.checks][:3] == [
        ClaimOutcome.FAILS,
        ClaimOutcome.UNMEASURED,
        ClaimOutcome.UNMEASURED,
    ]
    assert found.checks[0].judgement.finding == "1 of 1 trials failed: "


def test_one_failed_trial_or_one_wrong_answer_does_not_work(tmp_path: Path) -> None:
    works, fails = Works(says="w", cell=A), Fails(says="f", cell=A, reason="no slot")
    directory = a_directory(tmp_path / "failed", {A: [101.0]})
    for block in range(1, 10):
        directory.write_trial(a_failure(block, block, "no slot was free\nTraceback"))
    found = judged_of(directory, works, fails)
    assert [each.outcome for each in found.checks] == [ClaimOutcome.FAILS, ClaimOutcome.FAILS]
    assert (
        found.checks[0].judgement.finding
        == "9 of 10 trials failed: no slot was free; 101 requests, all answered rightly"
    )
    # As few as a trial may have and still count.
    measured = a_measurement(100_000.0)
    for number, (measurement, said) in enumerate(
        [
            (replace(measured, errors={"body": 1}), "100,001 requests, 1 of them not answered rightly"),
            (replace(measured, unfinished=2), "100,002 requests, 2 of them not answered rightly"),
        ]
    ):
        directory = a_directory(tmp_path / str(number), {A: [100_000.0]})
        (trial,) = directory.read_trials()
        directory.write_trial(replace(trial, measurement=measurement))
        (checked,) = judged_of(directory, works).checks
        assert (checked.outcome, checked.judgement.finding) == (ClaimOutcome.FAILS, said)


def test_a_cell_that_fails_for_two_reasons_does_not_fail_as_expected(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "r", {A: []})
    directory.write_trial(a_failure(0, 0, "no slot was free"))
    directory.write_trial(a_failure(1, 1, "it did not start"))
    (checked,) = judged_of(directory, Fails(says="f", cell=A, reason="no slot")).checks
    assert (checked.outcome, checked.judgement.finding) == (ClaimOutcome.UNMEASURED, "it did not start")


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
    checks = (Works(says="w", cell=A), bound(1.0, over=None), Works(says="m", cell=MISSING))
    found = judged_of(directory, *checks)
    assert [each.outcome for each in found.checks] == [
        ClaimOutcome.HOLDS,
        ClaimOutcome.UNMEASURED,
        ClaimOutcome.UNMEASURED,
    ]
    assert "noisy_neighbour" in found.checks[1].judgement.finding
    # A trial that failed for the generator says nothing of the server.
    directory.write_trial(a_failure(1, 0, "a generator was killed", invalidated_by=("generator_lost",)))
    assert judged_of(directory, *checks).checks[0].outcome is ClaimOutcome.UNMEASURED


HELD = replace(A, load=HeldLoad(streams=100))


def a_run_that_held(path: Path, alive: Sequence[int]) -> RunDirectory:
    """So many of 100 streams alive in each block."""
    directory = a_directory(path, {HELD: [100.0] * len(alive)})
    for trial, count in zip(directory.read_trials(), alive, strict=True):
        held = Held(
            streams=100,
            alive=count,
            waiting=100 - count,
            lost=0,
            due_gap_ms=100.0,
            first_event_ms=None,
            gap_ms=None,
            probe_ms=None,
            probes_failed=0,
            probes_unanswered=0,
            memory_kib_per_stream=None,
        )
        assert trial.measurement is not None
        directory.write_trial(replace(trial, measurement=replace(trial.measurement, held=held)))
    return directory


@pytest.mark.parametrize(
    ("alive", "low", "high", "outcome", "found"),
    [
        ([100] * 5, 100, 100, ClaimOutcome.HOLDS, "100 of 100 streams (5 blocks)"),
        ([100, 100, 100, 100, 99], 100, 100, ClaimOutcome.FAILS, "99 to 100 of 100 streams (5 blocks)"),
        ([16] * 6, 16, 16, ClaimOutcome.HOLDS, "16 of 100 streams (6 blocks)"),
        ([100, 16, 90, 16, 16], 16, 16, ClaimOutcome.FAILS, "16 to 100 of 100 streams (5 blocks)"),
        ([16, 16, 17, 16, 16], 16, 16, ClaimOutcome.FAILS, "16 to 17 of 100 streams (5 blocks)"),
        ([0] * 5, 16, 16, ClaimOutcome.FAILS, "0 of 100 streams (5 blocks)"),
        ([16, 15, 16, 16, 16], 15, 16, ClaimOutcome.HOLDS, "15 to 16 of 100 streams (5 blocks)"),
        ([16] * 4, 16, 16, ClaimOutcome.INSUFFICIENT, "16 of 100 streams (4 blocks)"),
        ([0], 16, 16, ClaimOutcome.INSUFFICIENT, "0 of 100 streams (1 block)"),
    ],
)
def test_streams_are_held_when_they_are_in_every_block(
    tmp_path: Path, alive: list[int], low: int, high: int, outcome: ClaimOutcome, found: str
) -> None:
    (checked,) = judged_of(
        a_run_that_held(tmp_path / "r", alive), Holds(says="h", cell=HELD, low=low, high=high)
    ).checks
    assert (checked.outcome, checked.judgement.finding) == (outcome, found)
    assert "--hold 100" in checked.commands[0]


def test_a_trial_that_does_not_count_holds_nothing_and_one_that_failed_did_not_hold(tmp_path: Path) -> None:
    check = Holds(says="h", cell=HELD, low=16, high=16)
    assert (check.expected, replace(check, low=14).expected) == ("16 streams", "14 to 16 streams")
    directory = a_run_that_held(tmp_path / "r", [16, 16, 16, 16, 16, 40])
    disturbed = directory.read_trials()[-1]
    directory.write_trial(replace(disturbed, invalidated_by=("noisy_neighbour",)))
    assert judged_of(directory, check).outcome is ClaimOutcome.HOLDS
    directory.write_trial(a_failure(6, 6, "the server ended", HELD))
    assert judged_of(directory, check).outcome is ClaimOutcome.FAILS
    nothing = a_directory(tmp_path / "nothing", {HELD: []})
    assert judged_of(nothing, check).outcome is ClaimOutcome.UNMEASURED


A_KEY = lost_work_key([f"{A.pattern} {A.style}"], A.server)


@pytest.mark.parametrize(
    ("lost_work", "some", "none", "found"),
    [
        (
            {A_KEY: (12, 3400)},
            ClaimOutcome.HOLDS,
            ClaimOutcome.FAILS,
            "12 of 3,400 pieces of work lost",
        ),
        (
            {A_KEY: (0, 3400)},
            ClaimOutcome.FAILS,
            ClaimOutcome.HOLDS,
            "0 of 3,400 pieces of work lost",
        ),
        (
            {"another sync on uvicorn": (12, 3400)},
            ClaimOutcome.UNMEASURED,
            ClaimOutcome.UNMEASURED,
            "no work was begun",
        ),
    ],
)
def test_what_is_lost_at_a_servers_end_is_read_from_the_record(
    tmp_path: Path, lost_work: dict[str, tuple[int, int]], some: ClaimOutcome, none: ClaimOutcome, found: str
) -> None:
    directory = a_directory(tmp_path / "r", {A: STEADY}, lost_work=lost_work)
    checks = (Loses(says="s", cell=A, some=True), Loses(says="n", cell=A, some=False))
    both = judged_of(directory, *checks)
    assert [each.outcome for each in both.checks] == [some, none]
    assert all(each.judgement.finding.startswith(found) for each in both.checks)
    assert [check.expected for check in checks] == [
        "some of it lost when the server ends",
        "nothing lost when the server ends",
    ]
    # What is lost by a server that breaks says nothing of one that is told to end.
    directory.write_trial(a_failure(90, 0, "the server ended by itself"))
    assert judged_of(directory, *checks).outcome is ClaimOutcome.UNMEASURED


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
    hostile = served(replace(A, pattern=HOSTILE), server=HOSTILE)
    directory = a_directory(tmp_path / "r", {hostile: [200.0, 204, 196, 201, 199, 200], B: STEADY}, command=HOSTILE)
    check = bound(1.5, cell=hostile)
    one = claim(replace(check, says=HOSTILE), words=HOSTILE, why=HOSTILE, source=HOSTILE)
    judged_, page = write_claims(directory, summarise(directory), [one, claim(bound(9.0, cell=hostile), name="d")])
    assert [each.outcome for each in judged_] == [ClaimOutcome.HOLDS, ClaimOutcome.FAILS]
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


def test_page_markdown_and_terminal_have_all_of_a_claim(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = a_directory(tmp_path / "r", {A: [200.0, 204, 196, 201, 199, 200], B: STEADY})
    one = claim(bound(1.5), words="Two is more than one.", source="a page on numbers", why="It comes after it.")
    judged_, page = write_claims(directory, summarise(directory), [one])
    reader = _Reader()
    reader.feed(page.read_text())
    print_claims(judged_, table_console(120))
    figure = judged_[0].checks[0].judgement.finding
    assert "95 % interval" in figure
    for place in (reader.text, (tmp_path / "r" / "claims.md").read_text(), capsys.readouterr().out):
        assert "example 1: a page on numbers" in place
        for part in (one.words, one.why, f"throughput {figure}", *judged_[0].checks[0].commands):
            assert part in place
    assert len(judged_[0].checks[0].commands) == 1
