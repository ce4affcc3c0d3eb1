"""Advice: what is recommended, against what, at which price, and what would settle an open question."""

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from djbench.cell import Cell
from djbench.load import ClosedLoad, HeldLoad, Load
from results.advising.advice import Advice, Advised, advise
from results.advising.provisos import blocks_to_settle
from results.analysis.stats import Estimate
from results.analysis.summary import summarise
from results.analysis.verdicts import MIN_BLOCKS, Verdict
from results.records.schema import Trial
from results.records.store import RunDirectory
from results.reporting.report import write_report
from tests.unit.runs import OPEN, OUTCOMES, a_cell, a_directory, a_measurement, samples_of, served

UVICORN = "uvicorn:workers=1,loop=uvloop,http=httptools,ws=websockets-sansio"
GTHREAD = "gunicorn-gthread:workers=1,threads=16"
USERS = ClosedLoad(users=64)


def cell(
    server: str = UVICORN,
    pattern: str = "plain",
    style: str = "async",
    load: Load = USERS,
    wait_s: float = 0.0,
    **configuration: object,
) -> Cell:
    return served(replace(a_cell(server, pattern, style), load=load, wait_s=wait_s), **configuration)


FAST, OTHER, SLOW = cell(), cell(GTHREAD, style="sync", slots=16, interface="wsgi"), cell(style="sync")
STEADY = [100.0, 101, 99, 100, 102, 98]


def times(factor: float, wobble: float = 0.0) -> list[float]:
    return [rate * factor * (1 + wobble * (-1) ** block) for block, rate in enumerate(STEADY)]


def directory_of(
    path: Path, rates: dict[Cell, list[float]], costs: dict[Cell, dict[str, float]] | None = None
) -> RunDirectory:
    """A run whose cells cost what ``costs`` says: fields of ``records.Usage``."""
    directory = a_directory(path, rates)
    for trial in directory.read_trials():
        assert trial.measurement is not None
        server = replace(trial.measurement.server, **(costs or {}).get(trial.cell, {}))  # type: ignore[arg-type]
        # The same CPU time per request in every cell, unless it is said otherwise.
        server = replace(server, cpu_s=server.cpu_s * trial.measurement.answered / 100)
        directory.write_trial(replace(trial, measurement=replace(trial.measurement, server=server)))
    return directory


def advised(path: Path, rates: dict[Cell, list[float]], costs: dict[Cell, dict[str, float]] | None = None) -> Advice:
    (only,) = advise(summarise(directory_of(path, rates, costs))).patterns
    return only


def named(advice: Advice) -> tuple[str, str, str, str]:
    assert advice.recommended is not None
    assert advice.runner_up is not None
    return (
        advice.recommended.server,
        advice.recommended.style,
        advice.runner_up.server,
        advice.runner_up.style,
    )


def test_the_fastest_is_advised_where_it_is_told_apart(tmp_path: Path) -> None:
    costs = {OTHER: {"cpu_s": 0.1}}
    advice = advised(tmp_path / "r", {OTHER: STEADY, FAST: times(1.5), SLOW: times(0.5)}, costs)
    assert named(advice) == (UVICORN, "async", GTHREAD, "sync")
    assert advice.comparison is not None
    assert advice.comparison.verdict is Verdict.FASTER
    assert advice.comparison.estimate.mean == pytest.approx(1.5)
    assert advice.reason == "it has the highest throughput"
    assert advice.settle is None


def test_of_equals_the_one_is_advised_that_takes_less_cpu_time(tmp_path: Path) -> None:
    advice = advised(tmp_path / "r", {FAST: times(1.01), OTHER: STEADY}, {OTHER: {"cpu_s": 0.2}})
    assert named(advice) == (GTHREAD, "sync", UVICORN, "async")
    assert "the two are the same within 3%" in advice.reason
    assert "2 instead of 5 ms of CPU time per request" in advice.reason
    assert advice.comparison is not None
    assert advice.comparison.verdict is Verdict.SAME
    assert advice.comparison.estimate.mean == pytest.approx(1 / 1.01)
    low, high = advice.comparison.estimate.low, advice.comparison.estimate.high
    assert low is not None
    assert high is not None
    assert low <= 1 / 1.01 <= high


def test_at_equal_cpu_time_memory_decides(tmp_path: Path) -> None:
    costs = {OTHER: {"pss_mib": 40.0}, FAST: {"pss_mib": 60.0}}
    advice = advised(tmp_path / "r", {FAST: times(1.01), OTHER: STEADY}, costs)
    assert named(advice)[0] == GTHREAD
    assert "40 instead of 60 MiB of memory" in advice.reason


def test_at_equal_price_the_fastest_stays(tmp_path: Path) -> None:
    costs = {OTHER: {"cpu_s": 0.49, "rss_mib_peak": 59.0}}
    advice = advised(tmp_path / "r", {FAST: times(1.01), OTHER: STEADY}, costs)
    assert named(advice)[0] == UVICORN
    assert advice.reason.endswith(f"; as good but not cheaper: sync on {GTHREAD}")


def test_what_is_too_close_to_call_is_taken_for_its_price_when_it_cannot_be_much_slower(tmp_path: Path) -> None:
    cheap = {OTHER: {"cpu_s": 0.2}}
    near = advised(tmp_path / "near", {FAST: times(1.03, 0.01), OTHER: STEADY}, cheap)
    assert near.comparison is not None
    assert near.comparison.verdict is Verdict.TOO_CLOSE
    assert named(near)[0] == GTHREAD
    assert "too close to call" in near.reason
    assert near.cpu is not None
    assert near.cpu.verdict == near.to_json()["cpu_verdict"] == "less CPU"
    assert "its throughput: too close to call; and 0.400 times" in near.against_runner_up
    far = advised(tmp_path / "far", {FAST: times(1.1, 0.1), OTHER: STEADY}, cheap)
    assert far.comparison is not None
    assert far.comparison.verdict is Verdict.TOO_CLOSE
    assert named(far)[0] == UVICORN
    assert far.reason == (
        f"it had the highest throughput; no clear difference from sync on {GTHREAD}, but over 10 % may be lost, "
        "so price does not decide"
    )


def test_what_has_too_few_blocks_is_named_where_others_have_enough(tmp_path: Path) -> None:
    advice = advised(tmp_path / "r", {FAST: times(2), OTHER: STEADY, SLOW: [150.0, 151.0, 149.0]})
    assert advice.reason == (
        f"it had the highest throughput; there are too few blocks to compare it with sync on {UVICORN}"
    )


def test_what_is_open_comes_with_the_command_that_settles_it(tmp_path: Path) -> None:
    advice = advised(tmp_path / "r", {FAST: times(1.1, 0.1), OTHER: STEADY, SLOW: times(0.3)})
    assert advice.settle is not None
    words = shlex.split(advice.settle)
    assert words[:2] == ["djbench", "run"]
    assert [words[i + 1] for i, word in enumerate(words) if word == "--server"] == [UVICORN, GTHREAD]
    assert [words[i + 1] for i, word in enumerate(words) if word == "--style"] == ["async", "sync"]
    assert words[words.index("--users") + 1] == "64"
    assert 6 < int(words[words.index("--blocks") + 1]) <= 100


def test_too_few_blocks_are_no_evidence(tmp_path: Path) -> None:
    advice = advised(tmp_path / "r", {FAST: [200, 200, 200], OTHER: [100, 100, 100]}, {OTHER: {"cpu_s": 0.1}})
    assert named(advice)[0] == UVICORN
    assert "there are too few blocks to compare it with the others" in advice.reason
    assert any(f"a verdict needs {MIN_BLOCKS}" in condition for condition in advice.conditions)
    assert "--blocks 6..20" in (advice.settle or "")


@pytest.mark.parametrize(
    ("mean", "half_width", "n", "wanted"),
    [
        (1.10, 1.10, 6, 17),  # 0.0953 wide, and 0.0657 from the band
        (1.00, 1.10, 6, 82),  # as for showing that they are the same
        (1.029, 1.10, 6, None),  # on the edge
        (1.10, 1.07, 20, 28),
        (1.5, 1.10, 6, 7),  # apart already: one more
    ],
)
def test_how_many_blocks_settle_a_ratio(mean: float, half_width: float, n: int, wanted: int | None) -> None:
    assert blocks_to_settle(Estimate(mean, mean / half_width, mean * half_width, n)) == wanted


def test_what_no_sensible_run_can_tell_apart_is_said_to_be_equal(tmp_path: Path) -> None:
    advice = advised(tmp_path / "r", {FAST: times(1.031, 0.1), OTHER: STEADY})
    assert advice.settle is None
    assert any("Treat them as equal" in condition for condition in advice.conditions)


def test_a_development_server_is_not_advised_however_fast(tmp_path: Path) -> None:
    runserver = cell("runserver", style="sync", interface="wsgi")
    advice = advised(tmp_path / "r", {runserver: times(3), OTHER: STEADY, FAST: times(2)})
    assert named(advice) == (UVICORN, "async", GTHREAD, "sync")
    assert advice.comparison is not None
    assert advice.comparison.verdict is Verdict.FASTER
    assert "development server" in advice.left_out["runserver"]
    alone = advised(tmp_path / "alone", {runserver: times(3)})
    assert alone.recommended is None


def test_slots_that_set_the_pace_are_a_condition(tmp_path: Path) -> None:
    waiting = {"pattern": "sleep:delay=0.05", "wait_s": 0.05}
    event_loop, threads = cell(**waiting), cell(GTHREAD, style="sync", slots=16, **waiting)  # type: ignore[arg-type]
    advice = advised(tmp_path / "r", {event_loop: times(10), threads: times(3)})
    assert any("--slots 64" in condition and GTHREAD in condition for condition in advice.conditions)
    advice = advised(tmp_path / "s", {event_loop: times(1), threads: times(3)})
    assert any("at most 320 requests/s" in condition for condition in advice.conditions)


def test_the_best_of_the_other_style_one_load_and_missing_numbers_are_conditions(tmp_path: Path) -> None:
    directory = directory_of(tmp_path / "r", {FAST: times(2), OTHER: STEADY, SLOW: []})
    directory.write_trial(
        Trial(
            number=90, block=0, cell=SLOW, started="", measurement=a_measurement(5.0), flags=("noisy_neighbour",),
            invalidated_by=("noisy_neighbour",),
        )
    )  # fmt: skip
    (advice,) = advise(summarise(directory)).patterns
    text = "\n".join(advice.conditions)
    assert f"If the view has to be sync, run sync on {GTHREAD}" in text
    assert "Measured at one load only (64 users)" in text
    assert f"sync on {UVICORN} has no number (invalid: no trial counts: noisy_neighbour)" in text
    assert "--style sync" in (advice.settle or "")


def test_a_process_that_was_shared_is_a_condition(tmp_path: Path) -> None:
    directory = directory_of(tmp_path / "r", {FAST: times(2), OTHER: STEADY})
    said = "Memory and threads are those of a process that also answered other patterns."
    (alone,) = advise(summarise(directory)).patterns
    assert said not in alone.conditions
    run = directory.read_run()
    directory.write_run(replace(run, settings=replace(run.settings, isolation="block")))
    (shared,) = advise(summarise(directory)).patterns
    assert said in shared.conditions
    assert shared.settle is None


def test_under_open_load_the_lowest_latency_is_advised_and_a_ramp_has_no_answer(tmp_path: Path) -> None:
    fast, slow = (replace(each, load=OPEN) for each in (FAST, OTHER))
    ramp = replace(FAST, load=replace(OPEN, rate="50..200/1s"))
    directory = a_directory(tmp_path / "r", {slow: STEADY, fast: STEADY, ramp: STEADY}, latencies_ms=[4.0, 5.0, 6.0])
    for trial in directory.read_trials():
        if trial.cell == fast:
            directory.write_samples(trial.number, samples_of([2.0, 2.5, 3.0]), {"outcome": OUTCOMES, "request": ["r"]})
    steady, course = advise(summarise(directory)).patterns
    assert steady.quantity == "median latency"
    assert steady.comparison is not None
    assert named(steady) == (UVICORN, "async", GTHREAD, "sync")
    assert steady.reason == "it has the lowest median latency"
    assert steady.comparison.verdict is Verdict.FASTER
    assert steady.comparison.estimate.mean == pytest.approx(0.5)
    assert course.recommended is None
    assert "no single answer" in course.reason
    assert "--rate" in " ".join(steady.conditions)


SLEEP = "sleep:delay=0.05"


def a_mixed_run(path: Path) -> RunDirectory:
    """Threads are twice as fast at plain, the event loop five times at sleep; each has two styles."""
    return directory_of(
        path,
        {
            FAST: times(10),
            SLOW: times(5),
            OTHER: times(20),
            cell(pattern=SLEEP): times(10),
            cell(pattern=SLEEP, style="sync"): times(8),
            cell(GTHREAD, SLEEP, "sync"): times(2),
        },
    )


def test_a_mix_is_answered_by_one_server_with_a_style_for_each_pattern(tmp_path: Path) -> None:
    summary = summarise(a_mixed_run(tmp_path / "r"))
    (much_plain,) = advise(summary, {"plain": 95.0, SLEEP: 5.0}).mixes
    (much_sleep,) = advise(summary, {"plain": 50.0, SLEEP: 50.0}).mixes
    assert much_plain.recommended is not None
    assert much_sleep.recommended is not None
    assert (much_plain.recommended.server, much_sleep.recommended.server) == (GTHREAD, UVICORN)
    assert much_sleep.recommended.styles == (("plain", "async"), (SLEEP, "async"))
    rate = much_plain.recommended.throughput_rps
    assert rate is not None
    assert rate.mean == pytest.approx(1 / (0.95 / 2000 + 0.05 / 200), rel=1e-3)
    assert much_plain.comparison is not None
    assert much_plain.comparison.estimate.mean == pytest.approx(rate.mean / 1000, rel=1e-3)
    assert much_plain.recommended.price.cpu_ms_per_request == pytest.approx(5.0)
    assert any("--beside" in condition for condition in much_plain.conditions)


def test_an_advice_from_one_block_says_so_and_lists_its_flags(tmp_path: Path) -> None:
    directory = directory_of(tmp_path / "r", {cell(pattern="plain"): times(1)[:1]})
    (trial,) = directory.read_trials()
    directory.write_trial(replace(trial, flags=("no_steady_state", "support_limit")))
    (advice,) = advise(summarise(directory)).patterns
    assert "Its numbers are flagged no_steady_state, support_limit. Look at its trials." in advice.conditions
    assert "Its numbers rest on 1 block; a verdict needs 5." in advice.conditions


def test_a_mix_has_the_doubts_the_slots_and_the_loads_of_its_parts(tmp_path: Path) -> None:
    """A request of which half is sleep waits half as long on average: 16 slots answer up to 16 / 0.025 s."""
    sleep, threads = (cell(GTHREAD, pattern, "sync", slots=16, interface="wsgi") for pattern in (SLEEP, "plain"))
    sleep = replace(sleep, wait_s=0.05)
    loop = {cell(pattern="plain"): times(1), cell(pattern=SLEEP, wait_s=0.05): times(1)}
    directory = directory_of(tmp_path / "r", {threads: times(20), sleep: times(5), **loop})
    for trial in directory.read_trials():
        if trial.cell == sleep:
            directory.write_trial(replace(trial, flags=("no_steady_state",)))
    run = directory.read_run()
    directory.write_run(replace(run, status="interrupted", settings=replace(run.settings, isolation="block")))
    mix = {"plain": 1.0, SLEEP: 1.0}
    (mixed,) = advise(summarise(directory), mix).mixes
    assert mixed.recommended is not None
    assert (mixed.recommended.server, mixed.recommended.flags) == (GTHREAD, ("no_steady_state",))
    text = "\n".join(mixed.conditions)
    assert "Its numbers are flagged no_steady_state" in text
    assert "The run is interrupted" in text
    assert "a process that also answered other patterns" in text
    assert "With 16 slots and a wait of 0.025 s it answers at most 640 requests/s" in text
    assert "Measured at one load only (64 users)" in text
    rivals = directory_of(tmp_path / "s", {threads: times(1), sleep: times(1), **{each: times(9) for each in loop}})
    (mixed,) = advise(summarise(rivals), mix).mixes
    assert f"Fewer slots than the 64 users: {GTHREAD} (16)" in "\n".join(mixed.conditions)


def test_the_runs_own_mix_is_used_where_none_is_given(tmp_path: Path) -> None:
    directory = a_mixed_run(tmp_path / "r")
    assert advise(summarise(directory)).mixes == ()
    directory.write_run(replace(directory.read_run(), mix={"plain": 1.0, SLEEP: 3.0}))
    (mixed,) = advise(summarise(directory)).mixes
    assert mixed.subject == f"25 % plain, 75 % {SLEEP}"


def test_a_server_without_numbers_for_all_of_a_mix_is_left_out_with_the_reason(tmp_path: Path) -> None:
    directory = directory_of(tmp_path / "r", {FAST: STEADY, OTHER: times(3), cell(pattern=SLEEP): STEADY})
    (mixed,) = advise(summarise(directory), {"plain": 1.0, SLEEP: 1.0}).mixes
    assert mixed.recommended is not None
    assert mixed.recommended.server == UVICORN
    assert mixed.left_out == {GTHREAD: f"it has no number for {SLEEP}"}


def test_a_mix_under_open_load_is_refused_with_the_reason(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "r", {replace(FAST, load=OPEN): STEADY})
    (mixed,) = advise(summarise(directory), {"plain": 1.0}).mixes
    assert mixed.recommended is None
    assert "closed load" in mixed.reason


def test_the_advice_stands_in_the_report_and_in_the_summary(tmp_path: Path) -> None:
    directory = a_mixed_run(tmp_path / "r")
    directory.write_run(replace(directory.read_run(), mix={"plain": 1.0, SLEEP: 3.0}))
    write_report(directory)
    page, text = ((tmp_path / "r" / name).read_text() for name in ("report.html", "report.md"))
    for shown in (page, text):
        assert "How to run it, and at which price" in shown
        assert "gunicorn.conf.py" in shown
        assert 'worker_class = "gthread"' in shown or "worker_class = &#34;gthread&#34;" in shown
    found = json.loads((tmp_path / "r" / "summary.json").read_text())["advice"]
    assert [each["subject"] for each in found["patterns"]] == ["plain", SLEEP]
    assert found["mixes"][0]["recommended"]["server"] == UVICORN
    assert {each["server"] for each in found["deployments"]} == {UVICORN, GTHREAD}
    assert found["patterns"][0]["ratio_to_runner_up"]["mean"] == pytest.approx(2)


def test_a_run_without_a_number_has_no_advice(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "r", {FAST: []})
    found: Advised = advise(summarise(directory))
    assert found.patterns[0].recommended is None
    assert found.deployments == ()
    write_report(directory)
    assert "no advice: nothing could be measured" in (tmp_path / "r" / "report.html").read_text()


def test_what_is_not_compared_has_no_advice_and_says_why_in_the_report(tmp_path: Path) -> None:
    ramp = replace(FAST, load=replace(OPEN, rate="50..200/1s"))
    held = replace(FAST, load=HeldLoad(streams=40))
    directory = a_directory(tmp_path / "r", {ramp: STEADY, held: STEADY})
    write_report(directory)
    for name in ("report.html", "report.md"):
        text = (tmp_path / "r" / name).read_text()
        assert "a varying rate has no single answer" in text
        assert "held streams have no single figure to compare by" in text
