"""Runs beside runs: which cells are matched, what is called, what else differs, and what is said of it."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from djbench.cell import Cell
from djbench.load import ClosedLoad, HeldLoad, Load, OpenLoad
from results.analysis.stats import MIN_SAMPLES_BEYOND
from results.analysis.verdicts import Verdict
from results.comparing.comparison import RunComparison, compare_runs, read
from results.comparing.words import how_compared, shift_text, short_names_of, verdict_sentences
from results.records.schema import ServerFacts, Trial
from results.records.store import RunDirectory, StoreError
from tests.unit.runs import OPEN, a_cell, a_directory, a_run, served

SYNC, ASYNC, OTHER = a_cell(), a_cell(style="async"), a_cell(server="daphne")
HERE = {"cpu_count": 2, "boot_sha256": "a"}


def noisy(rate: float, seed: int, blocks: int = 8, noise: float = 0.01) -> list[float]:
    chance = random.Random(seed)
    return [rate * chance.lognormvariate(0, noise) for _ in range(blocks)]


def compared(*directories: RunDirectory) -> RunComparison:
    return compare_runs([read(directory) for directory in directories])


def two_runs(path: Path, base: Mapping[Cell, Sequence[float]], new: Mapping[Cell, Sequence[float]]) -> RunComparison:
    return compared(
        a_directory(path / "base", {cell: list(rates) for cell, rates in base.items()}, id="base"),
        a_directory(path / "new", {cell: list(rates) for cell, rates in new.items()}, id="new"),
    )


def sentences(comparison: RunComparison) -> list[str]:
    return verdict_sentences(comparison.others[0], short_names_of(comparison))


def changed(directory: RunDirectory, number: int, **changes: object) -> None:
    """One trial of the run as if it had been like this."""
    trial = directory.read_trials()[number]
    directory.write_trial(replace(trial, **changes))  # type: ignore[arg-type]


def test_a_run_beside_itself_differs_in_nothing_however_noisy(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "r", {SYNC: noisy(100, 1, noise=0.5), ASYNC: noisy(70, 2, noise=0.5)})
    comparison = compared(directory, directory)
    (run,) = comparison.others
    assert (run.same, run.paired, run.differences) == (True, True, ())
    for cell in run.cells:
        assert set(cell.changes) == {"throughput", "p50", "cpu", "memory"}
        for change in cell.changes.values():
            estimate = change.comparison.estimate
            assert (estimate.mean, estimate.low, estimate.high) == (1.0, 1.0, 1.0)
            assert change.comparison.verdict is Verdict.SAME
    assert how_compared(run) == "The run is compared with itself, block by block."
    assert shift_text(run) is None
    assert sentences(comparison) == ["Throughput of 2 cells: 2 the same within 3 %."]


def test_two_runs_of_the_same_are_not_called_different_and_a_handicap_is(tmp_path: Path) -> None:
    comparison = two_runs(
        tmp_path,
        {SYNC: noisy(100, 1), ASYNC: noisy(70, 2), OTHER: noisy(50, 3)},
        {SYNC: noisy(100, 4), ASYNC: noisy(63, 5), OTHER: noisy(60, 6)},
    )
    (run,) = comparison.others
    assert (run.same, run.paired) == (False, False)
    assert [cell.main.word if cell.main else None for cell in run.cells] == ["same", "slower", "faster"]
    first, slower, faster, *rest = sentences(comparison)
    assert first == "Throughput of 3 cells: 1 slower, 1 faster, 1 the same within 3 %."
    assert slower.startswith("Slower: async on uvicorn, plain, 2 users, 0.895 times (0.")
    assert slower.endswith(" the throughput.")
    assert faster.startswith("Faster: sync on daphne, plain, 2 users, 1.194 times (1.")
    # Each trial used half a second of CPU time: those that answered less paid more for each answer.
    assert [text.split(":")[0] for text in rest] == ["Server CPU per request more", "Server CPU per request less"]


def test_the_ratio_is_new_over_base_and_its_blocks_are_not_paired(tmp_path: Path) -> None:
    """Both drift alike over their blocks, which pairing would remove; they have nothing to do with each other."""
    drift = [100.0, 110.0, 120.0, 130.0, 140.0]
    comparison = two_runs(tmp_path, {SYNC: drift}, {SYNC: [1.2 * rate for rate in drift]})
    change = comparison.others[0].cells[0].changes["throughput"]
    assert change.comparison.estimate.mean == pytest.approx(1.2)
    assert change.comparison.estimate.low is not None
    assert change.comparison.estimate.low < 1.03
    assert change.comparison.verdict is Verdict.TOO_CLOSE
    assert "no interval here contains" in how_compared(comparison.others[0])


def interleaved(directory: RunDirectory, first_minute: int, stride: int) -> RunDirectory:
    for trial in directory.read_trials():
        minute = first_minute + stride * trial.block
        directory.write_trial(replace(trial, started=f"2026-01-01T12:{minute:02d}:00+00:00"))
    return directory


def test_blocks_that_took_turns_are_paired(tmp_path: Path) -> None:
    drift = [100.0, 110.0, 120.0, 130.0, 140.0]
    base = interleaved(a_directory(tmp_path / "a", {SYNC: drift}, id="a", machine=HERE), 0, 2)
    faster = [1.2 * rate for rate in drift]
    new = interleaved(a_directory(tmp_path / "b", {SYNC: faster}, id="b", machine=HERE), 1, 2)
    (run,) = compared(base, new).others
    assert (run.same, run.paired) == (False, True)
    assert run.cells[0].changes["throughput"].comparison.estimate.low == pytest.approx(1.2)
    assert run.cells[0].changes["throughput"].word == "faster"
    assert "took turns" in how_compared(run)


@pytest.mark.parametrize(("base", "new"), [("a", "b"), (None, None), ("a", None)])
def test_blocks_are_not_paired_when_nothing_says_that_the_machine_is_one(
    tmp_path: Path, base: str | None, new: str | None
) -> None:
    """Clocks agree, and so does all that machines of a kind have in common."""
    machines: list[dict[str, object]] = [{"cpu_count": 2, **({"boot_sha256": b} if b else {})} for b in (base, new)]
    runs = [
        interleaved(a_directory(tmp_path / name, {SYNC: [100.0] * 5}, id=name, machine=machine), number, 2)
        for number, (name, machine) in enumerate(zip("xy", machines, strict=True))
    ]
    assert not compared(*runs).others[0].paired


def test_blocks_that_overlap_are_not_paired(tmp_path: Path) -> None:
    """Each begins at a minute of its own, and lasts longer than that."""
    base = interleaved(a_directory(tmp_path / "a", {SYNC: [100.0] * 5}, id="a", machine=HERE), 0, 2)
    new = interleaved(a_directory(tmp_path / "b", {SYNC: [100.0] * 5}, id="b", machine=HERE), 1, 2)
    assert compared(base, new).others[0].paired
    for warmup_s, actual_s in ((40.0, 19.0), (1.0, 58.0)):
        for trial in base.read_trials():
            assert trial.measurement is not None
            longer = replace(trial.measurement, warmup_s=warmup_s, actual_s=actual_s)
            base.write_trial(replace(trial, measurement=longer))
        assert not compared(base, new).others[0].paired  # with the second that a start is cut off by


def test_runs_that_began_in_the_same_second_are_not_the_same(tmp_path: Path) -> None:
    """The name of a run is its profile's and the time's."""
    base = a_directory(tmp_path / "a", {SYNC: [100.0] * 5})
    copy = a_directory(tmp_path / "b", {SYNC: [100.0] * 5})
    other = a_directory(tmp_path / "c", {SYNC: [100.0] * 5}, seed=8)
    later = a_directory(tmp_path / "d", {SYNC: [100.0] * 5}, started="2026-01-01T00:00:01+00:00")
    assert [run.same for run in compared(base, copy, other, later).others] == [True, False, False]
    assert [run.paired for run in compared(base, copy, other, later).others] == [True, False, False]


def test_cells_of_one_run_alone_are_listed(tmp_path: Path) -> None:
    other_load = replace(SYNC, load=ClosedLoad(users=9))
    comparison = two_runs(tmp_path, {SYNC: [1.0] * 5, ASYNC: [1.0] * 5}, {SYNC: [1.0] * 5, other_load: [1.0] * 5})
    (run,) = comparison.others
    assert [cell.cell for cell in run.cells] == [SYNC]
    assert (run.only_in_base, run.only_in_new, run.gone) == ((ASYNC,), (other_load,), (ASYNC,))


def test_runs_with_no_common_cell_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"new has no cell in common with .*base; compare runs of the same cells"):
        two_runs(tmp_path, {SYNC: [1.0]}, {OTHER: [1.0]})


def test_a_validation_is_refused(tmp_path: Path) -> None:
    labelled = replace(SYNC, label="a")
    with pytest.raises(StoreError, match="is a validation of djbench; compare takes what 'djbench run' has measured"):
        read(a_directory(tmp_path / "r", {labelled: [1.0]}))


def test_few_blocks_say_nothing(tmp_path: Path) -> None:
    comparison = two_runs(tmp_path, {SYNC: [100.0] * 4}, {SYNC: [50.0] * 9})
    change = comparison.others[0].cells[0].changes["throughput"]
    assert (change.base_blocks, change.new_blocks, change.word) == (4, 9, "insufficient")
    assert sentences(comparison)[0] == "Throughput of 1 cell: 1 with too few blocks (under 5) to tell."


def test_under_open_load_the_median_decides_and_throughput_is_not_compared(tmp_path: Path) -> None:
    opened = replace(SYNC, load=OPEN)
    base = a_directory(tmp_path / "a", {opened: noisy(100, 1)}, latencies_ms=[2.0, 4.0, 9.0], id="a")
    new = a_directory(tmp_path / "b", {opened: noisy(100, 2)}, latencies_ms=[2.0, 5.0, 9.0], id="b")
    (cell,) = compared(base, new).others[0].cells
    assert "throughput" not in cell.changes
    assert cell.main is cell.changes["p50"]
    assert [cell.main.base, cell.main.new] == pytest.approx([4.0, 5.0])
    assert cell.main.word == "slower"
    assert sentences(compared(base, new))[0] == "Median latency of 1 cell: 1 slower."


@pytest.mark.parametrize(
    "load",
    [
        OpenLoad(rate="1..9/2s", arrivals="poisson", connections=8),
        HeldLoad(streams=100),
    ],
)
def test_where_no_one_figure_stands_for_a_window_only_the_cost_is_compared(tmp_path: Path, load: Load) -> None:
    cell = replace(SYNC, load=load)
    comparison = two_runs(tmp_path, {cell: [10.0] * 5}, {cell: [10.0] * 5})
    (change,) = comparison.others[0].cells
    assert (set(change.changes), change.main) == ({"cpu", "memory"}, None)
    assert sentences(comparison)[0] == "No cell has a throughput or a median latency in both runs."


def test_high_percentiles_are_compared_where_samples_suffice(tmp_path: Path) -> None:
    """1,000 samples a trial have ten beyond p99, 200 have ten beyond p95."""
    for samples, expected in (
        (100 * MIN_SAMPLES_BEYOND, {"p50", "p95", "p99"}),
        (20 * MIN_SAMPLES_BEYOND, {"p50", "p95"}),
    ):
        path = tmp_path / str(samples)
        base = a_directory(path / "a", {SYNC: [1.0] * 5}, latencies_ms=[float(n + 1) for n in range(samples)], id="a")
        new = a_directory(path / "b", {SYNC: [1.0] * 5}, latencies_ms=[1.5 * (n + 1) for n in range(samples)], id="b")
        changes = compared(base, new).others[0].cells[0].changes
        assert {name for name in changes if name.startswith("p")} == expected
        assert all(changes[name].comparison.estimate.mean == pytest.approx(1.5) for name in expected)


def test_cpu_and_memory_are_more_or_less_and_not_slower(tmp_path: Path) -> None:
    base = a_directory(tmp_path / "a", {SYNC: [100.0] * 5}, id="a")
    new = a_directory(tmp_path / "b", {SYNC: [100.0] * 5}, id="b")
    for trial in new.read_trials():
        assert trial.measurement is not None
        server = replace(trial.measurement.server, cpu_s=0.25, rss_mib_peak=90.0)
        new.write_trial(replace(trial, measurement=replace(trial.measurement, server=server)))
    changes = compared(base, new).others[0].cells[0].changes
    assert {name: changes[name].word for name in ("throughput", "cpu", "memory")} == {
        "throughput": "same",
        "cpu": "less",
        "memory": "more",
    }
    assert [changes["cpu"].base, changes["cpu"].new] == pytest.approx([5.0, 2.5])
    assert [changes["memory"].base, changes["memory"].new] == pytest.approx([60.0, 90.0])


def test_cpu_time_too_short_for_the_kernels_clock_is_no_figure(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "a", {SYNC: [100.0] * 5})
    for trial in directory.read_trials():
        assert trial.measurement is not None
        server = replace(trial.measurement.server, cpu_s=0.0)
        directory.write_trial(replace(trial, measurement=replace(trial.measurement, server=server)))
    assert "cpu" not in compared(directory, directory).others[0].cells[0].changes


def test_a_cell_that_no_longer_has_a_number_is_lost(tmp_path: Path) -> None:
    base = a_directory(tmp_path / "a", {SYNC: [100.0] * 5, ASYNC: [100.0] * 5}, id="a")
    new = a_directory(tmp_path / "b", {SYNC: [100.0] * 5, ASYNC: []}, id="b")
    new.write_trial(Trial(number=99, block=0, cell=ASYNC, started="", failure="it ended by itself\nlast line"))
    comparison = compared(base, new)
    (run,) = comparison.others
    assert [cell.lost for cell in run.cells] == [False, True]
    assert run.cells[1].changes == {}
    assert sentences(comparison)[-1] == (
        "No number any more: async on uvicorn, plain, 2 users (failing: it ended by itself)."
    )
    # What the new run did not get to is lost, too; what the base could not measure either is not.
    assert not compared(new, base).others[0].cells[1].lost
    short = a_directory(tmp_path / "c", {SYNC: [100.0] * 5, ASYNC: []}, id="c", status="interrupted")
    assert compared(base, short).others[0].cells[1].lost


def test_what_else_differs_is_named(tmp_path: Path) -> None:
    commit, other_commit = "a" * 40, "b" * 40
    machine = {
        "cpu_count": 2,
        "packages": {"django": "5.2"},
        "load_average": [0.1, 0.2],
        "source": {"commit": commit, "dirty": False},
        "conditions": [{"topic": "turbo", "found": "on"}],
    }
    after = {
        **machine,
        "packages": {"django": "6.0"},
        "load_average": [9.0, 9.0],
        "source": {"commit": other_commit, "dirty": True},
        "conditions": [{"topic": "governor", "found": "powersave"}],
    }
    settings = a_run((), 0).settings
    base = a_directory(tmp_path / "a", {SYNC: [100.0] * 5}, id="a", machine=machine, settings=settings)
    new = a_directory(
        tmp_path / "b",
        {served(SYNC, slots=8): [100.0] * 5},
        id="b",
        machine=after,
        settings=replace(settings, duration_s=5.0, isolation="block", max_blocks=20),
    )
    changed(base, 0, body_sha256="c" * 64)
    changed(new, 0, body_sha256="d" * 64)
    assert [str(each) for each in compared(base, new).others[0].differences] == [
        "packages.django 5.2 -> 6.0",
        "source.commit aaaaaaaaaaaa -> bbbbbbbbbbbb",
        "source.dirty no -> yes",
        "settings.duration_s 1.0 -> 5.0",
        "settings.isolation trial -> block",
        "uvicorn:workers=1.slots none -> 8",
        "answer of plain cccccccccccc -> dddddddddddd",
        "condition: turbo on -> none",
        "condition: governor none -> powersave",
    ]


def test_servers_that_were_started_otherwise_or_not_at_all_are_named(tmp_path: Path) -> None:
    cells: dict[Cell, list[float]] = {SYNC: [100.0] * 5, OTHER: [100.0] * 5}

    def run(name: str, **changes: object) -> RunDirectory:
        return a_directory(tmp_path / name, cells, latencies_ms=None, id=name, **changes)

    command = ("uvicorn", "--port", "8000", "--loop")

    def commands(of_sync: tuple[str, ...]) -> dict[str, ServerFacts]:
        return {SYNC.server: ServerFacts(command=of_sync), OTHER.server: ServerFacts(command=("daphne",))}

    base = run("a", servers=commands((*command, "uvloop")))
    new = run(
        "b",
        servers=commands((*command, "a b")),
        left_out={"granian-asgi": "install it with: pip install granian"},
        broken={OTHER.server: "it ended"},
    )
    assert [str(each) for each in compared(base, new).others[0].differences] == [
        "uvicorn:workers=1.command uvicorn --port 8000 --loop uvloop -> uvicorn --port 8000 --loop 'a b'",
        "left_out.granian-asgi none -> install it with: pip install granian",
        "broken.daphne none -> it ended",
    ]
    # Older records have no commands, which says nothing of them.
    unknown = {SYNC.server: ServerFacts(colour="#0072b2")}
    assert compared(run("c", servers={}), base).others[0].differences == ()
    assert compared(base, run("d", servers=unknown)).others[0].differences == ()


def test_what_all_cells_share_may_be_the_machines(tmp_path: Path) -> None:
    cells = [a_cell(style=style, pattern=pattern) for style in ("sync", "async") for pattern in ("plain", "template")]
    comparison = two_runs(
        tmp_path,
        {cell: noisy(100, seed) for seed, cell in enumerate(cells)},
        {cell: noisy(90, 10 + seed) for seed, cell in enumerate(cells)},
    )
    (run,) = comparison.others
    assert run.shift == pytest.approx(0.9, abs=0.02)
    assert "What all cells share may be the machine's doing" in (shift_text(run) or "")
    few = two_runs(tmp_path / "few", {SYNC: [1.0] * 5}, {SYNC: [2.0] * 5})
    assert few.others[0].shift is None


def test_each_run_is_compared_with_the_first_and_all_of_them_are_one_family(tmp_path: Path) -> None:
    runs = [
        a_directory(tmp_path / name, {SYNC: noisy(rate, seed, noise=0.03)}, id=name)
        for seed, (name, rate) in enumerate((("base", 100.0), ("second", 104.0), ("third", 100.0)))
    ]
    comparison = compared(*runs)
    assert [run.run.id for run in comparison.others] == ["second", "third"]
    both = sorted(
        (run.cells[0].changes["throughput"].comparison for run in comparison.others), key=lambda found: found.p
    )
    # By hand (Benjamini & Hochberg 1995): the smaller of two p values is doubled, but for the larger one's bound.
    assert both[1].adjusted_p == pytest.approx(both[1].p)
    assert both[0].adjusted_p == pytest.approx(min(2 * both[0].p, both[1].p))


def test_the_json_is_complete_and_strict(tmp_path: Path) -> None:
    comparison = two_runs(tmp_path, {SYNC: noisy(100, 1), ASYNC: [1.0]}, {SYNC: noisy(90, 2), OTHER: [1.0]})
    content = json.loads(json.dumps(comparison.to_json(), allow_nan=False))
    assert content["base"]["run"] == "base"
    (run,) = content["runs"]
    assert (run["run"], run["same"], run["paired"]) == ("new", False, False)
    (cell,) = run["cells"]
    assert (cell["server"], cell["load"]) == (SYNC.server, {"kind": "closed", "users": 2})
    throughput = cell["changes"]["throughput"]
    assert throughput["verdict"] == "slower"
    assert throughput["unit"] == "requests/s"
    assert throughput["blocks"] == {"base": 8, "new": 8}
    assert throughput["ratio"]["low"] < 0.9 < throughput["ratio"]["high"]
    assert [only["style"] for only in run["only_in_base"]] == ["async"]
    assert [only["server"] for only in run["only_in_new"]] == ["daphne"]
