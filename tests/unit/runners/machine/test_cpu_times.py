"""Shares of the CPUs' time, from two looks at it."""

import os

from runners.machine.cpu_times import CpuTime, busy_share, cpu_times, others_share, stolen_s

BEFORE = {0: CpuTime(10.0, 100.0, 1.0), 1: CpuTime(20.0, 200.0, 2.0)}
AFTER = {0: CpuTime(10.9, 100.1, 1.0), 1: CpuTime(20.1, 200.9, 2.1)}


def test_the_share_of_time_that_cpus_were_busy() -> None:
    assert round(busy_share(BEFORE, AFTER, (0,)), 9) == 0.9
    assert round(busy_share(BEFORE, AFTER, (0, 1)), 9) == 0.5


def test_without_cpus_or_time_nothing_was_busy() -> None:
    assert busy_share(BEFORE, AFTER, ()) == 0
    assert busy_share(BEFORE, BEFORE, (0, 1)) == 0
    assert busy_share({}, {}, (0,)) == 0
    assert stolen_s({}, {}) == 0


def test_what_was_stolen_is_per_cpu() -> None:
    assert round(stolen_s(BEFORE, AFTER), 9) == 0.05


def test_only_the_cpus_asked_for_are_read() -> None:
    cpu = min(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    assert set(cpu_times((cpu, 99_999))) <= {cpu}


def test_what_others_had_is_neither_idle_nor_stolen_nor_ones_own() -> None:
    assert round(others_share(BEFORE, AFTER, (0,), 0.82), 9) == 0.05
    assert round(others_share(BEFORE, AFTER, (0, 1), 0.44), 9) == 0.2
    assert others_share(BEFORE, AFTER, (0,), 0.88) == 0  # ticks are coarse
    interrupted = {0: AFTER[0]._replace(interrupts_s=0.88)}
    assert others_share(BEFORE, interrupted, (0,), 0.0) == 0
    assert others_share(BEFORE, AFTER, (), 0.0) == others_share({}, {}, (0,), 0.0) == 0
