"""The verdicts' error rates, on simulated runs."""

from dataclasses import replace

import numpy as np
import pytest

from results.analysis.verdicts import Pair, compare
from results.records.schema import Measurement, Trial
from results.validating.simulation import BLOCKS, NOISES, STOPPED, blocks_used, compared, offline, simulated_run
from results.validating.validation import (
    HANDICAPS,
    coverage,
    false_alarm_rate,
    known_comparisons,
    label_of,
    power,
    proportion,
    verdict_rates,
)
from runners.planning.plan import plan_of
from runners.procedures.handicaps import cpu_us_per_request, validation
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


def test_live_trials_are_judged_by_what_is_known_of_them() -> None:
    base = replace(a_cell(), label="a")
    cells = [
        base,
        replace(base, label=label_of(0.0, 1)),
        replace(base, label=label_of(0.1, 1), handicap_us=50.0),
        replace(a_cell(style="async"), label="a"),
        replace(a_cell(style="async"), label="b1"),
    ]
    rates_rps = dict(zip(cells, (100.0, 101.0, 90.0, 50.0, 80.0), strict=True))
    trials = [
        Trial(number=0, block=block, cell=cell, started="", measurement=a_measurement(rate * (1 + 0.001 * block)))
        for cell, rate in rates_rps.items()
        for block in range(6)
    ]
    known = known_comparisons(cells, trials)
    assert [(each.handicap, str(each.comparison.verdict)) for each in known] == [
        (0.0, "same"),
        (0.1, "faster"),
        (0.0, "slower"),
    ]
    found = verdict_rates(known)
    assert found["false_alarm_rate"].value == 0.5
    assert found["power"][0.1].value == 1.0


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
