"""The tightest of the cgroups around a process, in both versions, as seen from outside and inside of containers."""

from pathlib import Path

import pytest

from runners.machine.limits import CgroupLimits, available_memory_mib, cgroup_limits
from tests.unit.trees import a_tree

V2 = "31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = (
    "31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755\n"
    "32 31 0:29 {inside} /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 {inside} /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
)
MIB = 2**20
GROUP = "sys/fs/cgroup"


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, CgroupLimits(None, None)),
        ({"a/b/cpu.max": "max 100000", "a/b/memory.max": "max"}, CgroupLimits(None, None)),
        ({"a/b/cpu.max": "150000 100000", "a/b/memory.max": str(512 * MIB)}, CgroupLimits(1.5, 512)),
        ({"a/b/cpu.max": "max 100000", "a/cpu.max": "50000 100000"}, CgroupLimits(0.5, None)),
        ({"a/b/memory.max": str(900 * MIB), "memory.max": str(300 * MIB)}, CgroupLimits(None, 300)),
        ({"a/c/cpu.max": "10000 100000"}, CgroupLimits(None, None)),
    ],
)
def test_version_2(tmp_path: Path, limits: dict[str, str], expected: CgroupLimits) -> None:
    tree = {"proc/self/cgroup": "0::/a/b\n", "proc/self/mountinfo": V2}
    assert cgroup_limits(a_tree(tmp_path, {**tree, **{f"{GROUP}/{k}": v for k, v in limits.items()}})) == expected


@pytest.mark.parametrize(
    ("inside", "folder"),
    [("/", "docker/x/"), ("/docker/x", ""), ("/docker", "x/"), ("/elsewhere", "")],
)
def test_version_1_wherever_the_mount_begins(tmp_path: Path, inside: str, folder: str) -> None:
    root = a_tree(
        tmp_path,
        {
            "proc/self/cgroup": "4:memory:/docker/x\n1:cpu,cpuacct:/docker/x\n0::/\n",
            "proc/self/mountinfo": V1.format(inside=inside),
            f"{GROUP}/cpu,cpuacct/{folder}cpu.cfs_quota_us": "200000\n",
            f"{GROUP}/cpu,cpuacct/{folder}cpu.cfs_period_us": "100000\n",
            f"{GROUP}/memory/{folder}memory.limit_in_bytes": f"{700 * MIB}\n",
        },
    )
    assert cgroup_limits(root) == CgroupLimits(2.0, 700)


def test_version_1_without_limits(tmp_path: Path) -> None:
    root = a_tree(
        tmp_path,
        {
            "proc/self/cgroup": "4:memory:/\n1:cpu,cpuacct:/\n",
            "proc/self/mountinfo": V1.format(inside="/"),
            f"{GROUP}/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
            f"{GROUP}/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            f"{GROUP}/memory/memory.limit_in_bytes": "9223372036854771712\n",
        },
    )
    assert cgroup_limits(root) == CgroupLimits(None, None)


def test_a_system_without_cgroups(tmp_path: Path) -> None:
    assert cgroup_limits(tmp_path) == CgroupLimits(None, None)


MEMINFO = "MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n"


@pytest.mark.parametrize(
    ("files", "available_mib"),
    [
        ({}, 4096),  # the machine's
        ({"a/memory.max": "max", "a/memory.current": str(900 * MIB)}, 4096),
        ({"a/memory.max": str(1000 * MIB), "a/memory.current": str(900 * MIB)}, 100),
        ({"a/memory.max": str(1000 * MIB)}, 1000),  # nothing is said of what is used
        (
            {
                "a/memory.max": str(1000 * MIB),
                "a/memory.current": str(900 * MIB),
                "a/memory.stat": f"anon {600 * MIB}\ninactive_file {300 * MIB}\n",
            },
            400,
        ),
        ({"a/memory.max": str(1000 * MIB), "a/memory.current": str(1001 * MIB)}, 0),
        ({"memory.max": str(2000 * MIB), "memory.current": str(1900 * MIB), "a/memory.max": str(1000 * MIB)}, 100),
        ({"a/memory.max": str(9000 * MIB), "a/memory.current": str(2 * MIB)}, 4096),
    ],
)
def test_memory_is_there_by_the_machine_and_by_every_cgroup_around(
    tmp_path: Path, files: dict[str, str], available_mib: int
) -> None:
    tree = {"proc/self/cgroup": "0::/a\n", "proc/self/mountinfo": V2, "proc/meminfo": MEMINFO}
    root = a_tree(tmp_path, {**tree, **{f"{GROUP}/{name}": text for name, text in files.items()}})
    assert available_memory_mib(root) == available_mib


def test_memory_in_version_1_is_told_by_its_own_files(tmp_path: Path) -> None:
    memory = f"{GROUP}/memory/"
    root = a_tree(
        tmp_path,
        {
            "proc/self/cgroup": "4:memory:/\n1:cpu,cpuacct:/\n",
            "proc/self/mountinfo": V1.format(inside="/"),
            "proc/meminfo": MEMINFO,
            f"{memory}memory.limit_in_bytes": f"{700 * MIB}\n",
            f"{memory}memory.usage_in_bytes": f"{500 * MIB}\n",
            f"{memory}memory.stat": f"inactive_file 1\ntotal_inactive_file {50 * MIB}\n",
        },
    )
    assert available_memory_mib(root) == 250


def test_a_system_that_does_not_tell_its_memory(tmp_path: Path) -> None:
    assert available_memory_mib(tmp_path) is None
