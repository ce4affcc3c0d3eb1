"""Every condition, where it is given and where it is not; and what a run and the doctor make of them."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from runners.cli import notes
from runners.hosts.cpus import CpuSets
from runners.machine.conditions import all_conditions, disturbing
from runners.machine.limits import CgroupLimits
from runners.machine.linux import Memory, Turbo, Virtualisation
from runners.machine.neighbours import Busy, Neighbours
from runners.machine.readings import Readings, take
from tests.unit.trees import LAPTOP, a_tree

CALM = Readings(
    cpus=CpuSets((2, 3), (0, 1)),
    cores=((0,), (1,), (2,), (3,)),
    cpu_count=4,
    cpu_model="Some CPU",
    siblings={cpu: (cpu,) for cpu in range(4)},
    governors=("performance",),
    turbo=Turbo(on=False, switch="/sys/no_turbo", off="1"),
    on_battery=False,
    clock_source="tsc",
    load_1min=0.2,
    neighbours=Neighbours(),
    virtualisation=Virtualisation(hypervisor=False, vendor="Dell", product="R640", container=None),
    stolen_share=0.0,
    memory=Memory(total_mib=16000, available_mib=12000, swap_total_mib=2000, swap_used_mib=10),
    limits=CgroupLimits(),
    open_files=65536,
    disk_folder="/tmp",
    disk_free_mib=50_000,
)
SILENT = replace(
    CALM,
    cpu_model=None,
    siblings={},
    governors=None,
    turbo=None,
    on_battery=None,
    clock_source=None,
    load_1min=None,
    virtualisation=Virtualisation(None, None, None, None),
    stolen_share=None,
    memory=None,
    open_files=None,
)
THREADS = {0: (0, 1), 1: (0, 1), 2: (2, 3), 3: (2, 3)}
BUSY = tuple(Busy(f"busy{number}", 100 + number, 0.9 - number / 10) for number in range(7))

DISTURBED: list[tuple[dict[str, Any], str, str, str]] = [
    ({"cpus": CpuSets((), ()), "cores": ((0,),)}, "CPUs", "one to choose from", "give it two or more"),
    ({"cpus": CpuSets((), ())}, "CPUs", "not pinned", "--cpus auto"),
    ({"cpus": CpuSets((), ()), "cores": ()}, "CPUs", "cannot pin", "on Linux"),
    ({"cpus": CpuSets((1,), (0,)), "siblings": THREADS}, "SMT", "shares the core of CPU 0", "smt/control"),
    ({"cpus": CpuSets((2,), (0, 1)), "siblings": THREADS}, "SMT", "CPU 3 is left to anyone", "smt/control"),
    ({"governors": ("powersave",)}, "governor", "powersave", "echo performance | sudo tee"),
    ({"governors": ("performance", "powersave")}, "governor", "performance, powersave", "echo performance"),
    ({"turbo": Turbo(on=True, switch="/sys/boost", off="0")}, "turbo", "on: clocks", "echo 0 | sudo tee /sys/boost"),
    ({"on_battery": True}, "power", "on battery", "plug it in"),
    ({"clock_source": "hpet"}, "clock source", "hpet", "echo tsc"),
    ({"clock_source": "acpi_pm"}, "clock source", "acpi_pm", "echo tsc"),
    ({"load_1min": 2.1}, "load average", "2.1 over the last minute, on 4 CPUs", "wait"),
    ({"neighbours": Neighbours(BUSY[:1])}, "other processes", "busy0 (pid 100) 90% of a core", "end them"),
    ({"stolen_share": 0.011}, "virtualisation", "1.10% of the CPUs' time so far", "CPUs of its own"),
    ({"neighbours": Neighbours(stolen_share=0.06)}, "virtualisation", "6% right now", "CPUs of its own"),
    ({"memory": Memory(16000, 1023, 0, 0)}, "memory", "1023 MiB available of 16000", "1024 MiB or more"),
    ({"memory": Memory(16000, 12000, 2000, 161)}, "swap", "161 MiB in use of 2000", "swapoff"),
    ({"limits": CgroupLimits(cpus=3.5)}, "CPU quota", "3.5 CPUs' worth of time, for 4 CPUs", "cpu.max"),
    ({"limits": CgroupLimits(cpus=1), "cpus": CpuSets((), ())}, "CPU quota", "1 CPUs' worth", "cpu.max"),
    ({"limits": CgroupLimits(memory_mib=512)}, "memory limit", "only 512 MiB", "memory.max"),
    ({"open_files": 1024}, "open files", "only 1024", "ulimit -Hn"),
    ({"disk_free_mib": 1023}, "disk", "1023 MiB free in /tmp", "TMPDIR"),
]
FINE: list[tuple[dict[str, Any], str]] = [
    ({"cpus": CpuSets((2, 3), (0, 1)), "siblings": THREADS}, "on, and no core is shared"),
    ({"cpus": CpuSets((), ())}, "of no matter while nothing is pinned"),
    ({"clock_source": "kvm-clock"}, "kvm-clock"),
    ({"load_1min": 2.0}, "2 over the last minute"),
    ({"stolen_share": 0.01}, "1.00% of the CPUs' time so far"),
    ({"neighbours": Neighbours(stolen_share=0.05)}, "5% right now"),
    (
        {"virtualisation": Virtualisation(True, "QEMU", None, "docker")},
        "a virtual machine (QEMU) in a docker container",
    ),
    ({"memory": Memory(16000, 1024, 0, 0)}, "1024 MiB available of 16000"),
    ({"memory": Memory(16000, 12000, 2000, 160)}, "160 MiB in use of 2000"),
    ({"limits": CgroupLimits(cpus=4)}, "4 CPUs' worth of time"),
    ({"limits": CgroupLimits(memory_mib=1024)}, "1024 MiB"),
    ({"open_files": 4096}, "up to 4096"),
    ({"disk_free_mib": 1024}, "1024 MiB free"),
]


@pytest.mark.parametrize("readings", [CALM, SILENT])
def test_a_calm_machine_and_a_silent_one_disturb_nothing(readings: Readings) -> None:
    assert disturbing(readings) == []
    assert all(condition.finding for condition in all_conditions(readings))


@pytest.mark.parametrize(("change", "topic", "found", "fix"), DISTURBED)
def test_what_disturbs_is_named_with_its_fix(change: dict[str, Any], topic: str, found: str, fix: str) -> None:
    by_topic = {condition.topic: condition for condition in disturbing(replace(CALM, **change))}
    assert found in by_topic[topic].finding
    assert fix in str(by_topic[topic].fix)
    assert "\n" not in by_topic[topic].finding + str(by_topic[topic].fix)


def test_every_topic_is_tried() -> None:
    assert {topic for _, topic, _, _ in DISTURBED} == {condition.topic for condition in all_conditions(CALM)}


@pytest.mark.parametrize(("change", "found"), FINE)
def test_what_lies_just_inside_is_fine(change: dict[str, Any], found: str) -> None:
    assert found in " | ".join(each.finding for each in all_conditions(replace(CALM, **change)) if each.fix is None)


def test_of_many_busy_processes_the_busiest_are_shown() -> None:
    (condition,) = disturbing(replace(CALM, neighbours=Neighbours(BUSY)))
    assert condition.finding.count("busy") == 5
    assert condition.finding.endswith("busy4 (pid 104) 50%, 2 more of a core")


def test_a_laptop_on_battery_is_read_and_judged(tmp_path: Path) -> None:
    found = {each.topic for each in disturbing(take(CpuSets((1,), (0,)), a_tree(tmp_path, LAPTOP)))}
    assert {"SMT", "governor", "turbo", "power", "clock source", "virtualisation", "memory", "swap"} <= found


@pytest.mark.parametrize("quiet", [False, True])
def test_a_run_says_what_disturbs_unless_quiet_and_keeps_it(monkeypatch: pytest.MonkeyPatch, quiet: bool) -> None:
    busy = Neighbours((Busy("[red]evil", 7, 0.5),))
    monkeypatch.setattr(notes, "take", lambda _: replace(CALM, governors=("powersave",), neighbours=busy))
    console = Console(file=io.StringIO(), highlight=False)
    kept = notes.note_conditions(CALM.cpus, console, quiet=quiet)
    assert [condition["topic"] for condition in kept] == ["governor", "other processes"]
    assert kept[1]["found"] == "[red]evil (pid 7) 50% of a core"
    printed = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert len(printed) == (0 if quiet else 2)
    assert quiet or printed[1].startswith("note: other processes: [red]evil (pid 7)")
