"""The doctor: a line for each thing that a run needs or that can disturb it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runners.cli.commands import doctor
from runners.machine.conditions import Condition, all_conditions, disturbing
from tests.integration.conftest import djbench_here
from tests.unit.runners.machine.test_conditions import CALM


def test_doctor_says_one_line_each(tmp_path: Path) -> None:
    done = djbench_here("doctor", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "database: PostgreSQL starts" in done.stdout
    for line in done.stdout.splitlines():
        assert line.startswith(("ok ", "note ", "wrong "))
    for topic in ("Python", "CPUs", "governor", "other processes", "virtualisation", "swap", "CPU quota", "disk"):
        assert f" {topic}: " in done.stdout


@pytest.mark.parametrize(
    ("change", "sound", "word"),
    [({}, True, "ok"), ({"governors": ("powersave",)}, True, "note"), ({"disk_free_mib": 1}, False, "wrong")],
)
def test_the_doctor_has_a_line_for_each_topic(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], change: dict[str, Any], sound: bool, word: str
) -> None:
    readings = replace(CALM, **change)
    monkeypatch.setattr(doctor, "take", lambda _: readings)
    monkeypatch.setattr(doctor, "CHECKS", (doctor._interpreter, doctor._conditions))
    assert doctor.doctor_command() == (0 if sound else 1)
    lines = capsys.readouterr().out.splitlines()
    assert [line[6:].partition(":")[0] for line in lines] == [
        "Python",
        *(each.topic for each in all_conditions(readings)),
    ]
    changed: list[Condition] = disturbing(readings)
    assert [line for line in lines if not line.startswith("ok ")] == [
        f"{word:5} {each.topic}: {each.finding}; {each.fix}" for each in changed
    ]
