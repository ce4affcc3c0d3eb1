"""Gates: their grammar, when they fail, pass or stay undecided, and the JUnit XML that says so."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from djbench.cell import Cell
from results.comparing.comparison import RunComparison, compare_runs, read
from results.comparing.gates import GateError, GateOutcome, judge_gates, parse_gate
from results.comparing.junit import junit_xml
from results.records.schema import Trial
from results.records.store import RunDirectory
from tests.unit.results.comparing.test_comparison import noisy
from tests.unit.runs import OPEN, OUTCOMES, a_cell, a_directory, a_run, samples_of

SYNC, ASYNC = a_cell(), a_cell(style="async")


@pytest.mark.parametrize(
    ("text", "canonical", "limit"),
    [
        ("p99 slower 5%", "p99 slower 5%", 1.05),
        ("throughput slower 3%", "throughput slower 3%", 0.97),
        (" cpu  more 10 % ", "cpu more 10%", 1.10),
        ("memory more 2.5%", "memory more 2.5%", 1.025),
        ("p50 slower 0%", "p50 slower 0%", 1.0),
        ("p95 slower 150%", "p95 slower 150%", 2.5),
    ],
)
def test_what_a_gate_may_say(text: str, canonical: str, limit: float) -> None:
    gate = parse_gate(text)
    assert str(gate) == canonical
    assert gate.limit == pytest.approx(limit)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "'' is no gate: give 'p99 slower 5%', 'throughput slower 3%', 'cpu more 10%' or 'memory more 10%'"),
        ("p99 slower", "'p99 slower' is no gate"),
        ("p99 slower 5", "'p99 slower 5' is no gate"),
        ("p99 slower -5%", "is no gate"),
        ("p99 slower 5% please", "is no gate"),
        ("p99 slower ٥%", "is no gate"),
        ("p99\nslower 5%", None),
        (
            "p98 slower 5%",
            "'p98 slower 5%': no quantity is called p98; there are throughput, p50, p95, p99, cpu, memory",
        ),
        ("p99 more 5%", "'p99 more 5%': write 'p99 slower 5%'"),
        ("cpu slower 10%", "'cpu slower 10%': write 'cpu more 10%'"),
        ("throughput faster 3%", "write 'throughput slower 3%'"),
        ("throughput slower 100%", "'throughput slower 100%': give less than 100 %"),
        ("p99 slower 10000%", "give less than 10000 %"),
        ("a\nb", r"'a\nb' is no gate"),
    ],
)
def test_what_is_no_gate_gets_one_line_that_says_what_would_be(text: str, complaint: str | None) -> None:
    if complaint is None:
        assert str(parse_gate(text)) == "p99 slower 5%"  # any white space parts its words
        return
    with pytest.raises(GateError) as error:
        parse_gate(text)
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


def two_runs(path: Path, base: Mapping[Cell, Sequence[float]], new: Mapping[Cell, Sequence[float]]) -> RunComparison:
    runs = [
        read(a_directory(path / name, {cell: list(rates) for cell, rates in of_run.items()}, id=name))
        for name, of_run in (("base", base), ("new", new))
    ]
    return compare_runs(runs)


def outcomes(comparison: RunComparison, *gates: str) -> list[GateOutcome]:
    return [each.outcome for each in judge_gates([parse_gate(gate) for gate in gates], comparison)]


def test_a_run_beside_itself_passes_every_gate(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "r", {SYNC: noisy(100, 1, noise=0.5)})
    measured = read(directory)
    gates = ("throughput slower 0%", "p50 slower 0%", "cpu more 0%", "memory more 0%")
    assert outcomes(compare_runs([measured, measured]), *gates) == [GateOutcome.PASSED] * 4


def test_a_gate_fails_when_the_whole_interval_lies_beyond_it(tmp_path: Path) -> None:
    """10 % less throughput, known within 1 %: beyond 5 %, within 15 %, and neither at 10 %."""
    comparison = two_runs(tmp_path, {SYNC: noisy(100, 1)}, {SYNC: noisy(90, 2)})
    gates = ("throughput slower 5%", "throughput slower 15%", "throughput slower 10%")
    assert outcomes(comparison, *gates) == [GateOutcome.FAILED, GateOutcome.PASSED, GateOutcome.UNDECIDED]
    failed = judge_gates([parse_gate("throughput slower 5%")], comparison)[0]
    assert failed.why.startswith("0.9")
    assert failed.why.endswith("requests/s; the limit is 0.95 times")


def test_what_became_better_fails_no_gate(tmp_path: Path) -> None:
    """Half a second of CPU time in each trial: twice the answers cost half of it each."""
    comparison = two_runs(tmp_path, {SYNC: noisy(100, 1)}, {SYNC: noisy(200, 2)})
    assert outcomes(comparison, "throughput slower 0%", "cpu more 0%") == [GateOutcome.PASSED] * 2
    worse = two_runs(tmp_path / "worse", {SYNC: noisy(200, 1)}, {SYNC: noisy(100, 2)})
    assert outcomes(worse, "throughput slower 10%", "cpu more 10%") == [GateOutcome.FAILED] * 2


def test_too_little_evidence_is_undecided_and_says_so(tmp_path: Path) -> None:
    comparison = two_runs(tmp_path, {SYNC: [100.0] * 5}, {SYNC: [50.0] * 4})
    (throughput,) = judge_gates([parse_gate("throughput slower 5%")], comparison)
    assert (throughput.outcome, throughput.fails) == (GateOutcome.UNDECIDED, False)
    assert throughput.why == "0.500 times, from 4 blocks; 5 are needed"
    (strict,) = judge_gates([parse_gate("throughput slower 5%")], comparison, strict=True)
    assert (strict.outcome, strict.fails) == (GateOutcome.UNDECIDED, True)


def of_samples(path: Path, cells: Mapping[Cell, Sequence[int]], **changes: object) -> RunDirectory:
    """A run of so many samples in each window of a cell; over a thousand have a p99."""
    rates = {cell: [100.0] * len(counts) for cell, counts in cells.items()}
    directory = a_directory(path, rates, id=path.name, **changes)  # type: ignore[arg-type]
    for trial in directory.read_trials():
        number = cells[trial.cell][trial.block]
        rows = samples_of([1 + n / number for n in range(number)])
        directory.write_samples(trial.number, [rows], {"outcome": OUTCOMES, "request": ["r"]})
    return directory


@pytest.mark.parametrize(
    ("blocks", "outcome"), [(0, GateOutcome.FAILED), (4, GateOutcome.FAILED), (5, GateOutcome.PASSED)]
)
def test_a_percentile_that_the_new_run_is_too_slow_to_have_fails_its_gate(
    tmp_path: Path, blocks: int, outcome: GateOutcome
) -> None:
    base = of_samples(tmp_path / "base", {SYNC: [1000] * 6})
    new = of_samples(tmp_path / "new", {SYNC: [1000] * blocks + [900] * (6 - blocks)})
    gates = [parse_gate("p99 slower 5%")]
    (judged,) = judge_gates(gates, compare_runs([read(base), read(new)]))
    assert judged.outcome is outcome
    if outcome is GateOutcome.FAILED:
        assert judged.why == (
            f"the new run answers too few requests for a p99 latency: it has one in {blocks} of 6 blocks, "
            "the base in 6 of 6 blocks"
        )
    # One that ended early has too few blocks, and may answer as many.
    short = of_samples(tmp_path / "short", {SYNC: [1000] * 4})
    (judged,) = judge_gates(gates, compare_runs([read(base), read(short)]))
    assert judged.outcome is GateOutcome.UNDECIDED


def test_a_percentile_that_shorter_windows_do_not_have_is_undecided(tmp_path: Path) -> None:
    settings = a_run((SYNC,), 1).settings
    base = of_samples(tmp_path / "base", {SYNC: [1000] * 6}, settings=replace(settings, duration_s=10.0))
    for duration_s, outcome in ((5.0, GateOutcome.UNDECIDED), (10.0, GateOutcome.FAILED), (20.0, GateOutcome.FAILED)):
        new = of_samples(
            tmp_path / f"{duration_s}", {SYNC: [900] * 6}, settings=replace(settings, duration_s=duration_s)
        )
        (judged,) = judge_gates([parse_gate("p99 slower 5%")], compare_runs([read(base), read(new)]))
        assert judged.outcome is outcome
        if outcome is GateOutcome.UNDECIDED:
            assert judged.why == (
                "a window of 5 s instead of 10 s has too few requests for a p99 latency: it has one in 0 of 6 blocks, "
                "the base in 6 of 6 blocks"
            )


@pytest.mark.parametrize(("zeros", "why"), [(2, "5 are needed"), (6, "no server CPU per request above 0 to compare")])
def test_cpu_time_that_went_down_to_0_fails_no_gate(tmp_path: Path, zeros: int, why: str) -> None:
    base = a_directory(tmp_path / "base", {SYNC: [100.0] * 6}, id="base")
    new = a_directory(tmp_path / "new", {SYNC: [100.0] * 6}, id="new")
    for trial in new.read_trials()[:zeros]:
        assert trial.measurement is not None
        server = replace(trial.measurement.server, cpu_s=0.0)
        new.write_trial(replace(trial, measurement=replace(trial.measurement, server=server)))
    (judged,) = judge_gates([parse_gate("cpu more 10%")], compare_runs([read(base), read(new)]))
    assert judged.outcome is GateOutcome.UNDECIDED
    assert why in judged.why


def test_a_gate_that_no_new_run_could_fail_tests_nothing(tmp_path: Path) -> None:
    few = of_samples(tmp_path / "few", {SYNC: [999] * 6, ASYNC: [900] * 6})
    many = of_samples(tmp_path / "many", {SYNC: [999] * 6, ASYNC: [1000] * 6})
    with pytest.raises(GateError, match="'p99 slower 5%' tests nothing: no cell of the base has a p99 latency in 5 bl"):
        outcomes(compare_runs([read(few), read(few)]), "p99 slower 5%")
    with pytest.raises(GateError, match="tests nothing: no cell of the base has"):
        outcomes(compare_runs([read(few), read(many)]), "p99 slower 5%")
    assert outcomes(compare_runs([read(many), read(many)]), "p99 slower 5%") == [
        GateOutcome.UNDECIDED,
        GateOutcome.PASSED,
    ]
    short = two_runs(tmp_path, {SYNC: [100.0] * 4}, {SYNC: [50.0] * 9})
    with pytest.raises(GateError, match="no cell of the base has a throughput in 5 blocks"):
        outcomes(short, "throughput slower 5%")


def test_a_cell_that_the_new_run_does_not_have_fails_every_gate(tmp_path: Path) -> None:
    lost, unmeasured = a_cell(server="daphne"), a_cell(server="runserver")
    broken = a_cell(server="hypercorn")
    base = a_directory(
        tmp_path / "a", {SYNC: [100.0] * 5, lost: [100.0] * 5, unmeasured: [100.0] * 5, broken: []}, id="a"
    )
    base.write_trial(Trial(number=99, block=0, cell=broken, started="", failure="it ended"))
    new = a_directory(tmp_path / "b", {SYNC: [100.0] * 5, unmeasured: []}, id="b", status="interrupted")
    comparison = compare_runs([read(base), read(new)])
    judged = judge_gates([parse_gate("throughput slower 5%"), parse_gate("p99 slower 5%")], comparison)
    assert [(each.cell, each.outcome) for each in judged if each.gate.quantity.name == "throughput"] == [
        (SYNC, GateOutcome.PASSED),
        (unmeasured, GateOutcome.FAILED),
        (lost, GateOutcome.FAILED),
    ]
    assert [each.why for each in judged if each.cell == lost] == ["not in the new run, measured in the base"] * 2
    assert judged[1].why.startswith("unmeasured in the new run, measured in the base: not measured: the run ended")
    case = ET.fromstring(junit_xml(judged)).find("testsuite/testcase[3]/failure")
    assert case is not None
    assert (case.get("type"), case.get("message")) == ("missing", "not in the new run, measured in the base")
    assert judged[2].to_json()["server"] == "daphne"


def lost_cell(path: Path) -> RunComparison:
    """Of two cells one is lost, and of the other no window has a p99."""
    base = a_directory(path / "a", {SYNC: noisy(100, 1), ASYNC: noisy(70, 2)}, id="a")
    new = a_directory(path / "b", {SYNC: noisy(100, 3), ASYNC: []}, id="b")
    new.write_trial(Trial(number=99, block=0, cell=ASYNC, started="", failure="it ended\nlog"))
    return compare_runs([read(base), read(new)])


def test_a_cell_that_fails_now_fails_the_gates(tmp_path: Path) -> None:
    comparison = lost_cell(tmp_path)
    passed, failed = judge_gates([parse_gate("throughput slower 5%")], comparison)
    assert (passed.outcome, failed.outcome) == (GateOutcome.PASSED, GateOutcome.FAILED)
    assert failed.why == "failing in the new run, measured in the base: it ended"
    back = compare_runs([read(RunDirectory(tmp_path / name)) for name in ("b", "a")])
    _, undecided = judge_gates([parse_gate("throughput slower 5%")], back)
    assert (undecided.outcome, undecided.why) == (GateOutcome.UNDECIDED, "failing in the base: it ended")


def test_a_gate_that_tests_nothing_is_refused(tmp_path: Path) -> None:
    opened = replace(SYNC, load=OPEN)
    comparison = two_runs(tmp_path, {opened: [1.0] * 5}, {opened: [1.0] * 5})
    with pytest.raises(GateError, match="'throughput slower 5%' tests nothing: throughput is not compared under the"):
        outcomes(comparison, "throughput slower 5%")
    assert outcomes(comparison, "p50 slower 5%") == [GateOutcome.PASSED]


def test_a_gate_given_twice_is_one(tmp_path: Path) -> None:
    comparison = two_runs(tmp_path, {SYNC: [1.0] * 5}, {SYNC: [1.0] * 5})
    assert len(outcomes(comparison, "cpu more 5%", "cpu more 5.0 %")) == 1


def test_junit_has_a_suite_per_gate_and_a_case_per_cell(tmp_path: Path) -> None:
    comparison = lost_cell(tmp_path)
    gates = [parse_gate(text) for text in ("throughput slower 5%", "p99 slower 5%")]
    root = ET.fromstring(junit_xml(judge_gates(gates, comparison)))
    assert (root.tag, root.get("tests"), root.get("failures"), root.get("skipped")) == ("testsuites", "4", "2", "1")
    assert root.get("errors") == "0"
    suites = root.findall("testsuite")
    assert [suite.get("name") for suite in suites] == ["throughput slower 5%: b", "p99 slower 5%: b"]
    assert [suite.get("tests") for suite in suites] == ["2", "2"]
    first, second = suites[0].findall("testcase")
    assert (first.get("classname"), first.get("name")) == (
        "plain, 2 users",
        "sync on uvicorn:workers=1: throughput slower 5%",
    )
    assert list(first) == []
    (failure,) = list(second)
    assert (failure.tag, failure.get("type")) == ("failure", "failing")
    assert failure.get("message") == "failing in the new run, measured in the base: it ended"
    skipped = suites[1].find("testcase/skipped")
    assert skipped is not None
    assert "too few samples" in (skipped.get("message") or "")


def test_junit_fails_what_is_undecided_where_the_exit_code_does(tmp_path: Path) -> None:
    judged = judge_gates([parse_gate("p99 slower 5%")], lost_cell(tmp_path), strict=True)
    root = ET.fromstring(junit_xml(judged))
    assert [root.get(name) for name in ("tests", "failures", "skipped")] == ["2", "2", "0"]
    suite = root.find("testsuite")
    assert suite is not None
    assert [failure.get("type") for failure in suite.iter("failure")] == ["undecided", "failing"]
    assert list(root.iter("skipped")) == []


def test_names_that_xml_has_no_way_to_hold_are_safe(tmp_path: Path) -> None:
    hostile = 'a\x00b\x1b[31m<&">\ufffe\U0001f600\n'
    cell = a_cell(server=hostile, pattern=hostile, style=hostile)
    comparison = two_runs(tmp_path, {cell: noisy(100, 1)}, {cell: noisy(50, 2)})
    content = junit_xml(judge_gates([parse_gate("throughput slower 5%")], comparison))
    case = ET.fromstring(content).find("testsuite/testcase")
    assert case is not None
    assert 'a\ufffdb\ufffd[31m<&">\ufffd\U0001f600\n' in (case.get("name") or "")
