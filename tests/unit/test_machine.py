"""The fingerprint."""

from runners.cpus import CpuSets
from runners.machine import fingerprint


def test_the_fingerprint_names_what_makes_runs_comparable() -> None:
    found = fingerprint(CpuSets((1,), (0,)))
    assert {"cpu_model", "kernel", "python", "packages", "memory_mib", "gil"} <= set(found)
    assert "django" in found["packages"]
