"""The verdicts' error rates, on simulated runs."""

from dataclasses import replace

import numpy as np
import pytest

from djbench.cell import Cell
from results.analysis.figures.quantity import THROUGHPUT
from results.analysis.figures.usage_figures import CPU
from results.analysis.verdicts import Pair, Verdict, compare
from results.records.schema import Measurement, Trial
from results.validating.simulation import BLOCKS, NOISES, STOPPED, blocks_used, compared, offline, simulated_run
from results.validating.validation import (
    HANDICAPS,
    coverage,
    coverage_of_truths,
    false_alarm_rate,
    known_comparisons,
    label_of,
    power,
    proportion,
    verdict_rates,
)
from runners.planning.plan import plan_of
from runners.procedures.handicaps import calibration, cpu_us_per_request, validation
from tests.unit.runs import a_cell, a_measurement, a_run, served
from tests.unit.site import SITE


def test_a_block_makes_every_trial_once_in_an_order_of_its_own() -> None:
    """A drift along the trials of a block meets both cells of a pair alike, and differently in each block."""

    def slope(_: np.random.Generator, blocks: int, groups: int, rivals: int) -> "np.ndarray":
        return np.tile(np.arange(groups * rivals, dtype=float).reshape(groups, rivals), (blocks, 1, 1))

    rates = simulated_run(slope, 50, np.random.default_rng(1))
    assert rates.shape == (9, 2, 50)
    for block in range(50):
        for group in range(3):
            of_group = rates[3 * group : 3 * group + 3, :, block].ravel()
            assert sorted(of_group) == list(range(6 * group, 6 * group + 6))
    assert (rates[:, 0] > rates[:, 1]).mean() == pytest.approx(0.5, abs=0.1)


def test_a_handicap_is_what_it_says() -> None:
    (first, *_) = compared(np.zeros((9, 2, 6)), 0.10)
    assert first.estimate.mean == pytest.approx(1 / 0.9)


def test_a_run_ends_when_its_intervals_are_narrow_enough() -> None:
    quiet, noisy = np.zeros((1, 2, 20)), np.tile([0.0, 0.2], 20).reshape(1, 2, 20)
    assert blocks_used(np.concatenate([quiet] * 5 + [noisy])) == [6, 6, 6, 20, 20, 20]


def a_place(*others: Cell, style: str = "sync") -> list[Cell]:
    """The base of a place, with what it is compared with."""
    place = a_cell(style=style)
    return [
        replace(place, label="a"),
        *(replace(place, label=one.label, handicap_us=one.handicap_us) for one in others),
    ]


EQUAL = replace(a_cell(), label=label_of(0.0, 1))
SLOWER = replace(a_cell(), label=label_of(0.1, 1), handicap_us=500.0)


def a_trial(cell: Cell, block: int, rate: float, cpu_ms: float) -> Trial:
    measurement = a_measurement(rate)
    server = replace(measurement.server, cpu_s=measurement.answered * cpu_ms / 1000)
    measured = replace(measurement, server=server)
    return Trial(number=0, block=block, cell=cell, started="", measurement=measured)


def test_live_trials_are_judged_by_what_is_known_of_them() -> None:
    cells = [*a_place(EQUAL, SLOWER), *a_place(EQUAL, style="async")]
    rates_rps = (100.0, 101.0, 90.0, 50.0, 80.0)
    costs_ms = (4.5, 4.5, 5.0, 8.0, 8.1)
    trials = [
        a_trial(cell, block, rate * (1 + 0.001 * block), cost_ms)
        for cell, rate, cost_ms in zip(cells, rates_rps, costs_ms, strict=True)
        for block in range(6)
    ]
    by_throughput, by_cpu = (known_comparisons(quantity, cells, trials) for quantity in (THROUGHPUT, CPU))
    assert [(each.handicap, each.comparison.verdict) for each in by_throughput] == [
        (0.0, Verdict.SAME),
        (0.1, Verdict.FASTER),
        (0.0, Verdict.SLOWER),
    ]
    assert [(each.handicap, CPU.verdict_text(each.comparison.verdict)) for each in by_cpu] == [
        (0.0, "the same CPU"),
        (0.1, "less CPU"),
        (0.0, "the same CPU"),
    ]
    assert [each.truth for each in by_throughput] == [1.0, pytest.approx(5.0 / 4.5), 1.0]
    assert [each.truth for each in by_cpu] == [1.0, pytest.approx(4.5 / 5.0), 1.0]
    assert verdict_rates(by_throughput)["false_alarm_rate"].value == 0.5
    assert verdict_rates(by_cpu)["false_alarm_rate"].value == 0.0
    for known in (by_throughput, by_cpu):
        assert verdict_rates(known)["power"][0.1].value == 1.0


def test_a_handicap_is_another_share_where_the_machine_is_faster() -> None:
    """It is 500 µs in each block; a request costs 5 ms in the first half of them, 2.5 ms in the others."""
    cells = a_place(EQUAL, SLOWER)
    costs_ms = [5.0] * 3 + [2.5] * 3
    trials = [
        a_trial(cell, block, 1000 / (cost_ms + cell.handicap_us / 1000), cost_ms + cell.handicap_us / 1000)
        for cell in cells
        for block, cost_ms in enumerate(costs_ms)
    ]
    (_, slower) = known_comparisons(CPU, cells, trials)
    assert slower.truth == pytest.approx((1.1 * 1.2) ** -0.5)
    assert slower.comparison.estimate.mean == pytest.approx(slower.truth)
    assert verdict_rates([slower])["coverage_of_handicaps"][0.1].value == 1.0
    wrong = replace(slower, truth=0.8)
    assert verdict_rates([wrong])["coverage_of_handicaps"][0.1].value == 0.0


def test_intervals_contain_the_truth_of_a_handicap_as_often_as_they_say() -> None:
    """The truth is measured too; that makes no difference to see."""
    chance = np.random.default_rng(5)
    cells = a_place(EQUAL, SLOWER)
    known = []
    for _ in range(1000):
        speed = np.exp(chance.normal(0, 0.1, 8))
        trials = [
            a_trial(cell, block, 1000.0, float(5.0 / speed[block] + cell.handicap_us / 1000) * noise)
            for cell in cells
            for block, noise in enumerate(np.exp(chance.normal(0, 0.03, 8)))
        ]
        known.append(known_comparisons(CPU, cells, trials)[1])
    contained = coverage_of_truths(known)
    assert contained.low < 0.95 < contained.high


def test_the_truth_is_of_the_compared_blocks_and_without_equals_unknown() -> None:
    base, equal, slower = cells = a_place(EQUAL, SLOWER)
    # What the base costs is in the ratio that is judged, and has no part in its truth.
    compared = [a_trial(cell, block, 100.0, 7.0) for cell in (base, slower) for block in range(5)]
    # Without a trial of the base the sixth block is not compared, whatever an equal costs in it.
    of_equal = [a_trial(equal, block, 100.0, 2.0 if block == 5 else 5.0) for block in range(6)]
    (_, known) = known_comparisons(CPU, cells, [*compared, *of_equal, a_trial(slower, 5, 100.0, 2.0)])
    assert known.truth == pytest.approx(5.0 / 5.5)
    (unknown,) = known_comparisons(CPU, cells, compared)
    assert unknown.truth is None
    assert verdict_rates([unknown])["coverage_of_handicaps"][0.1].n == 0
    assert verdict_rates([unknown])["power"][0.1].n == 1


def test_what_has_too_few_blocks_for_a_verdict_is_neither_right_nor_wrong() -> None:
    few = compare([Pair({0: 1.0, 1: 1.1}, {0: 2.0, 1: 2.1})])
    enough = compare([Pair(dict.fromkeys(range(6), 1.0), dict.fromkeys(range(6), 1.0))])
    found = [comparison for comparison in (*few, *enough) if comparison]
    assert (false_alarm_rate(found).n, coverage(found).n, power(found).n) == (1, 1, 1)
    assert (false_alarm_rate(found).value, coverage(found).value, power(found).value) == (0, 1, 0)


def test_a_handicap_is_computed_from_what_a_request_costs() -> None:
    plan = plan_of(a_run((a_cell(), a_cell(style="async")), 1), SITE)
    costs_us = cpu_us_per_request(
        [
            Trial(number=0, block=0, cell=a_cell(), started="", measurement=busy(0.95)),
            Trial(number=1, block=0, cell=a_cell(style="async"), started="", measurement=busy(0.85)),
        ],
        cpus=1,
    )
    assert costs_us == {a_cell(): pytest.approx(9500)}
    two = served(a_cell(), processes=2)
    both_half = Trial(number=0, block=0, cell=two, started="", measurement=busy(1.0))
    assert cpu_us_per_request([both_half], cpus=2) == cpu_us_per_request([both_half], cpus=0) == {}
    assert cpu_us_per_request([both_half], cpus=1) == {two: pytest.approx(10_000)}
    cells = validation(plan, costs_us, [0.05, 0.5], pairs=2).cells
    assert [(cell.style, cell.label, cell.handicap_us) for cell in cells] == [
        ("sync", "a", 0),
        ("sync", "b1", 0),
        ("sync", "b2", 0),
        ("sync", "5 % slower", 500),
        ("sync", "50 % slower", 9500),
        ("async", "a", 0),
        ("async", "b1", 0),
        ("async", "b2", 0),
    ]
    assert len(set(cells)) == len(cells)


def test_servers_of_a_place_stand_side_by_side_and_no_others() -> None:
    """Each handicap is a server of its own: those of all places at once would be too many."""
    quick = plan_of(a_run((a_cell(), a_cell(style="async")), 1), SITE)
    quick = replace(quick, settings=replace(quick.settings, isolation="block", by_turns="on"))
    plan = validation(quick, dict.fromkeys(quick.cells, 100.0), [0.1], pairs=1)
    sessions = plan.sessions(range(len(plan.cells)))
    assert [[start.cells for start in session.starts] for session in sessions] == [
        [(0,), (1,), (2,)],
        [(3,), (4,), (5,)],
    ]
    assert all(session.by_turns for session in sessions)
    assert calibration(quick).settings.isolation == "trial"


def busy(cpu_s: float) -> Measurement:
    measurement = a_measurement(100.0)
    return replace(measurement, server=replace(measurement.server, cpu_s=cpu_s))


def test_a_share_has_an_interval() -> None:
    found = proportion(5, 100)
    assert (found.value, found.n) == (0.05, 100)
    assert found.low < 0.05 < found.high
    assert proportion(0, 0).n == 0
    # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I: 81 of 263.
    published = proportion(81, 263)
    assert (round(published.low, 4), round(published.high, 4)) == (0.2553, 0.3662)


def test_false_alarms_are_rare_and_intervals_cover_what_they_say() -> None:
    """The same seed gives the same runs, so that this is no matter of luck."""
    found = offline(runs=250, seed=1)
    assert set(found) == set(NOISES)
    for by_blocks in found.values():
        assert set(by_blocks) == {*BLOCKS, STOPPED}
        for found_of in by_blocks.values():
            assert found_of["false_alarm_rate"].value <= 0.05
            assert 0.93 <= found_of["coverage"].value <= 0.97
            found_power = [found_of["power"][handicap].value for handicap in HANDICAPS]
            assert found_power == sorted(found_power)
    for calm in ("normal", "heavy-tailed", "drifting", "shared, CPU by turns"):
        assert all(of_blocks["power"][0.10].value > 0.9 for of_blocks in found[calm].values())
    for blocks in BLOCKS:
        by_turns, one_by_one = (
            found[f"shared, {order}"][blocks]["power"][0.10] for order in ("by turns", "one by one")
        )
        assert by_turns.low > 2 * one_by_one.high


def test_a_request_costs_what_it_costs_beside_a_noisy_neighbour_too() -> None:
    def trial(share: float, *invalidated_by: str) -> Trial:
        cell, measurement = a_cell(), replace(busy(share), steal_share=1 - share)
        return Trial(number=0, block=0, cell=cell, started="", measurement=measurement, invalidated_by=invalidated_by)

    stolen = trial(0.7, "noisy_neighbour")
    assert cpu_us_per_request([stolen], cpus=1) == {a_cell(): pytest.approx(7000)}
    assert cpu_us_per_request([trial(1.0), stolen], cpus=1) == {a_cell(): pytest.approx(10_000)}
    assert cpu_us_per_request([trial(1.0, "noisy_neighbour", "errors")], cpus=1) == {}


def test_what_others_use_of_the_cpus_of_a_server_it_does_not_have() -> None:
    disturbed = replace(busy(0.6), others_share=0.4)
    trial = Trial(
        number=0, block=0, cell=a_cell(), started="", measurement=disturbed, invalidated_by=("server_disturbed",)
    )
    assert cpu_us_per_request([trial], cpus=1) == {a_cell(): pytest.approx(6000)}
    assert cpu_us_per_request([trial], cpus=2) == {}  # the other CPU was free
