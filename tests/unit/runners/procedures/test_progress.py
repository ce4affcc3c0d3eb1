"""What is left of a plan, as the stored trials say."""

from dataclasses import replace
from pathlib import Path

import pytest

from djbench.load import OpenLoad
from results.records.schema import Purpose, Session, Settings, Start, Trial
from results.records.store import RunDirectory
from runners.planning.plan import Plan, plan_of
from runners.procedures.progress import Progress
from tests.unit.runs import OPEN, a_cell, a_directory, a_run
from tests.unit.site import SITE

SYNC, ASYNC = a_cell(style="sync"), a_cell(style="async")
BLOCK = (
    Session(starts=(Start(server=SYNC.server, cells=(1,)),)),
    Session(starts=(Start(server=SYNC.server, cells=(0,)),)),
)


def plan() -> Plan:
    settings = Settings(
        isolation="trial",
        by_turns="off",
        warmup_s=0.1,
        duration_s=1.0,
        timeout_s=5.0,
        database="sqlite",
        cpus_server=(1,),
        cpus_support=(0,),
    )
    return plan_of(a_run((SYNC, ASYNC), 0, settings=settings), SITE)


def trial(number: int, block: int, style: str = "sync", *flags: str) -> Trial:
    return Trial(
        number=number,
        block=block,
        cell=a_cell(style=style),
        started="",
        failure=None,
        flags=flags,
        invalidated_by=flags,
    )


def test_what_was_tried_is_not_made_again(tmp_path: Path) -> None:
    made = [trial(0, 0, "async"), trial(1, 0), trial(2, 1, "async")]
    progress = Progress(plan(), RunDirectory(tmp_path), made, [BLOCK] * 3)
    assert progress.left(0) == []
    assert progress.left(1) == [BLOCK[1]]
    assert progress.left(2) == list(BLOCK)
    assert progress.next_number == 3
    assert progress.made == 3


def test_what_does_not_count_is_repeated_once(tmp_path: Path) -> None:
    progress = Progress(plan(), RunDirectory(tmp_path), [trial(0, 0, "async", "errors"), trial(1, 0)])
    assert progress.repeats(0) == [BLOCK[0]]
    progress.add(replace(trial(2, 0, "async", "errors"), repeat=True))
    assert progress.repeats(0) == []


def test_a_failure_of_the_server_is_not_repeated(tmp_path: Path) -> None:
    progress = Progress(plan(), RunDirectory(tmp_path), [replace(trial(0, 0), failure="it died")])
    assert progress.repeats(0) == []


def test_the_evidence_of_each_cell(tmp_path: Path) -> None:
    rates = {SYNC: [100.0, 110.0, 90.0], ASYNC: [50.0, 50.0, 50.0]}
    directory = a_directory(tmp_path / "r", rates, latencies_ms=[float(ms) for ms in range(1, 201)])
    progress = Progress(plan(), directory, directory.read_trials())
    sync, async_ = progress.evidence()
    assert sync.compared == [100.0, 110.0, 90.0]
    assert async_.compared == [50.0, 50.0, 50.0]
    assert sync.p95 == [190.0, 190.0, 190.0]
    assert sync.group == async_.group
    assert sync.excess > 1
    assert async_.excess == 0


def test_a_tail_of_few_samples_is_no_evidence(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "r", {SYNC: [1.0, 1.0, 1.0]}, latencies_ms=[1.0] * 199)
    assert Progress(plan(), directory, directory.read_trials()).evidence()[0].p95 == []


@pytest.mark.parametrize(
    ("trials", "hopeless"),
    [
        ("vv", False),
        ("vi", False),  # half of them count
        ("ii", True),
        ("vii", True),
        ("vvvvf", True),  # the server is gone
        ("fvv", True),  # it has no figures, whatever follows
    ],
)
def test_cells_that_fail_or_do_not_count_get_no_more_blocks(tmp_path: Path, trials: str, hopeless: bool) -> None:
    directory = a_directory(tmp_path / "r", {SYNC: [100.0] * len(trials)})
    stored = [
        each if kind == "v" else replace(trial(each.number, each.block, "sync", *("errors",) * (kind == "i")))
        for kind, each in zip(trials, directory.read_trials(), strict=True)
    ]
    stored = [replace(each, failure="gone") if kind == "f" else each for kind, each in zip(trials, stored, strict=True)]
    assert Progress(replace(plan(), cells=(SYNC,)), directory, stored).evidence()[0].hopeless is hopeless


def test_under_open_load_cells_are_as_uncertain_as_their_median(tmp_path: Path) -> None:
    """The throughput is what was asked for, and as uneven as the draw of the arrivals."""
    opened = replace(SYNC, load=OPEN)
    directory = a_directory(tmp_path / "r", {opened: [90.0, 110.0, 100.0]}, latencies_ms=[1.0, 2.0, 3.0])
    (evidence,) = Progress(replace(plan(), cells=(opened,)), directory, directory.read_trials()).evidence()
    assert evidence.compared == [2.0, 2.0, 2.0]


def test_what_is_pending_is_counted(tmp_path: Path) -> None:
    made = [trial(0, 0, "async", "errors"), trial(1, 0)]
    assert Progress(plan(), RunDirectory(tmp_path), made, [BLOCK]).pending == 1
    assert Progress(plan(), RunDirectory(tmp_path), made, [BLOCK, BLOCK]).pending == 1 + 2
    assert Progress(plan(), RunDirectory(tmp_path)).pending == 0


def test_a_repeat_is_made_for_what_the_trial_was_made_for(tmp_path: Path) -> None:
    calibrates = replace(trial(0, 0, "async", "errors"), purpose=Purpose.CALIBRATE)
    (session,) = Progress(plan(), RunDirectory(tmp_path), [calibrates], [BLOCK]).repeats(0)
    assert session == replace(BLOCK[0], purpose=Purpose.CALIBRATE)


def test_only_trials_that_measure_are_evidence(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "r", {SYNC: [100.0, 110.0]})
    first, second = directory.read_trials()
    trials = [replace(first, purpose=Purpose.CALIBRATE), second]
    (evidence,) = Progress(replace(plan(), cells=(SYNC,)), directory, trials).evidence()
    assert evidence.compared == [110.0]


def test_a_rate_that_varies_is_never_uncertain(tmp_path: Path) -> None:
    """Its figures over the whole window mix easy and hard moments."""
    ramp = replace(SYNC, load=OpenLoad(rate="1..9/2s", arrivals="poisson", connections=8))
    directory = a_directory(tmp_path / "r", {ramp: [10.0, 99.0, 20.0]})
    cells = (ramp,)
    progress = Progress(replace(plan(), cells=cells), directory, directory.read_trials())
    assert progress.evidence()[0].hopeless


def test_in_a_validation_only_labels_of_one_place_are_compared(tmp_path: Path) -> None:
    cells = [replace(cell, label=label) for cell in (SYNC, ASYNC) for label in ("a", "b1")]
    progress = Progress(replace(plan(), cells=tuple(cells)), RunDirectory(tmp_path))
    first, second, third, fourth = (evidence.group for evidence in progress.evidence())
    assert first == second != third == fourth


def test_the_right_bodies_are_known_from_before(tmp_path: Path) -> None:
    progress = Progress(plan(), RunDirectory(tmp_path), [replace(trial(0, 0), body_sha256="ab")])
    assert progress.bodies == {"plain": "ab"}
