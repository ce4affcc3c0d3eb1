"""What is read from /proc and /sys, and that nothing is made of what is not there."""

from pathlib import Path

import pytest

from runners.machine import linux
from runners.machine.linux import Memory, Turbo, Virtualisation
from tests.unit.trees import CPU, LAPTOP, a_tree

SUPPLY = "sys/class/power_supply"


def test_a_machine_is_read(tmp_path: Path) -> None:
    root = a_tree(tmp_path, LAPTOP)
    assert linux.cpu_model(root) == "Some CPU @ 2.10GHz"
    assert linux.siblings(root, (0, 2, 7)) == {0: (0, 1), 2: (2, 4)}
    assert linux.smt(root) is True
    assert linux.governors(root, (0, 1)) == ("performance", "powersave")
    assert linux.governors(root, (1,)) == ("performance",)
    assert linux.clock_source(root) == "hpet"
    assert linux.listen_backlog(root) == 4096
    assert linux.physical_memory(root) == Memory(
        total_mib=8000, available_mib=500, swap_total_mib=2000, swap_used_mib=1000
    )
    assert linux.stolen_share(root, (0, 1)) == pytest.approx(10 / 200)
    assert linux.stolen_share(root, (1,)) == 0


def test_a_system_that_says_nothing_is_not_guessed_at(tmp_path: Path) -> None:
    unknown = (linux.cpu_model, linux.smt, linux.turbo, linux.clock_source, linux.listen_backlog, linux.physical_memory)
    assert [read(tmp_path) for read in unknown] == [None] * len(unknown)
    assert linux.governors(tmp_path, (0,)) is None
    assert linux.stolen_share(tmp_path, (0,)) is None
    assert linux.siblings(tmp_path, (0,)) == {}
    assert linux.virtualisation(tmp_path) == Virtualisation(None, None, None, None)
    assert linux.on_battery(tmp_path) is None


def test_what_may_not_be_read_is_not_known(tmp_path: Path) -> None:
    """A folder in a file's place is an OSError for every account, root too."""
    (tmp_path / CPU / "smt/active").mkdir(parents=True)
    assert linux.smt(tmp_path) is None


@pytest.mark.parametrize(
    ("file", "text", "on", "switch", "off"),
    [
        ("intel_pstate/no_turbo", "0", True, "intel_pstate/no_turbo", "1"),
        ("intel_pstate/no_turbo", "1", False, "intel_pstate/no_turbo", "1"),
        ("cpufreq/boost", "1", True, "cpufreq/boost", "0"),
        ("cpufreq/boost", "0", False, "cpufreq/boost", "0"),
        ("cpufreq/policy3/boost", "1", True, "cpufreq/policy*/boost", "0"),
    ],
)
def test_turbo_has_several_switches(tmp_path: Path, file: str, text: str, on: bool, switch: str, off: str) -> None:
    assert linux.turbo(a_tree(tmp_path, {f"{CPU}/{file}": text})) == Turbo(on, f"/{CPU}/{switch}", off)


@pytest.mark.parametrize(
    ("supplies", "expected"),
    [
        ({"AC/type": "Mains", "AC/online": "1"}, False),
        ({"AC/type": "Mains", "AC/online": "0"}, True),
        ({"AC/type": "Mains", "AC/online": "1", "BAT/type": "Battery", "BAT/status": "Discharging"}, True),
        ({"AC/type": "Mains", "AC/online": "1", "BAT/type": "Battery", "BAT/status": "Charging"}, False),
        ({"A/type": "Mains", "A/online": "0", "B/type": "Mains", "B/online": "1"}, False),
        ({"BAT/type": "Battery", "BAT/status": "Full"}, False),
        ({"MOUSE/type": "Battery", "MOUSE/scope": "Device", "MOUSE/status": "Discharging"}, None),
        ({"USB/type": "USB", "USB/online": "0"}, None),
    ],
)
def test_a_battery_is_the_systems_own(tmp_path: Path, supplies: dict[str, str], expected: bool | None) -> None:
    root = a_tree(tmp_path, {f"{SUPPLY}/{name}": text for name, text in supplies.items()})
    assert linux.on_battery(root) is expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"proc/cpuinfo": "flags : fpu hypervisor"}, Virtualisation(True, None, None, None)),
        ({"proc/cpuinfo": "flags : fpu hypervisors"}, Virtualisation(False, None, None, None)),
        ({"sys/class/dmi/id/sys_vendor": "QEMU", ".dockerenv": ""}, Virtualisation(None, "QEMU", None, "docker")),
        ({"run/.containerenv": ""}, Virtualisation(None, None, None, "podman")),
        ({"run/systemd/container": "lxc\n"}, Virtualisation(None, None, None, "lxc")),
    ],
)
def test_what_lies_below_is_known_by_its_marks(tmp_path: Path, files: dict[str, str], expected: Virtualisation) -> None:
    assert linux.virtualisation(a_tree(tmp_path, files)) == expected
